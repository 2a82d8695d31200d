"""The pure modules that the widget and the workspace share."""

import json
import uuid
from types import SimpleNamespace

import pytest

from chat.templatetags import transcript
from tests.browser.site import ROOT


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


TEXTS = [
    ("plain", []),
    ("my card [card •••• 1111] ok", [("CARD", 8, 24)]),
    ("🙂🙂 [ssn] and 👩‍👩‍👧 [email]!", [("SSN", 3, 8), ("EMAIL", 19, 26)]),
    ("[card •••• 1111]", [("CARD", 0, 16)]),
    ("overlapping and outside", [("CARD", 0, 11), ("PHONE", 5, 13), ("SSN", 20, 99), ("IBAN", 4, 4)]),
    ("later first [a] [b]", [("SSN", 16, 19), ("CARD", 12, 15)]),
    ("the unknown [x]", [("NEW_KIND", 12, 15)]),
]


@pytest.mark.parametrize(("text", "spans"), TEXTS)
def test_a_text_is_cut_at_its_findings_the_same_in_python_and_in_the_browser(run_js, text, spans):
    findings = [{"entity": entity, "start": start, "end": end} for entity, start, end in spans]
    message = SimpleNamespace(text=text, findings=[SimpleNamespace(**finding) for finding in findings])

    in_browser = run_js(
        "chat/shared/composer.js",
        "({segments}, {text, findings}) => segments(text, findings)",
        {"text": text, "findings": findings},
    )

    assert in_browser == [{"text": part.text, "hidden": part.hidden} for part in transcript.segments(message)]


def test_what_was_hidden_is_named_the_same_in_python_and_in_the_browser(run_js):
    assert run_js("chat/shared/composer.js", "({HIDDEN_NAMES}) => HIDDEN_NAMES") == transcript.HIDDEN_NAMES


SENTENCES = [
    ([], ""),
    (["CARD"], "We hid a card number before it was stored."),
    (["CARD", "CARD"], "We hid a card number before it was stored."),
    (
        ["CARD", "CVV", "EMAIL"],
        "We hid a card number, a card security code and an e-mail address before it was stored.",
    ),
    (["toString"], "We hid a private detail before it was stored."),
]


@pytest.mark.parametrize(("entities", "sentence"), SENTENCES)
def test_one_sentence_says_what_was_hidden(run_js, entities, sentence):
    findings = [{"entity": entity} for entity in entities]

    assert (
        run_js("chat/shared/composer.js", "({hiddenSentence}, findings) => hiddenSentence(findings)", findings)
        == sentence
    )


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


WAITS = [
    (0, "0:00", "calm"),
    (42, "0:42", "calm"),
    (300, "5:00", "soon"),
    (727, "12:07", "late"),
    (3800, "1:03:20", "late"),
    (200_000, "2 d", "late"),
]


@pytest.mark.parametrize(("seconds", "shown", "urgency"), WAITS)
def test_the_waiting_clock_runs_and_turns_urgent_at_five_and_ten_minutes(run_js, seconds, shown, urgency):
    got = run_js(
        "core/js/waits.js", "({waitingClock, urgency}, now) => [waitingClock(0, now), urgency(0, now)]", seconds * 1000
    )

    assert got == [shown, urgency]


def test_days_are_named_as_one_says_them(run_js):
    today, yesterday, earlier = run_js(
        "core/js/times.js",
        """({dayLabel}) => {
            const now = new Date(2026, 4, 10, 9);
            return [0, 1, 9].map((days) => dayLabel(new Date(2026, 4, 10 - days, 23), now));
        }""",
    )

    assert (today, yesterday) == ("Today", "Yesterday")
    assert "May" in earlier


KEYS = [
    ({"key": "e"}, {}, True),
    ({"key": "e"}, {"isOff": True}, False),
    ({"key": "e"}, {"isModal": True}, False),
    ({"key": "e", "ctrlKey": True}, {}, False),
    ({"key": "e", "isComposing": True}, {}, False),
    ({"key": "e", "repeat": True}, {}, False),
    ({"key": "j", "repeat": True}, {}, True),
    ({"key": "e", "into": "textarea"}, {}, False),
    ({"key": "e", "into": "input"}, {}, False),
    ({"key": "e", "into": "button"}, {}, True),
]


@pytest.mark.parametrize(("press", "state", "is_shortcut"), KEYS)
def test_single_keys_are_shortcuts_only_outside_text_and_when_switched_on(run_js, press, state, is_shortcut):
    got = run_js(
        "chat/agent/keys.js",
        """({isShortcut}, {press, state}) => {
            const target = document.createElement(press.into ?? "div");
            return isShortcut({...press, target}, {isOff: false, isModal: false, ...state});
        }""",
        {"press": press, "state": state},
    )

    assert got is is_shortcut


def test_canned_responses_that_begin_with_what_is_typed_come_before_those_that_hold_it(run_js):
    canned = [{"shortcut": one, "text": ""} for one in ("ahello", "hello", "bye", "hours")]

    found = run_js("chat/agent/picker.js", "({matching}, all) => matching(all, 'H').map((one) => one.shortcut)", canned)

    assert found == ["hello", "hours", "ahello"]


def test_what_was_found_is_taken_out_of_a_draft_without_a_gap(run_js):
    draft = {"text": "\U0001f600 card 4111 now", "findings": [{"start": 7, "end": 11}]}

    left = run_js("chat/shared/composer.js", "({without}, {text, findings}) => without(text, findings)", draft)

    assert left == "\U0001f600 card now"


def test_the_pages_rules_of_a_password_are_the_servers(run_js):
    vectors = json.loads((ROOT / "tests/tenants/passwords/vectors.json").read_text(encoding="utf-8"))

    found = run_js(
        "tenants/password.js",
        """({unmet, wordsOf}, vectors) => vectors.map((vector) => unmet(
            vector.password, {...vector, words: wordsOf(...vector.named)},
        ).map(({code, text}) => [code, text]))""",
        vectors,
    )

    differing = [vector for vector, got in zip(vectors, found, strict=True) if got != vector["unmet"]]
    assert differing == []


def test_who_waits_is_told_their_place_and_no_more_than_is_known(run_js):
    told = run_js(
        "chat/widget/away.js",
        "({place}, told) => told.map(place)",
        [
            {}, {"before": 0}, {"before": 1, "low_min": 0, "high_min": 1}, {"before": 7, "low_min": 2, "high_min": 9},
            {"before": 2, "is_late": True},
        ],
    )  # fmt: skip

    assert told == [
        "",
        "You are next.",
        "One person is before you. Most are answered within 1 minute.",
        "7 people are before you. Most are answered within 2 to 9 minutes.",
        "2 people are before you. It takes longer than usual just now.",
    ]


def test_who_finds_nobody_is_told_when_somebody_is_there_in_their_own_time(run_js):
    now, today, monday = "2026-11-27T12:00:00Z", "2026-11-27T12:30:00Z", "2026-11-30T08:00:00Z"
    told = run_js(
        "chat/widget/away.js",
        "({presence}, [now, ...told]) => told.map((one) => presence(one, Date.parse(now)))",
        [
            now, {"team": "online"}, {"team": "away"}, {"team": "offline"},
            {"team": "offline", "opens_at": today}, {"team": "offline", "opens_at": monday},
        ],
    )  # fmt: skip

    assert told[:3] == ["", "We are away for a moment", "Nobody is here just now. We answer as soon as we can."]
    assert "today, your time." in told[3]
    assert "on Monday" in told[4]
