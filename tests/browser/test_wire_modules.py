"""The pure modules by which the widget and the workspace send and receive."""

import uuid

import pytest


def test_reconnection_waits_at_random_two_seconds_at_most_for_a_while_and_longer_in_an_outage(run_js):
    bounds = run_js(
        "chat/shared/socket.js",
        "({reconnectDelay}) => [0, 1, 2, 3, 7, 8, 9, 11, 40].map((n) => reconnectDelay(n, () => 1))",
    )
    spread = run_js("chat/shared/socket.js", "({reconnectDelay}) => reconnectDelay(3, () => 0.25)")

    assert bounds == [500, 1000, 2000, 2000, 2000, 4000, 8000, 30_000, 30_000]
    assert spread == 500


SEQUENCES = [
    ("in order", [1, 2, 3], [1, 2, 3]),
    ("each only once", [1, 1, 2, 2, 1], [1, 2]),
    ("the later one is held until the gap is filled", [1, 3, 2], [1, 2, 3]),
    ("everything held comes out together", [4, 2, 3, 1], [1, 2, 3, 4]),
    ("nothing is shown beyond a gap", [1, 3, 4], [1]),
]


@pytest.mark.parametrize(("why", "arriving", "shown"), SEQUENCES, ids=[case[0] for case in SEQUENCES])
def test_messages_are_shown_once_and_in_order(run_js, why, arriving, shown):
    got = run_js(
        "chat/shared/thread.js",
        """({Sequence}, arriving) => {
            const sequence = new Sequence();
            return arriving.flatMap((number) => sequence.offer({sequence: number}).map((message) => message.sequence));
        }""",
        arriving,
    )

    assert got == shown


def test_a_sequence_goes_on_from_where_the_page_left_off(run_js):
    got = run_js(
        "chat/shared/thread.js",
        """({Sequence}) => {
            const s = new Sequence(7);
            const shown = [7, 8].map((sequence) => s.offer({sequence}).length);
            return [...shown, s.isBehind(9), s.isBehind(8), s.hasGap];
        }""",
    )

    assert got == [0, 1, True, False, False]


def test_client_ids_are_version_7_and_sort_by_time(run_js):
    first, second = run_js("chat/shared/socket.js", "({uuid7}) => [uuid7(1_700_000_000_000), uuid7(1_700_000_000_001)]")

    assert uuid.UUID(first).version == 7
    assert uuid.UUID(first).int >> 80 == 1_700_000_000_000
    assert first < second


FRAMES = [
    ('{"v":1,"type":"heartbeat","conversations":[]}', "heartbeat"),
    ('{"v":1,"type":"message.posted","sequence":1,"text":"hi","author":{"kind":"agent"}}', "message.posted"),
    ('{"v":1,"type":"something.new"}', "something.new"),
    ('{"v":2,"type":"heartbeat"}', None),
    ('{"v":1,"type":"message.posted","sequence":0,"text":"hi","author":{"kind":"agent"}}', None),
    ('{"v":1,"type":"message.acknowledged"}', None),
    ('{"v":1,"type":"error"}', None),
    ("null", None),
    ("{", None),
]


@pytest.mark.parametrize(("data", "kind"), FRAMES)
def test_frames_that_are_not_ours_are_left_alone(run_js, data, kind):
    assert run_js("chat/shared/socket.js", "({parseEvent}, data) => parseEvent(data)?.type ?? null", data) == kind


def test_the_outbox_survives_a_reload_and_forgets_what_was_acknowledged(run_js):
    left = run_js(
        "chat/shared/socket.js",
        """({Outbox}) => {
            const first = new Outbox(sessionStorage);
            first.add({client_id: "a", text: "kept"});
            first.add({client_id: "b", text: "gone"});
            first.remove("b");
            const reloaded = new Outbox(sessionStorage).waiting().map((item) => item.text);
            first.remove("a");
            return [reloaded, sessionStorage.length];
        }""",
    )

    assert left == [["kept"], 0]


def test_what_a_member_has_not_sent_survives_a_reload_and_is_nobody_else_s(run_js):
    kept, other, forgotten, left = run_js(
        "chat/agent/unsent.js",
        """({Unsent}) => {
            const ada = {member: "ada", outbox: "tab"};
            const write = (unsent, text) => {
                unsent.of("c").add({client_id: "1", text});
                unsent.keepDraft("c", {text: `draft ${text}`, kind: "note"});
            };
            write(new Unsent(ada), "one");
            const all = (unsent) => [...unsent.of("c").waiting(), unsent.draft("c") ?? []].flat();
            const texts = (unsent) => all(unsent).map((item) => item.text);
            const kept = texts(new Unsent(ada));
            const other = texts(new Unsent({member: "sam", outbox: "tab"}));
            const memory = new Unsent({member: "ada", outbox: "memory"});
            write(memory, "two");
            const forgotten = [texts(memory), texts(new Unsent({member: "ada", outbox: "memory"}))];
            write(new Unsent(ada), "three");
            new Unsent(ada).clear();
            return [kept, other, forgotten, Object.keys(sessionStorage)];
        }""",
    )

    assert kept == ["one", "draft one"]
    assert other == left == []
    assert forgotten == [["two", "draft two"], []]


def test_the_outbox_works_without_storage_and_ignores_what_is_not_its_own(run_js):
    texts = run_js(
        "chat/shared/socket.js",
        """({Outbox}) => {
            sessionStorage.setItem("hushdesk.outbox", '[{"client_id": 1}, null, {"client_id": "a", "text": "b"}]');
            const stored = new Outbox(sessionStorage).waiting().length;
            sessionStorage.setItem("hushdesk.outbox", "{broken");
            const broken = new Outbox(sessionStorage).waiting().length;
            const refuse = () => { throw new Error("full"); };
            const full = new Outbox({getItem: () => null, setItem: refuse, removeItem: refuse});
            full.add({client_id: "c", text: "d"});
            return [stored, broken, full.waiting().length, new Outbox().waiting().length];
        }""",
    )

    assert texts == [1, 0, 1, 0]
