"""The payment provider: its messages, which only say where to look, its odd answers, and its account."""

import pytest
from django.conf import settings
from django.test import Client

from chat.actions import form_payments, form_templates
from chat.actions.form_payments import BadSecretError, NoAccountError
from chat.actions.form_templates import NoSuchFormError
from chat.models import FormState, Handling, Inbox, PaymentAccount
from chat.secure_forms.stripe import Stripe
from chat.secure_forms.tokenizer import BadWebhookError
from compliance.models import AuditEntry
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tests.chat.forms.conftest import again, look_up, session_of
from tests.factories.tenants import owner_of

NUMBER = "4242 4242 4242 4242"
PAGE = "/o/acme/settings/forms/payments/"


def tell(paying, headers, body, key=""):
    path = f"/w/{key or paying.page.path.split('/')[2]}/payments"
    return Client().post(path, body, content_type="application/json", headers=headers)


def test_a_message_of_the_provider_says_where_to_look_and_twice_is_once(
    paying, django_capture_on_commit_callbacks, monkeypatch
):
    sent = []
    monkeypatch.setattr(form_payments.look_up_payment, "apply_async", lambda **options: sent.append(options["kwargs"]))
    session = session_of(paying)
    headers, body = paying.stripe.message(session)
    with django_capture_on_commit_callbacks(execute=True):
        # Before it is so, as messages out of order are.
        assert tell(paying, headers, body).status_code == 200
    look_up(paying.form)
    assert again(paying.form).is_live
    paying.stripe.give(session, NUMBER)
    with django_capture_on_commit_callbacks(execute=True):
        assert {tell(paying, headers, body).status_code for _ in range(2)} == {200}
    assert sent == [{"form_id": str(paying.form.id)}] * 3
    look_up(paying.form)
    token = again(paying.form).token
    look_up(paying.form)

    assert (again(paying.form).state, again(paying.form).token) == (FormState.TOKENIZED, token)


def test_a_message_that_says_it_is_done_does_not_make_it_so(paying):
    tell(paying, *paying.stripe.message(session_of(paying)))
    look_up(paying.form)

    assert again(paying.form).state == FormState.OPENED


def test_what_the_provider_did_not_sign_or_long_ago_is_refused(paying, globex):
    session = session_of(paying)
    headers, body = paying.stripe.message(session)
    signed = headers["Stripe-Signature"]
    for changed, sent in (
        ({}, body), ({"Stripe-Signature": ""}, body), (headers, body + b" "), (headers, body.replace(b"cs_", b"cx_")),
        ({"Stripe-Signature": signed.replace("v1=", "v0=")}, body), ({"Stripe-Signature": "t=9" + signed[2:]}, body),
        (paying.stripe.message(session, secret="whsec_" + "z" * 24)[0], body),
        paying.stripe.message(session, at=1_700_000_000),
    ):  # fmt: skip
        assert tell(paying, changed, sent).status_code == 400
    with tenant_scope(globex):
        theirs = Inbox.objects.get().widget_key
    assert tell(paying, headers, body, theirs).status_code == 400
    assert tell(paying, headers, body, "none").status_code == 404
    assert tell(paying, headers, b"x" * 70_000).status_code == 413


def test_another_message_of_theirs_is_taken_and_means_nothing(paying):
    for body in (paying.stripe.message("cs_test_unknown1", "checkout.session.expired"), paying.stripe.message("pi_1")):
        assert tell(paying, *body).status_code == 200
    assert again(paying.form).state == FormState.OPENED


@pytest.mark.parametrize("told", [b"", b"[]", b"{", b'{"data": 4}', b'{"data": {"object": []}}', b"[" * 4000])
def test_what_is_signed_and_is_no_message_is_none(told, now):
    import hashlib
    import hmac

    tokenizer = Stripe("sk_test_" + "a" * 24, "whsec_" + "b" * 24)
    stamp = str(int(now.timestamp()))
    signed = hmac.new(tokenizer.webhook_secret.encode(), f"{stamp}.".encode() + told, hashlib.sha256).hexdigest()
    headers = {"Stripe-Signature": f"t={stamp},v1={signed}"}
    try:
        assert tokenizer.verify_webhook(headers, told, now=now) == ""
    except BadWebhookError:
        assert told in {b"", b"{", b"[" * 4000}


def test_only_a_card_can_go_there_and_only_while_an_account_is_connected(acme, olive, stripe, desk, chat, now):
    with tenant_scope(acme):
        with pytest.raises(NoAccountError):
            form_templates.handle_form(chosen="card", handling=Handling.PAY, actor=olive, now=now)
        form_payments.connect_account(
            secret_key=stripe.secret_key, webhook_secret=stripe.webhook_secret, actor=olive, now=now
        )
        with pytest.raises(NoSuchFormError):
            form_templates.handle_form(chosen="ssn", handling=Handling.PAY, actor=olive, now=now)
        form_templates.handle_form(chosen="card", handling=Handling.PAY, actor=olive, now=now)
        form = form_templates.form_named("card")
    asked = desk.ask(chat, form)
    with tenant_scope(acme):
        form_payments.disconnect_account(actor=olive, now=now)
    assert (again(asked).state, again(asked).why) == (FormState.CANCELLED, "unpaid")
    with pytest.raises(NoAccountError):
        desk.ask(chat, form)


