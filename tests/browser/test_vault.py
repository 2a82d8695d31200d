"""The vault of secure forms: what is only to be compared is compared there, and never shown."""

import re
from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from chat.secure_forms import sealing
from chat.secure_forms.submission import decoded
from helpdesk.core import clock

FACTS = {"tenant": "t", "form": "check:ssn", "request": "r", "agent": "a"}
FIELDS = [{"key": "number", "label": "Number", "type": "ssn", "is_required": True, "most": 11}]
BEGIN = """async ([html, person]) => {
  location.hash = person;
  document.body.innerHTML = html;
  document.querySelector("[data-vault]").dataset.site = location.origin;
  window.said = [];
  addEventListener("message", ({ data }) => { if (data.hushdesk === "vault") said.push(data); });
  await import("/static/chat/forms/vault.js");
}"""
SAID = "(type) => said.find((one) => one.type === type)"


def test_the_next_form_of_a_chat_is_loaded_anew(module_page):
    page = render_to_string("chat/forms/page.html", {}, RequestFactory().get("/forms/key/"))
    form = re.search("<main.*</main>", page, re.DOTALL).group()
    module_page.evaluate(
        """async (html) => {
          document.body.innerHTML = html;
          window.first = true;
          await import("/static/chat/forms/form.js");
        }""",
        form,
    )
    with module_page.expect_navigation(wait_until="load", url="**#second-pass"):
        module_page.evaluate("location.hash = 'second-pass'")

    module_page.wait_for_function("window.first === undefined")


@pytest.fixture
def vault(module_page):
    page = render_to_string("chat/forms/vault.html", {}, RequestFactory().get("/vault/"))
    module_page.evaluate(BEGIN, [re.search("<main.*</main>", page, re.DOTALL).group(), "ada"])
    return module_page


def heard(page, kind):
    return page.wait_for_function(SAID, arg=kind).json_value()


def sent(vault, value, **facts):
    """What a visitor sends to this vault's key."""
    key = heard(vault, "key")
    bound = FACTS | {"key": key["fingerprint"]} | facts
    sealed = sealing.seal({"number": value}, bound, decoded(key["point"])).to_json()
    return f"({{sealed: {sealed.decode()}, facts: {bound!r}, fields: {FIELDS!r}, name: 'SSN'}})".replace("True", "true")


def say(vault, kind, told):
    vault.evaluate(f"postMessage({{...{told}, type: '{kind}'}}, location.origin)")


@pytest.mark.parametrize(
    ("held", "outcome", "words"), [("123456789", "match", "It matches."), ("123-45-6780", "no_match", "does not match")]
)
def test_it_says_whether_two_values_are_the_same_and_shows_neither(vault, held, outcome, words):
    told = sent(vault, "123-45-6789")
    say(vault, "expect", told)
    vault.get_by_label("Number").fill(held)
    vault.get_by_role("button", name="Compare, once").click()
    heard(vault, "expected")
    say(vault, "compare", told)

    assert heard(vault, "compared") == {"hushdesk": "vault", "type": "compared", "outcome": outcome}
    assert words in vault.inner_text("main")
    assert "6789" not in vault.inner_text("main")
    assert vault.locator("[data-part=held] input").input_value() == ""


def test_what_is_to_be_compared_is_not_shown_and_what_is_to_be_read_is_not_compared(vault):
    told = sent(vault, "123-45-6789")
    say(vault, "show", told)

    assert heard(vault, "unreadable")["type"] == "unreadable"
    assert "6789" not in vault.inner_text("main")


def test_nothing_is_compared_that_the_reader_has_typed_nothing_for(vault):
    told = sent(vault, "123-45-6789")
    say(vault, "compare", told)
    say(vault, "show", told)

    heard(vault, "unreadable")
    assert vault.evaluate(SAID, "compared") is None


SAME = [
    ("ssn", "123-45-6789", "123456789"), ("text", " Vera  KLEIN ", "vera klein"), ("expiry", "4/2029", "04/29"),
    ("iban", "de89 3704 0044 0532 0130 00", "DE89370400440532013000"), ("card", "4111 1111", "4111-1111"),
    ("email", "Vera@Example.com", "vera@example.com"), ("date", "1990-01-02", "1990-01-02"),
]  # fmt: skip
OTHER = [("ssn", "123456789", "12345678"), ("text", "Vera", "Vera K"), ("expiry", "04/29", "04/30"), ("text", "", "a")]


def test_spaces_and_capitals_do_not_matter_and_everything_else_does(run_js):
    compare = """async ({isSame}, pairs) => Promise.all(pairs.map(([type, one, other]) =>
      isSame([{key: "a", type}, {key: "b", type}], {a: one, b: ""}, {a: other})))"""

    assert run_js("chat/forms/compare.js", compare, SAME) == [True] * len(SAME)
    assert run_js("chat/forms/compare.js", compare, OTHER) == [False] * len(OTHER)


def test_a_field_that_the_visitor_left_out_does_not_match(run_js):
    told = run_js("chat/forms/compare.js", "({isSame}) => isSame([{key: 'a', type: 'text'}], {a: 'Vera'}, {})")

    assert told is False


def test_a_card_for_the_payment_provider_has_no_field_here_but_leads_to_its_page(module_page):
    steps = {name: f"/steps/{name}" for name in ("open", "submit", "pay", "decline")}
    told = {"steps": steps, "pass_header": "X-Form"}
    page = render_to_string("chat/forms/page.html", told, RequestFactory().get("/forms/key/"))
    asked = {"handling": "pay", "name": "Card details", "agent": "Ada", "organisation": "Acme", "minutes": 5,
             "until": (clock.now() + timedelta(minutes=20)).isoformat(), "by_visitor": False,
             "fields": FIELDS, "state": "opened"}  # fmt: skip
    module_page.route("**/steps/open", lambda route: route.fulfill(json=asked))
    module_page.route("**/steps/pay", lambda route: route.fulfill(json={"url": "https://pay.example/c/1"}))
    module_page.evaluate(
        """async (html) => { document.body.innerHTML = html; await import("/static/chat/forms/form.js"); }""",
        re.search("<main.*</main>", page, re.DOTALL).group(),
    )

    module_page.get_by_role("button", name="Fill in").click()

    link = module_page.get_by_role("link", name="Open the payment page")
    link.wait_for()
    assert link.get_attribute("href") == "https://pay.example/c/1"
    assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener noreferrer")
    assert "the payment provider of Acme" in module_page.inner_text("main")
    assert module_page.locator("input:visible").count() == 0
