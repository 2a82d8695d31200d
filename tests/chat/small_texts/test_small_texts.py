"""Subjects, questions and pages: masked, sealed, shown to those who may, and gone with their conversation."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from chat import contact_disclosure, small_texts
from chat.actions import erasure, pre_chat, remasking_columns, subjects
from chat.actions.beginnings import begin_conversation
from chat.actions.conversations import start_conversation
from chat.actions.openings import Opening
from chat.actions.pre_chat import TooManyQuestionsError
from chat.actions.resealing_columns import TextsOfContact, TextsOfOrganisation
from chat.models import CannedResponse, Conversation, Inbox, PreChatAnswer, PreChatField, PreChatKind
from chat.models.pre_chat import MAX_CUSTOM_FIELDS
from chat.permissions import Visitor
from chat.record_stores import ConversationStore
from compliance import rule_sets
from compliance.masking import DetectorFailedError, MaskingPolicy
from compliance.rule_sets import RuleSetInForce
from helpdesk.core import aead
from tenants.keyring import ring, rotation
from tenants.keyring.models import Purpose
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tests.chat.small_texts.conftest import CARD, MASKED, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def inbox(acme):
    with tenant_scope(acme):
        return Inbox.objects.get()


@pytest.fixture
def order_number(acme, olive, inbox, now):
    """A question of Acme's own."""
    with tenant_scope(acme):
        return pre_chat.add_question(
            inbox_id=inbox.id, label="Your order number", is_required=True, actor=olive, now=now
        )


@pytest.fixture
def vera_asks(acme, inbox, order_number, now):
    """Vera's conversation, begun on a page, with an answer that holds more than it should."""
    visitor = Visitor(acme.id, inbox.id, uuid4().bytes * 2)
    opening = Opening(
        f"https://shop.example/cart?card={CARD}", "https://search.example/?q=lamp",
        {order_number.key: f"20418, card {CARD}", "unknown": "dropped"},
    )  # fmt: skip
    conversation, _ = start_conversation(visitor=visitor, client_id=uuid4(), now=now, opening=opening)
    return conversation


def test_what_is_known_as_a_conversation_begins_is_masked_sealed_and_shown_to_agents(
    acme, ada, vera_asks, order_number
):
    with tenant_scope(acme):
        details = small_texts.details(Conversation.objects.get(id=vera_asks.id), ada)

    assert (details.page, details.referrer) == ("https://shop.example/cart", "https://search.example/")
    assert [(one.label, one.value) for one in details.answers] == [("Your order number", f"20418, card {MASKED}")]
    assert b"shop.example" not in everything(acme)
    assert b"20418" not in everything(acme)


def test_typed_answers_go_to_the_contact_and_bad_ones_are_left_out(acme, ada, olive, inbox, now):
    with tenant_scope(acme):
        pre_chat.choose_typed_fields(
            inbox_id=inbox.id,
            wanted={PreChatKind.EMAIL: "required", PreChatKind.PHONE: "optional"},
            actor=olive,
            now=now,
        )
        keys = dict(PreChatField.objects.values_list("kind", "key"))
    opening = Opening("", "", {keys["email"]: "vera@mail.example", keys["phone"]: CARD})
    visitor = Visitor(acme.id, inbox.id, uuid4().bytes * 2)

    begun, _ = begin_conversation(visitor=visitor, client_id=uuid4(), opening=opening, now=now)

    with tenant_scope(acme):
        details = contact_disclosure.contact_details(Conversation.objects.get(id=begun.id).contact, ada, now=now)
        assert (details.email, details.phone) == ("vera@mail.example", None)
        assert not PreChatAnswer.objects.exists()


def test_a_question_that_is_taken_away_leaves_its_answers(acme, ada, olive, vera_asks, order_number, now):
    with tenant_scope(acme):
        pre_chat.remove_question(pre_chat_field_id=order_number.id, actor=olive, now=now)
        details = small_texts.details(Conversation.objects.get(id=vera_asks.id), ada)

    assert details.answers[0].label == "Your order number"


def test_a_visitor_and_a_stranger_do_not_read_them(acme, mallory, vera_asks):
    with tenant_scope(acme), pytest.raises(NotPermittedError):
        small_texts.details(Conversation.objects.get(id=vera_asks.id), mallory)


def test_a_failing_masker_begins_no_conversation(acme, inbox, order_number, now, monkeypatch):
    def broken(*_, **__):
        raise DetectorFailedError("card")

    monkeypatch.setattr("compliance.ingest.mask", broken)
    visitor = Visitor(acme.id, inbox.id, uuid4().bytes * 2)

    with pytest.raises(DetectorFailedError):
        start_conversation(
            visitor=visitor, client_id=uuid4(), now=now, opening=Opening("", "", {order_number.key: CARD})
        )

    with tenant_scope(acme):
        assert not Conversation.objects.exists()


