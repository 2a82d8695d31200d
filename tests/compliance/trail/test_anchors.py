"""Signed roots over the heads of all chains, kept outside the database: what was anchored cannot be taken back."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance import audit_chain, audit_events
from compliance.anchoring import anchor as anchoring
from compliance.anchoring import keys
from compliance.anchoring.places import Bucket, Folder, PlaceError
from compliance.models import AnchorKey, OperatorEntry
from compliance.verifier import ed25519 as alone
from compliance.verifier.anchors import Anchors, canonical, signed_part
from compliance.verifier.entries import BrokenError
from compliance.verifier.trees import leaf, path, root, root_by
from helpdesk.core import ed25519
from tenants import kms
from tests.support.buckets import FakeBucket
from tests.support.trails import chain_of, first_bad

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "anchors")


@pytest.fixture
def make(folder, sealed, now):
    """Write, seal and anchor, once for each number of entries."""

    def make(*counts, at=now, **places):
        for count in counts:
            sealed(count)
            anchoring.anchor(now=at, folder=folder, **places)

    return make


def read(folder, **about):
    anchors = Anchors(**about)
    for file in folder.files():
        anchors.read(file.read_bytes().split(b"\n"))
    return anchors


def alarms():
    told = OperatorEntry.objects.filter(event__startswith="audit.alarm").order_by("id")
    return [(entry.event, entry.facts["what"]) for entry in told]


def test_an_anchor_binds_the_head_of_every_chain(acme, globex, folder, make):
    audit_chain.seal(globex.id)
    make(3, 2)

    anchors = read(folder)
    assert anchors.number == 2
    assert {chain: head for chain, (_, head) in anchors.heads.items()} == {
        chain.bytes: head for chain, (_, head) in audit_chain.heads().items()
    }
    assert first_bad(chain_of(acme), anchored=anchors.of[acme.id.bytes]) is None
    assert first_bad(chain_of(acme)[:-1], anchored=anchors.of[acme.id.bytes]) == len(chain_of(acme))


def test_only_what_has_moved_is_written_and_each_day_begins_with_all(acme, globex, folder, make, now):
    audit_chain.seal(globex.id)
    make(1, 1)
    make(1, at=now + timedelta(days=1))

    first, second, third = (json.loads(line) for file in folder.files() for line in file.read_bytes().splitlines())
    assert (len(first["heads"]), len(second["heads"]), len(third["heads"])) == (2, 1, 2)
    assert len(folder.files()) == 2
    assert read(folder).number == 3
    # A day's file is enough by itself.
    alone_read = Anchors().read(folder.files()[1].read_bytes().split(b"\n"))
    assert alone_read.heads == read(folder).heads


def test_a_chain_that_was_written_anew_is_not_anchored_and_operators_are_told(acme, folder, make, now):
    make(3)
    honest = read(folder).heads[acme.id.bytes]
    heads, rewritten = anchoring.advanced({acme.id.bytes: honest}, {acme.id: (honest[0], bytes(32))})

    assert (heads, rewritten) == ({acme.id.bytes: honest}, [acme.id.bytes])
    assert anchoring.advanced({acme.id.bytes: honest}, {acme.id: (honest[0] - 1, honest[1])})[1] == [acme.id.bytes]
    assert anchoring.advanced({acme.id.bytes: honest}, {})[1] == [acme.id.bytes]


def test_a_folder_that_cannot_be_written_raises_an_alarm_once_and_is_caught_up_with(
    acme, folder, make, sealed, now, monkeypatch
):
    make(1)
    with monkeypatch.context() as patched:
        patched.setattr(Folder, "append", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        make(2, 2)
    assert len(chain_of(acme)) > 5
    assert alarms() == [(audit_events.AUDIT_ALARM, "folder")]

    make(1)

    assert alarms()[-1] == (audit_events.AUDIT_ALARM_OVER, "folder")
    anchors = read(folder)
    assert anchors.number == 2
    assert anchors.heads[acme.id.bytes] == (len(chain_of(acme)), chain_of(acme)[-1].hash)


def test_a_folder_that_is_no_folder_raises_an_alarm(tmp_path, sealed, now):
    (tmp_path / "taken").write_text("a file")
    sealed()

    assert anchoring.anchor(now=now, folder=Folder(tmp_path / "taken")) == 0
    assert alarms() == [(audit_events.AUDIT_ALARM, "folder")]


def test_a_line_that_a_crash_has_torn_is_passed_over_and_the_next_follows_the_one_before(folder, make):
    make(1)
    (file,) = folder.files()
    with file.open("ab") as torn:
        torn.write(b'{"v":1,"number":2,"at"')
    make(1)

    anchors = read(folder)
    assert (anchors.number, anchors.torn) == (2, 1)


def test_a_day_whose_first_line_was_torn_begins_with_all_heads_all_the_same(acme, folder, make, now):
    make(1)
    tomorrow = now + timedelta(days=1)
    (folder.path / f"anchors-{tomorrow.date().isoformat()}.jsonl").write_bytes(b'{"v":1,"nu')
    make(1, 1, at=tomorrow)

    assert (read(folder).number, alarms()) == (3, [])
    assert [json.loads(line)["whole"] for line in folder.files()[1].read_bytes().splitlines()[1:]] == [True, False]


def test_a_sealer_that_is_behind_raises_an_alarm(folder, told, now):
    told()
    anchoring.anchor(now=now + timedelta(minutes=2), folder=folder)
    assert alarms() == [(audit_events.AUDIT_ALARM, "sealer")]


# --- keys ----------------------------------------------------------------------------------------------------------


def test_a_new_key_is_named_by_the_former_one_before_it_signs(folder, make, now):
    make(1)
    former = AnchorKey.objects.get()
    new = keys.rotate(now=now)
    make(1, 1)

    lines = [json.loads(line) for line in folder.files()[0].read_bytes().splitlines()]
    assert [line["key"] for line in lines] == [former.public, former.public, new.public]
    assert [line.get("next_key") for line in lines] == [None, new.public, None]
    assert read(folder, keys=[bytes.fromhex(former.public)]).number == 3
    with pytest.raises(BrokenError, match="nobody has named"):
        read(folder, keys=[bytes.fromhex(new.public)])


def test_a_key_that_nobody_has_named_signs_nothing(folder, make, now):
    make(1)
    (file,) = folder.files()
    line = json.loads(file.read_bytes())
    seed = ed25519.make_seed()
    forged = line | {
        "key": ed25519.public_of(seed).hex(),
        "number": 2,
        "prior": Anchors().read([canonical(line)]).line_hash,
    }
    forged["signature"] = ed25519.sign(seed, signed_part(forged)).hex()
    with file.open("ab") as lines:
        lines.write(canonical(forged) + b"\n")

    with pytest.raises(BrokenError, match="nobody has named") as broken:
        read(folder)
    assert broken.value.position == 2


def test_the_seed_is_wrapped_and_is_wrapped_again_under_a_newer_key(now, settings):
    key = keys.newest(now=now)
    before = bytes(key.wrapped)
    signature = keys.sign(key, b"text")
    assert alone.is_signed(bytes.fromhex(key.public), b"text", signature)
    settings.KEY_ENCRYPTION_KEYS += "\n2:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    kms.forget_providers()
    try:
        assert keys.rewrap() == 1
        assert keys.rewrap() == 0
        key.refresh_from_db()
        assert bytes(key.wrapped) != before
        assert keys.sign(key, b"text") == signature
    finally:
        kms.forget_providers()


# --- tampering with a file -----------------------------------------------------------------------------------------


def test_every_byte_of_a_file_counts(folder, make):
    make(1, 1)
    (file,) = folder.files()
    good = file.read_bytes()
    for place in range(0, len(good), 7):
        bad = good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]
        with pytest.raises(BrokenError):
            Anchors(verify=ed25519.is_signed).read(bad.split(b"\n"))


def test_lines_taken_out_or_exchanged_are_found(folder, make):
    make(1, 1, 1)
    first, second, third = folder.files()[0].read_bytes().splitlines()

    for lines in ([first, third], [second, first, third], [first, third, second], [first, second, second, third]):
        with pytest.raises(BrokenError):
            Anchors(verify=ed25519.is_signed).read(lines)


# --- the bucket ----------------------------------------------------------------------------------------------------


@pytest.fixture
def s3():
    return FakeBucket()


@pytest.fixture
def bucket(s3):
    return Bucket(s3.name, s3, keep=timedelta(days=2190))


def test_each_anchor_lies_in_the_bucket_under_lock(folder, make, s3, bucket):
    make(1, 1, bucket=bucket)

    assert sorted(s3.objects) == ["anchors/000000000001.json", "anchors/000000000002.json"]
    assert [body for body, _ in s3.objects.values()] == folder.files()[0].read_bytes().splitlines()


@pytest.mark.parametrize("fault", ["denied", "slow down", "away", "unlocked", "lost"])
def test_a_bucket_that_is_away_raises_an_alarm_and_gets_later_what_it_missed(folder, make, s3, bucket, fault):
    s3.fault = fault
    make(1, 1, bucket=bucket)
    assert alarms() == [(audit_events.AUDIT_ALARM, "bucket")]
    assert read(folder).number == 2
    s3.fault = ""

    make(1, bucket=bucket)

    assert alarms()[-1] == (audit_events.AUDIT_ALARM_OVER, "bucket")
    assert len(s3.objects) == 3
    assert bucket.newest(3) == 3


def test_a_bucket_that_has_another_anchor_of_the_number_raises_an_alarm(make, s3, bucket, now):
    bucket.put(1, b"another", now=now)
    with pytest.raises(PlaceError, match="another anchor"):
        bucket.put(1, b"this", now=now)
    bucket.put(1, b"another", now=now)


def test_the_newest_of_a_bucket_is_found_beyond_one_listing(s3, bucket, now):
    s3.objects = {f"anchors/{number:012}.json": (b"", now) for number in range(1, 2502)}

    assert bucket.newest(2501) == bucket.newest(9000) == 2501
    s3.objects = {}
    assert bucket.newest(2501) == 0


# --- trees and signatures ------------------------------------------------------------------------------------------


@given(size=st.integers(1, 40), data=st.data())
def test_a_proof_of_inclusion_leads_to_the_root_and_no_other_leaf_does(size, data):
    leaves = [leaf(bytes([number]) * 16, number, bytes(32)) for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    proof = path(leaves, index)

    assert root_by(proof, leaves[index], index, size) == root(leaves)
    assert root_by(proof, bytes(32), index, size) != root(leaves)
    assert root_by([*proof, bytes(32)], leaves[index], index, size) != root(leaves)


def test_trees_are_those_of_the_rfc():
    """Test vectors of certificate-transparency's reference tree (RFC 6962, section 2.1.3): roots of d0…d6."""
    import hashlib

    data = [bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
    leaves = [hashlib.sha256(b"\0" + one).digest() for one in data]

    assert root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert root(leaves[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert root(leaves).hex() == "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"


RFC_8032 = [  # section 7.1: TEST 1 to 3
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        ("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        ("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
        ("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    ),
]  # fmt: skip


@pytest.mark.parametrize("judge", [alone.is_signed, ed25519.is_signed], ids=["alone", "library"])
@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_signatures_of_the_rfc_are_right_and_others_wrong(judge, public, message, signature):
    key, text, good = (bytes.fromhex(one) for one in (public, message, signature))
    number = int.from_bytes(good[32:], "little") + 2**252 + 27742317777372353535851937790883648493

    assert judge(key, text, good)
    assert not judge(key, text + b"x", good)
    assert not judge(key, text, good[:-1] + bytes([good[-1] ^ 1]))
    assert not judge(key, text, bytes([good[0] ^ 1]) + good[1:])
    assert not judge(key, text, good[:32] + number.to_bytes(32, "little"))
    assert not judge(key[:31], text, good)
    assert not judge(b"\xff" * 32, text, good)
