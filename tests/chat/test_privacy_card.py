"""The privacy card says of a conversation what is so, and to nobody but whose it is."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from chat import disclosure, privacy_card
from chat.actions import consent, messages
from chat.actions.conversations import end_conversation
from chat.delivery.sealed import ConversationNotFoundError
from chat.models import Conversation, Finding, Message
from compliance import disposal, trail_expiry
from compliance.actions.retention import set_policy
from compliance.models import AuditEntry, RecordClass
from tenants.actors import Actor
from tenants.keyring import ring
from tenants.keyring.models import ContactKey, TenantKey
from tenants.keyring.scope import keys_scope
from tenants.scoping import tenant_scope
from tests.factories.chats import begin, say
from tests.factories.consent import agreed, ask_visitors
from tests.support.without_sockets import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(acme, now):
    """A visitor who has agreed and said something with two cards in it."""
    ask_visitors(acme)
    asked = begin(acme, now, agreed(acme))
    say(asked, now, "my cards are 4111 1111 1111 1111 and 4000 0566 5566 5556, mail vera@shop.example")
    return asked


def card_of(asked):
    conversation, visitor = asked
    return privacy_card.card_of(visitor=visitor, conversation_id=conversation.id)


def test_it_counts_what_was_hidden_and_nothing_of_notes(asked, ada, acme, now):
    conversation, _ = asked
    messages.post_agent_message(
        membership=ada, conversation_id=conversation.id, client_id=uuid4(), text="Card 4111 1111 1111 1111",
        kind="note", now=now,
    )  # fmt: skip
    with tenant_scope(acme):
        assert Finding.objects.count() == 3

    assert [(one.entity, one.count) for one in card_of(asked).masked] == [("CARD", 2)]


def test_it_names_the_key_that_seals_it(asked, acme):
    key = card_of(asked).key
    with keys_scope(acme.id):
        made = ContactKey.objects.get(contact_id=asked[1].contact_id).created_at
        fingerprint = TenantKey.objects.get(purpose="content").fingerprint
        assert (key.version, key.made_at, key.locked_by, key.is_own) == (1, made, fingerprint, False)
        TenantKey.objects.filter(purpose="content").update(key_reference="transit/theirs")

    assert card_of(asked).key.is_own
    ring.destroy_contact_keys(acme.id, [asked[1].contact_id])
    assert card_of(asked).key is None


def test_it_says_when_it_goes_by_the_policy_there_is(asked, acme, olive, now, monkeypatch):
    conversation, _ = asked
    assert card_of(asked).kept.due_at is None
    keep = {"tenant": acme, "record_class": RecordClass.CONVERSATION, "actor": Actor.member(olive), "now": now}
    set_policy(keep_days=30, **keep)
    later = now + timedelta(days=2)
    with tenant_scope(acme):
        Conversation.objects.filter(id=conversation.id).update(last_message_at=later)

    assert card_of(asked).kept.due_at == later + timedelta(days=30)

    monkeypatch.setattr(disposal, "_forbidding", [])
    disposal.keep_from_disposal(lambda kind, record: (kind, record) == (RecordClass.CONVERSATION, conversation.id))
    assert (card_of(asked).kept.due_at, card_of(asked).kept.is_held) == (None, True)


def test_it_names_roles_that_opened_it_and_no_person(asked, ada, sam, acme, now):
    assert card_of(asked).readers == []
    conversation = asked[0]
    with tenant_scope(acme):
        for member in (ada, ada, sam):
            disclosure.transcript(conversation, member, now=now)

    card = card_of(asked)

    assert [(one.role, one.times) for one in card.readers] == [("agent", 2), ("supervisor", 1)]
    assert "Ada" not in card.model_dump_json()


def test_it_says_from_when_on_openings_are_known(asked, monkeypatch, now):
    assert card_of(asked).readers_since is None
    monkeypatch.setattr(trail_expiry, "begin", lambda: trail_expiry.Begin(3, "00", now + timedelta(days=1)))

    assert card_of(asked).readers_since == now + timedelta(days=1)


def test_it_shows_the_receipt_with_the_text_as_it_was(asked, now):
    receipt = card_of(asked).receipt

    assert (receipt.number, receipt.language, receipt.agreed, receipt.given_at) == (1, "en", True, now)
    assert receipt.text.startswith("Before you write to Acme")
    consent.withdraw_consent(visitor=asked[1], now=now)
    assert card_of(asked).receipt is None


def test_nobody_else_is_shown_it_or_ends_it(asked, acme, globex, now):
    conversation, visitor = asked
    for other in (
        begin(acme, now, agreed(acme))[1],
        replace(visitor, tenant_id=globex.id),
        replace(visitor, contact_id=None),
    ):
        with pytest.raises(ConversationNotFoundError):
            privacy_card.card_of(visitor=other, conversation_id=conversation.id)
        with pytest.raises(ConversationNotFoundError):
            end_conversation(visitor=other, conversation_id=conversation.id, now=now)


def test_a_visitor_ends_their_conversation_once(asked, acme, now):
    conversation, visitor = asked
    for _ in range(2):
        end_conversation(visitor=visitor, conversation_id=conversation.id, now=now)

    with tenant_scope(acme):
        ended = Conversation.objects.get(id=conversation.id)
        assert (ended.status, ended.resolved_at, ended.waiting_since) == ("resolved", now, None)
        entry = AuditEntry.objects.get(event="conversation.resolved")
        assert (entry.actor_kind, entry.actor_id) == ("visitor", visitor.session_id)
        assert Message.objects.count() == 1
    assert card_of(asked).status == "resolved"


def test_without_a_socket_it_is_the_same(acme):
    vera = Browser(acme, token="")
    vera.session()
    begun = vera.told("conversation.start", client_id=str(uuid4()))["conversation"]

    card = vera.told("card.open", conversation=begun)
    ended = vera.told("conversation.end", conversation=begun)

    assert (card["type"], card["masked"], card["readers"], card.get("receipt")) == ("card.opened", [], [], None)
    assert (ended["type"], ended["status"]) == ("conversation.changed", "resolved")
    assert vera.told("card.open", conversation=str(uuid4()))["code"] == "not_found"
