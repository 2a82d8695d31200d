"""The card on which a visitor proves who they are: under an origin of its own, for their browser and nobody else's."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.core import mail
from django.db import connections
from django.test import Client

from chat import authentication
from chat.actions import proof_codes
from chat.identity.codes import hint_of
from chat.models import Inbox, ProofRequest, ProofState, VisitorSession
from chat.models.proof import TRIES
from chat.protocol.commands import AGENT_COMMANDS
from chat.secure_forms.passes import Pass
from chat.views.form_pages import PASS_HEADER
from chat.views.proof_pages import PROOF_HEADER
from chat.views.widget import HEADER
from compliance.masking import AGENT, Context, MaskingPolicy, Utterance, mask
from tenants.actions import members
from tenants.scoping import tenant_scope
from tests.chat.proofs.conftest import ADDRESS, SCOPE, Card, again, ask, begun, events, other
from tests.factories.tenants import sign_in

FORMS = settings.FORMS_ORIGIN.partition("://")[2]


@pytest.fixture
def card(asked):
    return Card(asked)


@pytest.fixture
def widget(chat):
    """Vera's chat, which asks what stands above its composer."""
    token = authentication.new_token()
    with tenant_scope(chat.tenant_id):
        hashed = authentication.token_hash(chat.tenant_id, token)
        VisitorSession.objects.filter(contact_id=chat.contact_id).update(token_hash=hashed)
        key = Inbox.objects.get().widget_key

    def ask_for(step, **headers):
        told = {"Origin": settings.SITE_ORIGIN, HEADER: token, **headers}
        return Client().post(f"/w/{key}/{step}", "{}", content_type="application/json", headers=told)

    return ask_for


def test_it_says_who_asks_for_what_and_of_the_address_no_more_than_a_hint(card):
    answer = card.step("open").json()

    assert (answer["agent"], answer["organisation"], answer["scope"]) == ("Ada", "Acme", SCOPE)
    assert (answer["state"], answer["hint"], answer["sent_until"]) == ("asked", "v•••@t•••.example", None)
    assert ADDRESS not in str(answer)


@pytest.mark.parametrize(("address", "hint"), [
    ("vera@tents.example", "v•••@t•••.example"), ("v@e.com", "v•••@e•••.com"),
    ("a@m.shop.example", "a•••@m•••.example"),
    ("v@localhost", "v•••@•••"),
])  # fmt: skip
def test_a_hint_tells_two_letters_and_the_end(address, hint):
    assert hint_of(address) == hint


def test_a_code_comes_by_a_mail_that_says_nothing_of_the_chat(card, asked):
    code = card.mailed()

    sent = mail.outbox[-1]
    body = sent.body + str(sent.alternatives)
    assert (sent.to, sent.subject) == ([ADDRESS], "Your code for the chat")
    assert code not in sent.subject
    assert "Acme" in body
    assert not any(said in body for said in (SCOPE, "Ada", str(asked.id), "Hello"))
    answer = card.step("open").json()
    assert (answer["state"], answer["sent_until"] is not None) == ("sent", True)
    assert code not in str(answer)


def test_the_code_proves_it_once(card, asked, acme):
    code = card.mailed()

    assert card.step("prove", {"code": other(code)}).json() == {"error": "wrong", "left": TRIES - 1, "until": None}
    answer = card.step("prove", {"code": f"{code[:4]} {code[4:]}"}).json()
    replay = card.step("prove", {"code": code})

    assert (answer["state"], again(asked).state) == ("proven", ProofState.PROVEN)
    assert (replay.status_code, replay.json()) == (409, {"error": "ended", "state": "proven"})


def test_after_five_wrong_codes_none_is_looked_at_or_sent(card, asked, acme):
    code = card.mailed()
    found = [card.step("prove", {"code": other(code)}) for _ in range(TRIES)]

    assert (found[-1].status_code, found[-1].json()["error"]) == (429, "locked")
    assert card.step("prove", {"code": code}).json()["error"] == "locked"
    assert card.step("send").json()["error"] == "locked"
    assert card.step("open").json()["locked_until"] is not None
    assert events(acme).count("proof.failed") == TRIES