def test_there_is_an_end_to_questions(acme, olive, inbox, now):
    with tenant_scope(acme):
        for number in range(MAX_CUSTOM_FIELDS):
            pre_chat.add_question(inbox_id=inbox.id, label=f"No {number}?", is_required=False, actor=olive, now=now)
        with pytest.raises(TooManyQuestionsError):
            pre_chat.add_question(inbox_id=inbox.id, label="One more?", is_required=False, actor=olive, now=now)


def test_a_subject_is_masked_and_shown_in_the_list(acme, ada, vera_asks, sign_in, now):
    with tenant_scope(acme):
        subjects.change_subject(conversation_id=vera_asks.id, subject=f"  Card\n{CARD} ", actor=ada, now=now)
        Conversation.objects.filter(id=vera_asks.id).update(last_sequence=1, last_message_at=now)

    page = sign_in(Client(), ada).get(f"/o/{acme.slug}/inbox/").content.decode()

    assert f"Card {MASKED}" in page
    assert CARD not in page


def test_a_subject_that_cannot_be_checked_stays_in_its_form(acme, ada, vera_asks, sign_in, monkeypatch):
    def broken(*_, **__):
        raise DetectorFailedError("card")

    client, url = sign_in(Client(), ada), f"/o/{acme.slug}/conversations/{vera_asks.id}/subject/"
    monkeypatch.setattr("compliance.ingest.mask", broken)

    response = client.post(url, {"subject": "About the lamp"})

    assert response.status_code == 503
    assert 'value="About the lamp"' in response.content.decode()
    assert "try again in a moment" in response.content.decode()
    with tenant_scope(acme):
        assert Conversation.objects.get(id=vera_asks.id).subject is None


def test_an_empty_subject_takes_it_away(acme, ada, vera_asks, now):
    with tenant_scope(acme):
        for subject in ("About the lamp", " "):
            subjects.change_subject(conversation_id=vera_asks.id, subject=subject, actor=ada, now=now)

        assert Conversation.objects.get(id=vera_asks.id).subject is None


def test_the_owner_says_what_is_asked_and_the_widget_asks_it(acme, olive, inbox, order_number, sign_in):
    client = sign_in(Client(), olive)
    url = f"/o/{acme.slug}/start/questions/"

    client.post(f"{url}typed/", {"name": "optional", "email": "required", "phone": "off"})
    added = client.post(f"{url}add/", {"label": f"Your card {CARD}?", "is_required": "on"}, follow=True)

    assert f"Your card {MASKED}?" in added.content.decode()
    frame = Client().get(f"/w/{inbox.widget_key}/").content.decode()
    for words in ("Your order number", "E-mail address", 'type="email"', f"Your card {MASKED}?"):
        assert words in frame
    assert 'type="tel"' not in frame
    client.post(f"{url}typed/", {"name": "off", "email": "off", "phone": "off"})
    with tenant_scope(acme):
        assert set(PreChatField.objects.values_list("kind", flat=True)) == {"custom"}


def test_newer_rules_mask_what_older_ones_let_pass(acme, ada, olive, vera_asks, hello, monkeypatch, now):
    stricter = RuleSetInForce(rule_sets.current(acme.id).number + 1, MaskingPolicy.named("all"))
    with tenant_scope(acme):
        subjects.change_subject(conversation_id=vera_asks.id, subject="mail vera@mail.example", actor=ada, now=now)
        assert remasking_columns.has_outdated_rows(stricter.number)
        store, place, changed = ConversationStore(), None, 0
        while True:
            done = store.rescan(rule_set=stricter, after=place, limit=1, now=now)
            place, changed = done.place, changed + done.changed
            if place is None:
                break

        assert small_texts.details(Conversation.objects.get(id=vera_asks.id), ada).subject == "mail [email]"
        assert not remasking_columns.has_outdated_rows(stricter.number)
    assert changed == 1


def test_a_turned_key_seals_them_again(acme, olive, vera_asks, hello, now):
    with tenant_scope(acme):
        contact_id = Conversation.objects.get(id=vera_asks.id).contact_id
    rotation.begin_contact_rotation(acme.id, contact_id, now=now)
    rotation.begin_tenant_rotation(acme.id, Purpose.CONTENT, now=now)
    ring.forget_cached_keys()
    for use, subject in ((TextsOfContact(), str(contact_id)), (TextsOfOrganisation(), "content")):
        assert use.remains(acme.id, subject, 1)
        while use.move(acme.id, subject, 1, limit=1):
            pass
        assert not use.remains(acme.id, subject, 1)

    with tenant_scope(acme):
        sealed = [bytes(row.value) for row in PreChatAnswer.objects.all()] + [bytes(CannedResponse.objects.get().text)]
        assert [aead.key_version(one) for one in sealed] == [2, 2]
        assert small_texts.canned_responses(olive)[0].text.startswith("Hello!")


def test_they_go_with_their_conversation_and_with_the_organisation(acme, vera_asks, hello, now):
    with tenant_scope(acme):
        erasure.erase_conversations(before=now + timedelta(days=1), limit=10)
        assert not PreChatAnswer.objects.exists()
        while erasure.erase_all(limit=10).records:
            pass
        assert not CannedResponse.objects.exists()
        assert not PreChatField.objects.exists()
