"""The proof of durability in its short form, and a judge that sees what is wrong."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpdesk.launch import prove
from tests.proofs.durability.judge import Fault, Stored, judge, percentile, recoveries
from tests.proofs.durability.main import KILLS_SHORT
from tests.proofs.durability.service import CUT, KILLS, STOP, shares

ROOT = Path(__file__).resolve().parents[2]
CHAT = "a conversation"


def posted(client_id, *sequences, kind="public", at=0.0):
    return {
        "client_id": client_id, "text": client_id, "kind": kind, "posted_at": at, "sequences": list(sequences),
        "acknowledged_at": at + 1 if sequences else None,
    }  # fmt: skip


def side(posts, *shown):
    messages = [
        {"sequence": sequence, "client_id": client_id, "text": client_id, "shown_at": 3.0}
        for sequence, client_id in enumerate(shown, start=1)
    ]
    return {CHAT: {"posted": posts, "shown": messages, "replaced": []}}


@pytest.fixture
def histories():
    """Vera asks, Ada notes something and answers."""
    return {
        "visitor": side([posted("ask", 1)], "ask", "answer"),
        "agent": side([posted("note", 2, kind="note"), posted("answer", 3)], "ask", "note", "answer"),
    }


def kept(*rows, notes=("note",)):
    def as_read(ids):
        return [(sequence, one, one) for sequence, one in enumerate(ids, start=1)]

    return {CHAT: Stored(rows, as_read(rows), as_read([row for row in rows if row not in notes]))}


def test_what_went_well_is_found_well(histories):
    verdict = judge(histories, kept("ask", "note", "answer"))

    assert (verdict.acknowledged, verdict.wrong) == (3, [])


def test_an_acknowledged_message_that_is_not_stored_is_lost(histories):
    histories["visitor"][CHAT]["posted"].append(posted("gone", 3))

    verdict = judge(histories, kept("ask", "note", "answer"))

    assert verdict.lost == 2  # not stored, and on nobody's screen


def test_an_acknowledged_message_that_the_other_has_not_seen_is_lost(histories):
    del histories["visitor"][CHAT]["shown"][1]

    assert judge(histories, kept("ask", "note", "answer")).lost == 1


def test_a_message_that_was_never_acknowledged_has_not_settled(histories):
    histories["agent"][CHAT]["posted"].append(posted("stuck"))

    verdict = judge(histories, kept("ask", "note", "answer"))

    assert (verdict.unsettled, verdict.lost) == (1, 0)


def test_a_message_that_is_stored_or_shown_twice_is_doubled(histories):
    histories["visitor"][CHAT]["shown"].append({**histories["visitor"][CHAT]["shown"][1], "sequence": 3})

    assert judge(histories, kept("ask", "note", "answer", "answer")).doubled == 2


def test_another_order_than_what_is_stored_is_seen(histories):
    assert judge(histories, kept("note", "ask", "answer")).out_of_order > 0


def test_a_second_acknowledgement_under_another_sequence_is_seen(histories):
    histories["agent"][CHAT]["posted"][1]["sequences"].append(4)

    assert judge(histories, kept("ask", "note", "answer")).out_of_order == 1


def test_another_text_than_what_is_stored_is_seen(histories):
    changed = copy.deepcopy(histories)
    changed["visitor"][CHAT]["shown"][0]["text"] = "something else"

    assert judge(changed, kept("ask", "note", "answer")).out_of_order == 1


def test_recovery_lasts_until_both_sides_know(histories):
    answer = histories["agent"][CHAT]["posted"][1]
    answer |= {"posted_at": 1.5, "acknowledged_at": None}  # lost on its way; the message itself came back

    assert recoveries(histories, [Fault("web", 1.0)]) == {"web": [2.0]}


def test_a_percentile_is_of_the_slowest():
    assert percentile(range(1, 101), 0.95) == 96
    assert percentile([], 0.95) == 0.0


@pytest.mark.parametrize("kills", [KILLS_SHORT - 1, 99])
def test_every_kind_is_killed_its_share(kills):
    killed = shares(kills, tuple(KILLS))

    assert sum(killed.values()) == kills
    assert all(count >= 1 and abs(count - kills * KILLS[kind] / 100) < 1 for kind, count in killed.items())


def test_whatever_is_killed_nothing_that_was_acknowledged_is_lost_doubled_or_moved():
    own = {*prove.FOREIGN, *(f"{name}_FILE" for name in prove.FOREIGN), "HUSHDESK_DATA_DIR"}
    environment = {name: value for name, value in os.environ.items() if name not in own}

    done = subprocess.run(
        [sys.executable, "manage.py", "prove", "durability", "--short", "--every", "2"],
        # Unmeasured: coverage would double its time, and it runs nothing that other tests don't.
        cwd=ROOT, env=environment | {"HUSHDESK_BOOTSTRAP": "off", "COVERAGE_PROCESS_START": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    result = json.loads(done.stdout.splitlines()[-1])
    assert result.keys() >= {"ok", "kills", "acknowledged", "lost", "doubled", "out_of_order", "recovery_p95_s"}
    assert result["faults"].keys() >= {*KILLS, STOP, CUT}, done.stderr
    assert result["acknowledged"] > 100
    # How soon all is well again is the full run's, on a machine that does nothing else.
    assert {name: result[name] for name in ("lost", "doubled", "out_of_order", "unsettled")} == {
        "lost": 0, "doubled": 0, "out_of_order": 0, "unsettled": 0,
    }, done.stderr  # fmt: skip
