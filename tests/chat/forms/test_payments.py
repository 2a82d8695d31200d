# ruff: noqa: RUF001
"""Cards that a payment provider takes: the number is typed there, and a token, a brand and four digits come back."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from chat.actions import form_endings, form_payments, form_requests
from chat.actions.form_endings import FormEndedError
from chat.models import FormState
from chat.secure_forms.stripe import Stripe
from compliance.models import AuditEntry
from tenants.scoping import tenant_scope
from tests.chat.forms.conftest import again, lines, look_up, session_of, transfer
from tests.support.fake_stripe import DECLINED
from tests.support.secure_forms import BrowserKey, sealing

NUMBER = "4242 4242 4242 4242"
TAKEN = "Secure form “Card details” for Ada was taken by Acme’s payment provider; the number never came here."


def test_a_card_is_typed_at_the_provider_and_a_token_a_brand_and_four_digits_come_back(paying, desk, chat):
    session = session_of(paying)
    assert paying.url == f"{paying.stripe.origin}/c/pay/{session}"
    assert paying.stripe.give(session, NUMBER)

    assert look_up(paying.form) is None

    ended = again(paying.form)
    assert (ended.state, ended.brand, ended.last_four, ended.key, ended.endpoint_key) == (
        FormState.TOKENIZED, "visa", "4242", None, None,
    )  # fmt: skip
    assert ended.token.startswith("pm_")
    with tenant_scope(chat.tenant_id):
        told = AuditEntry.objects.filter(object_id=ended.id).order_by("id").values_list("event", flat=True)
        assert list(told) == ["form.requested", "form.opened", "payment_page.made", "form.ended"]
    assert lines(chat, desk.member) == [
        "Ada asks for the secure form “Card details”, on a page of Acme’s payment provider.",
        f"{TAKEN} Visa •• 4242. Reference: {ended.token}.",
    ]


def test_what_is_asked_of_the_provider_has_no_money_no_number_and_nothing_of_the_visitor_in_it(paying):
    [(method, path, given)] = paying.stripe.seen

    assert (method, path) == ("POST", "/v1/checkout/sessions")
    assert given.keys() == {
        "mode", "payment_method_types[0]", "customer_creation", "client_reference_id", "success_url", "cancel_url",
        "expires_at",
    }  # fmt: skip
    assert (given["mode"], given["client_reference_id"]) == ("setup", str(paying.form.id))
    assert given["success_url"].startswith(settings.FORMS_ORIGIN)


def test_asked_for_again_it_is_the_same_page_and_one_that_failed_is_asked_for_with_the_same_key(paying):
    paying.stripe.fails = [500, 429]

    assert [paying.page.step("pay").status_code for _ in range(2)] == [503, 503]
    assert paying.page.step("pay").json()["url"] == paying.url
    assert len(paying.stripe.sessions) == 1


def test_who_comes_back_from_the_page_has_it_looked_up_at_once(paying, django_capture_on_commit_callbacks, monkeypatch):
    sent = []
    monkeypatch.setattr(form_payments.look_up_payment, "apply_async", lambda **options: sent.append(options["kwargs"]))

    with django_capture_on_commit_callbacks(execute=True):
        paying.page.step("pay")

    assert sent == [{"form_id": str(paying.form.id)}]


def test_a_declined_card_ends_nothing_and_the_next_one_is_taken(paying):
    session = session_of(paying)
    assert not paying.stripe.give(session, DECLINED)
    look_up(paying.form)
    assert again(paying.form).state == FormState.OPENED

    paying.stripe.give(session, "5555 5555 5555 4444")
    look_up(paying.form)

    assert (again(paying.form).brand, again(paying.form).last_four) == ("mastercard", "4444")


def test_a_provider_that_is_away_is_asked_again_by_the_job_of_every_minute(
    paying, chat, django_capture_on_commit_callbacks, monkeypatch
):
    sent = []
    monkeypatch.setattr(form_payments.look_up_payment, "apply_async", lambda **options: sent.append(options["kwargs"]))
    paying.stripe.give(session_of(paying), NUMBER)
    paying.stripe.fails = [500, 503]
    assert [look_up(paying.form), look_up(paying.form)] == [None, None]
    assert again(paying.form).is_live
    with tenant_scope(chat.tenant_id), django_capture_on_commit_callbacks(execute=True):
        form_payments.look_at_all()

    assert sent == [{"form_id": str(paying.form.id)}]
    look_up(paying.form)
    assert again(paying.form).state == FormState.TOKENIZED


def test_when_a_form_ends_the_provider_s_page_is_closed_too_also_if_it_is_away_just_then(paying, desk, sam, now):
    transfer(desk, sam, paying.form, now)
    paying.stripe.fails = [500]

    assert look_up(paying.form) == 10
    assert look_up(paying.form) is None

    session = paying.stripe.sessions[session_of(paying)]
    assert (again(paying.form).state, session["status"]) == (FormState.CANCELLED, "expired")


def test_a_form_that_ends_while_its_page_is_made_leads_nobody_there(asked_to_pay, desk, sam, now, monkeypatch):
    real = Stripe.create_session

    def create(tokenizer, **given):
        made = real(tokenizer, **given)
        transfer(desk, sam, asked_to_pay.form, now)
        return made

    monkeypatch.setattr(Stripe, "create_session", create)

    assert asked_to_pay.page.step("pay").json() == {"error": "ended", "state": "cancelled"}
    look_up(asked_to_pay.form)
    assert [session["status"] for session in asked_to_pay.stripe.sessions.values()] == ["expired"]


def test_what_is_given_after_the_end_is_not_taken_over(paying, desk, sam, now):
    session = session_of(paying)
    transfer(desk, sam, paying.form, now)
    paying.stripe.give(session, NUMBER)

    look_up(paying.form)

    assert (again(paying.form).state, again(paying.form).token) == (FormState.CANCELLED, "")


def test_a_page_that_the_provider_has_closed_ends_the_form_and_so_does_its_time(paying, chat, now):
    paying.stripe.sessions[session_of(paying)]["status"] = "expired"
    look_up(paying.form)

    assert (again(paying.form).state, again(paying.form).why) == (FormState.EXPIRED, "unsent")


def test_its_time_is_half_an_hour_and_then_a_late_page_is_refused(paying, chat, now):
    with tenant_scope(chat.tenant_id):
        assert form_endings.look_after(now=now + timedelta(minutes=30)) == 1
    with time_machine.travel(now + timedelta(minutes=29), tick=False):
        assert paying.page.step("pay").json()["error"] == "ended"


def test_nothing_sealed_is_taken_in_its_place(paying, chat):
    bound = dict.fromkeys(sealing.FACTS, "x")
    sealed = sealing.seal({"number": NUMBER}, bound, BrowserKey().point)

    with tenant_scope(chat.tenant_id), pytest.raises(FormEndedError):
        form_requests.submit_form(
            form_id=paying.form.id, contact_id=chat.contact_id, sealed=sealed,
            now=paying.form.requested_at,
        )  # fmt: skip


def test_the_provider_s_page_leads_back_to_one_of_ours_that_is_there_for_its_organisation_alone(paying):
    [(_, _, given)] = paying.stripe.seen
    host, path = given["success_url"].removeprefix("http://").split("/", 1)

    answer = Client().get(f"/{path}", headers={"Host": host})

    assert (answer.status_code, b"You can close this tab" in answer.content) == (200, True)
    assert answer["Content-Security-Policy"].count("frame-ancestors 'none'") == 1
    assert Client().get("/forms/none/taken", headers={"Host": host}).status_code == 404
