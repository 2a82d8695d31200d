"""The pure modules by which the widget and the workspace say what is so."""

import json
from types import SimpleNamespace

import pytest

from chat.templatetags import transcript
from tests.browser.site import ROOT

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
