"""Signed roots over the heads of all chains are kept outside the database, and what is in the way is told."""

import json
from datetime import timedelta

import pytest

from compliance import audit_chain, audit_events
from compliance.anchoring import anchor as anchoring
from compliance.anchoring.places import Folder
from compliance.verifier.anchors import Anchors
from tests.compliance.trail.anchors.conftest import alarms, read
from tests.support.trails import chain_of, first_bad

pytestmark = pytest.mark.django_db


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