def test_a_code_that_is_asked_for_ten_times_is_sent_three_times(card):
    mail.outbox.clear()
    found = [card.step("send").status_code for _ in range(10)]

    assert found == [200] * 3 + [429] * 7
    assert len(mail.outbox) == 3


def test_one_address_is_sent_no_more_by_way_of_many_visitors(acme, ada, now):
    mail.outbox.clear()
    for _ in range(7):
        Card(ask(begun(acme, ada, now), ada, now)).step("send")

    assert len(mail.outbox) == proof_codes.CODES_BY_ADDRESS.burst


def test_without_an_address_it_says_so_and_sends_nothing(acme, ada, now):
    card = Card(ask(begun(acme, ada, now, address=""), ada, now))
    mail.outbox.clear()

    assert card.step("open").json()["hint"] is None
    assert (card.step("send").json(), mail.outbox) == ({"error": "no_address"}, [])


def test_a_mail_that_could_not_be_sent_is_said_and_can_be_asked_for_again(card, monkeypatch):
    def fails(*_, **__):
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.EmailMultiAlternatives.send", fails)
        assert (card.step("send").status_code, card.step("send").json()) == (503, {"error": "not_sent"})
    assert card.mailed()


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"code": 12345678}', '{"code": "1"', "[" * 200, "x" * 300])
def test_what_the_card_does_not_send_is_refused(card, body):
    card.mailed()

    assert card.step("prove", body).status_code == 400


def test_only_a_script_of_its_own_origin_with_the_visitor_s_pass_does_anything(card, asked, globex, now):
    for told in ({"Origin": settings.SITE_ORIGIN}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert card.step("send", **told).status_code == 403
    of_a_form = Pass(asked.tenant_id, asked.id, asked.contact_id).issue(until=asked.expires_at)
    for told in ("", card.shown[:-2] + "xx", of_a_form):
        assert card.step("open", **{PROOF_HEADER: told}).status_code == 404
    form = card.client.post(
        card.path.replace("identity/", "open"), {}, content_type="application/json",
        headers={"Host": FORMS, "Origin": settings.FORMS_ORIGIN, PASS_HEADER: card.shown},
    )  # fmt: skip
    assert form.status_code == 404
    with tenant_scope(globex):
        card.path = f"/forms/{Inbox.objects.get().widget_key}/identity/"
    assert card.step("open").status_code == 404
    assert again(asked).state == ProofState.ASKED


def test_an_agent_proves_nothing_in_the_visitor_s_place(card, asked, ada, mallory):
    code = card.mailed()
    for member in (ada, mallory):
        client = sign_in(Client(), member.user)
        card.client = client
        assert card.step("prove", {"code": code}, **{PROOF_HEADER: ""}).status_code == 404
        own = client.get(f"/o/{member.tenant.slug}/conversations/{asked.conversation_id}/").content.decode()
        assert code not in own
        assert card.shown not in own
    assert not any("proof" in str(command) or "prove" in str(command).lower() for command in AGENT_COMMANDS)
    assert again(asked).state == ProofState.SENT


def test_an_agent_who_was_shut_out_asks_and_ends_nothing(acme, chat, olive, ada, asked, now):
    client = sign_in(Client(), ada.user)
    path = f"/o/{acme.slug}/conversations/{chat.id}/verify/"
    assert client.get(path).status_code == 200
    with tenant_scope(acme):
        members.set_member_active(membership_id=ada.id, is_active=False, actor=olive, now=now)
    assert again(asked).why == "asker"

    assert client.post(path, {"scope": SCOPE}).status_code in {302, 403, 404}
    assert client.post(f"{path}{asked.id}/end/").status_code in {302, 403, 404}
    with tenant_scope(acme):
        assert ProofRequest.objects.count() == 1


def test_an_agent_asks_in_a_dialog_that_says_what_is_wrong(acme, chat, ada, mallory):
    client = sign_in(Client(), ada.user)
    path = f"/o/{acme.slug}/conversations/{chat.id}/verify/"
    assert "A code of eight digits goes to the e-mail address in the panel" in client.get(path).content.decode()
    refused = client.post(path, {"scope": "x" * 81})
    assert (refused.status_code, "at most 80 characters" in refused.content.decode()) == (422, True)

    assert client.post(path, {"scope": SCOPE}).status_code == 302

    shown = client.get(f"/o/{acme.slug}/conversations/{chat.id}/").content.decode()
    assert f"Asked who they are: <strong>{SCOPE}</strong>" in shown
    assert ADDRESS not in client.get(path).content.decode()
    theirs = sign_in(Client(), mallory.user)
    assert theirs.post(path, {"scope": SCOPE}).status_code == 404
    assert theirs.post(path.replace(acme.slug, mallory.tenant.slug), {"scope": SCOPE}).status_code == 404


def test_the_card_is_answered_under_the_origin_of_forms_alone(card):
    hosts = (FORMS, settings.VAULT_ORIGIN.partition("://")[2], settings.SITE_HOST)
    found = {host: card.client.get(card.path, headers={"Host": host}) for host in hosts}

    assert [found[host].status_code for host in hosts] == [200, 404, 404]
    policy = found[FORMS].headers["Content-Security-Policy"]
    assert "frame-ancestors http" in policy
    assert "script-src 'nonce" in policy or "script-src 'self'" in policy
    assert found[FORMS].headers["Cache-Control"] == "no-store"


def test_it_stands_above_the_composer_until_it_is_over(widget, card, asked):
    shown = widget("session").json()["form"]
    assert shown["id"] == str(asked.id)
    assert shown["url"].startswith(f"{settings.FORMS_URL}{card.path}#")
    card.shown = shown["url"].partition("#")[2]
    card.step("prove", {"code": card.mailed()})
    assert widget("session").json()["form"]["id"] == str(asked.id)
    card.step("close")
    assert widget("session").json()["form"] is None
    assert widget("own").json()["form"]["id"] == str(asked.id)
    card.step("end")
    assert widget("session").json()["form"] is None
    assert again(asked).why == "visitor"


def test_a_visitor_may_decline_and_the_chat_goes_on(widget, card, asked):
    assert card.step("decline").json() == {"state": "declined"}

    assert widget("session").json()["form"] is None
    steps = ("send", "decline", "end", "close", "export", "app")
    assert [card.step(step).status_code for step in steps] == [409] * len(steps)


def test_who_has_said_nothing_has_no_data_to_see_to(acme, widget):
    assert widget("own", **{HEADER: authentication.new_token()}).status_code == 409
    assert widget("own", Origin="https://shop.example").status_code == 403


@pytest.mark.parametrize("typed", ["my code is {0}", "the code you sent me is {0}", "{0}"])
def test_a_code_that_is_typed_into_the_chat_after_all_is_hidden(typed):
    asked = Utterance(AGENT, "I have sent a verification code to your e-mail address. Please type it into the card.")
    text = typed.format("4820 1935")

    assert "4820" not in mask(text, MaskingPolicy.named("default"), Context("visitor", (asked,))).text


@pytest.mark.django_db(transaction=True)
def test_of_many_tries_at_once_five_are_looked_at(acme, ada, now, monkeypatch):
    card = Card(ask(begun(acme, ada, now), ada, now))
    code = card.mailed()
    looked_at = []
    is_code = proof_codes.codes.is_code
    monkeypatch.setattr(
        proof_codes.codes,
        "is_code",
        lambda given, *rest, **named: looked_at.append(given) or is_code(given, *rest, **named),
    )

    def guess(number):
        try:
            return card.step("prove", {"code": f"{(int(code) + 1 + number) % 10**8:08d}"}).json()["error"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        found = sorted(pool.map(guess, range(12)))

    assert (found, len(looked_at)) == (["locked"] * 8 + ["wrong"] * 4, TRIES)
    assert card.step("prove", {"code": code}).json()["error"] == "locked"
