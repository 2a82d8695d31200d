"""Keys that sign anchors: named by the former one, wrapped, and right by the RFCs."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.anchoring import keys
from compliance.models import AnchorKey
from compliance.verifier import ed25519 as alone
from compliance.verifier.anchors import Anchors, canonical, signed_part
from compliance.verifier.entries import BrokenError
from compliance.verifier.trees import leaf, path, root, root_by
from helpdesk.core import ed25519
from tenants import kms
from tests.compliance.trail.anchors.conftest import read

pytestmark = pytest.mark.django_db


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
