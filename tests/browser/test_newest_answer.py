"""Answers for the header of a conversation that pass each other: what stands there in the end is the newest."""

from typing import Final

import pytest

STAGE: Final = """async ({showNewest}, [steps, isLeft]) => {
    const make = (says) => Object.assign(document.createElement("header"), {id: "head", textContent: says});
    const place = document.createElement("section");
    place.append(make("open"));
    document.body.replaceChildren(place);
    showNewest("#head");
    const tell = (event, ctx) => document.dispatchEvent(new CustomEvent(`htmx:${event}:request`, {detail: {ctx}}));
    const requests = {};
    for (const [step, name, says] of steps) {
        if (step === "ask") {
            const [method] = name.split(" ");
            requests[name] = {target: place.firstChild, swap: "outerHTML", request: {method}};
            tell("before", requests[name]);
        } else {
            if (isLeft) document.body.replaceChildren();
            const ctx = Object.assign(requests[name], {response: {status: 200}});
            tell("after", ctx);
            // As htmx does with what was answered.
            if (ctx.target.isConnected && ctx.swap !== "none") ctx.target.replaceWith(make(says));
        }
    }
    return place.textContent;
}"""


@pytest.mark.parametrize(
    ("steps", "stands"),
    [
        # A change's answer is shown although another has replaced the header meanwhile.
        ([("ask", "GET 1"), ("ask", "POST"), ("come", "GET 1", "resolved"), ("come", "POST", "reopened")], "reopened"),
        # What was asked before the change came may not know of it.
        ([("ask", "GET 1"), ("ask", "POST"), ("come", "POST", "reopened"), ("come", "GET 1", "resolved")], "reopened"),
        ([("ask", "POST"), ("ask", "GET 1"), ("come", "POST", "reopened"), ("come", "GET 1", "resolved")], "reopened"),
        # Of two looks the later one.
        ([("ask", "GET 1"), ("ask", "GET 2"), ("come", "GET 2", "new"), ("come", "GET 1", "old")], "new"),
        ([("ask", "GET 1"), ("ask", "GET 2"), ("come", "GET 1", "old"), ("come", "GET 2", "new")], "new"),
    ],
)
def test_the_newest_answer_stands_in_whatever_order_they_come(steps, stands, run_js):
    assert run_js("chat/agent/newest.js", STAGE, [steps, False]) == stands


def test_what_was_asked_for_a_conversation_that_is_no_longer_shown_is_shown_nowhere(run_js):
    steps = [("ask", "POST"), ("come", "POST", "resolved")]

    assert run_js("chat/agent/newest.js", STAGE, [steps, True]) == "open"