def test_the_account_s_secrets_are_sealed_shown_to_nobody_and_of_the_provider_s_shape(
    client, sign_in, acme, olive, ada, mallory, stripe, now
):
    owner = sign_in(client, olive)
    given = {"secret_key": stripe.secret_key, "webhook_secret": stripe.webhook_secret}
    for bad in (
        {"secret_key": "4111 1111 1111 1111"},
        {"webhook_secret": "hunter2"},
        {"secret_key": "pk_test_" + "a" * 24},
    ):
        answer = owner.post(f"{PAGE}connect/", given | bad)
        assert (answer.status_code, b"These are not the secrets" in answer.content) == (422, True)
    assert owner.post(f"{PAGE}connect/", given).status_code == 302
    with tenant_scope(acme):
        row = PaymentAccount.objects.get()
        assert stripe.secret_key.encode() not in bytes(row.secret_key) + bytes(row.webhook_secret)
        assert form_payments.tokenizer_of(row) == Stripe(stripe.secret_key, stripe.webhook_secret)
        assert stripe.secret_key not in repr(form_payments.tokenizer_of(row))
    page = owner.get(PAGE).content.decode()
    assert "Connected to Stripe" in page
    assert not any(secret in page for secret in given.values())
    for member, status in ((ada, 403), (mallory, 404)):
        theirs = sign_in(Client(), member)
        assert theirs.get(PAGE).status_code == theirs.post(f"{PAGE}disconnect/").status_code == status
    with tenant_scope(acme), pytest.raises(NotPermittedError):
        form_payments.connect_account(**given, actor=ada, now=now)
    with tenant_scope(acme), pytest.raises(BadSecretError):
        form_payments.connect_account(**given | {"secret_key": ""}, actor=olive, now=now)


def test_whether_the_provider_takes_the_secret_can_be_tried_out(client, sign_in, connected, olive):
    owner = sign_in(client, olive)

    def told():
        return owner.post(f"{PAGE}test/", follow=True).content.decode()

    assert "Stripe takes this secret key." in told()
    connected.secret_key = "sk_test_" + "z" * 24
    assert "does not take this secret key" in told()
    connected.fails = [503]
    assert "did not answer just now" in told()
    assert [path for _, path, _ in connected.seen] == ["/v1/checkout/sessions?limit=1"] * 3
    owner.post(f"{PAGE}disconnect/")
    assert "No account is connected." in told()


def test_the_page_says_whether_cards_go_there_and_lets_them(client, sign_in, stripe, acme, olive, now):
    owner = sign_in(client, olive)
    owner.post(f"{PAGE}connect/", {"secret_key": stripe.secret_key, "webhook_secret": stripe.webhook_secret})
    assert "Nothing is taken there yet" in owner.get(PAGE).content.decode()

    owner.post("/o/acme/settings/forms/handling/", {"template": "card", "handling": "pay"})

    assert "is taken there." in owner.get(PAGE).content.decode()
    owner.post(f"{PAGE}disconnect/")
    with tenant_scope(acme):
        entries = AuditEntry.objects.filter(event="payment_account.changed").order_by("id")
        assert [entry.facts for entry in entries] == [
            {"act": act, "provider": "stripe"} for act in ("connected", "disconnected")
        ]


def test_another_organisations_account_takes_nothing_of_ours(paying, globex, now):
    with tenant_scope(globex):
        form_payments.connect_account(
            secret_key="sk_test_" + "m" * 24, webhook_secret="whsec_" + "m" * 24, actor=owner_of(globex), now=now
        )
    paying.stripe.give(session_of(paying), NUMBER)

    assert form_payments.look_up(tenant_id=globex.id, form_id=paying.form.id) is None
    assert again(paying.form).state == FormState.OPENED


@pytest.mark.parametrize(
    "told",
    [
        {"status": "complete"}, {"status": "complete", "setup_intent": {"payment_method": {"id": "4111111111111111"}}},
        {"status": "complete", "setup_intent": "seti_1"},
    ],
)  # fmt: skip
def test_an_answer_without_a_token_is_none_and_a_number_is_no_token(paying, told):
    paying.stripe.sessions[session_of(paying)] |= told

    look_up(paying.form)

    assert (again(paying.form).state, again(paying.form).token) == (FormState.OPENED, "")


def test_a_brand_that_is_none_of_ours_is_a_card_and_last_digits_that_are_none_are_left_out(paying):
    paying.stripe.give(session_of(paying), "9" * 16)
    card = paying.stripe.sessions[session_of(paying)]["setup_intent"]["payment_method"]["card"]
    card["last4"] = "41111111"
    look_up(paying.form)

    assert (again(paying.form).brand, again(paying.form).last_four) == ("other", "")


def test_a_provider_whose_page_would_be_anywhere_else_is_not_followed(paying, monkeypatch):
    monkeypatch.setattr(settings, "STRIPE_PAGES", "https://checkout.stripe.com/")

    assert paying.page.step("pay").json() == {"error": "unavailable"}
