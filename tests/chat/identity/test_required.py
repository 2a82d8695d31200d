"""Where visitors must be vouched for, no message is taken from another, whichever way it comes."""

import asyncio

import pytest

from chat.actions import messages
from chat.actions.identity_keys import (
    LastKeyInUseError,
    NoActiveKeyError,
    choose_who_may_write,
    must_be_vouched_for,
    retire_key,
)
from chat.delivery.group import GroupCommitter
from chat.delivery.sealed import ConversationNotFoundError, IdentityRequiredError, SealedMessage
from chat.models import Contact, Conversation
from chat.permissions import Visitor
from compliance import rule_sets, surfaces
from compliance.ingest import ingest
from helpdesk.core.ids import uuid7
from tenants.policies import effective
from tenants.policy_names import ANYONE, IDENTITY, SIGNED_VISITOR
from tenants.scoping import tenant_scope
from tests.chat.identity.conftest import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def required(acme, olive, site, now):
    choose(olive, SIGNED_VISITOR, now)
    return acme


def choose(owner, value, now):
    with tenant_scope(owner.tenant_id):
        choose_who_may_write(value=value, actor=owner, now=now)
    rule_sets.forget(owner.tenant_id)


def test_nobody_is_asked_unless_the_organisation_says_so(acme):
    assert effective(acme, IDENTITY).value == ANYONE


def test_a_conversation_does_not_begin_and_nothing_is_stored(required, vera):
    status, told = vera.frame("conversation.start", client_id=uuid7())

    assert (status, told["code"]) == (403, "identity_required")
    with tenant_scope(required):
        assert not Contact.objects.exists()


def test_who_is_vouched_for_is_heard(required, site, vera):
    vera.identify(site.token(), begins=True)

    assert vera.say(vera.start())[1]["type"] == "message.acknowledged"


def test_it_holds_from_the_next_message_on(acme, olive, site, vera, now):
    conversation = vera.start()
    assert vera.say(conversation)[0] == 200

    choose(olive, SIGNED_VISITOR, now)
    assert vera.say(conversation)[1]["code"] == "identity_required"
    # A part of a number goes another way in, past the same judgement.
    assert vera.say(conversation, "4111 1111")[1]["code"] == "identity_required"
    vera.identify(site.token())
    assert vera.say(conversation)[0] == vera.say(conversation, "4111 1111")[0] == 200

    choose(olive, ANYONE, now)
    other = Browser(acme)
    assert other.say(other.start())[0] == 200


def test_a_message_by_the_committer_of_sockets_is_judged_too(required, olive, site, now):
    choose(olive, ANYONE, now)
    browser = Browser(required)
    conversation = browser.start()
    session = browser.session()
    choose(olive, SIGNED_VISITOR, now)
    visitor = Visitor(required.id, uuid7(), b"", "", session.id, session.contact_id)
    draft = messages.visitor_draft(
        visitor=visitor, conversation_id=Conversation(id=conversation).id, client_id=uuid7(), kind="public", now=now
    )
    rule_set = rule_sets.current(required.id)
    masked = ingest("Hello", surface=surfaces.VISITOR_MESSAGE, rule_set=rule_set)
    sealed = SealedMessage.of(
        masked, draft, rule_set_number=rule_set.number, accepts=rule_set.accepts, signed_only=rule_set.signed_only
    )

    async def put():
        return await GroupCommitter().commit(sealed)

    with pytest.raises(IdentityRequiredError):
        messages.committer.commit(sealed)
    with pytest.raises((IdentityRequiredError, ConversationNotFoundError)):
        asyncio.run(put())


def test_what_was_sealed_without_asking_is_refused(acme, vera, now):
    """Whoever adds a way in and forgets it is refused, also where nobody is asked."""
    conversation = vera.start()
    session = vera.session()
    visitor = Visitor(acme.id, uuid7(), b"", "", session.id, session.contact_id)
    draft = messages.visitor_draft(
        visitor=visitor, conversation_id=Conversation(id=conversation).id, client_id=uuid7(), kind="public", now=now
    )
    rule_set = rule_sets.current(acme.id)
    masked = ingest("Hello", surface=surfaces.VISITOR_MESSAGE, rule_set=rule_set)

    with pytest.raises(IdentityRequiredError):
        messages.committer.commit(SealedMessage.of(masked, draft, rule_set_number=rule_set.number, accepts=None))


def test_an_agent_answers_all_the_same(required, olive, site, ada, now):
    choose(olive, ANYONE, now)
    browser = Browser(required)
    conversation = browser.start()
    browser.say(conversation)
    choose(olive, SIGNED_VISITOR, now)

    with tenant_scope(required):
        committed = messages.post_agent_message(
            membership=ada, conversation_id=Conversation.objects.get().id, client_id=uuid7(), text="Please sign in.",
            kind="public", now=now,
        )  # fmt: skip

    assert committed.sequence == 2


def test_it_can_not_be_asked_where_nobody_could_be_vouched_for(acme, olive, now):
    with tenant_scope(acme), pytest.raises(NoActiveKeyError):
        choose_who_may_write(value=SIGNED_VISITOR, actor=olive, now=now)


def test_the_last_key_stays_while_it_is_asked(required, olive, site, now):
    with tenant_scope(required), pytest.raises(LastKeyInUseError):
        retire_key(key_id=site.key.id, ends_sessions=False, actor=olive, now=now)

    choose(olive, ANYONE, now)
    with tenant_scope(required):
        assert not must_be_vouched_for()
        assert retire_key(key_id=site.key.id, ends_sessions=False, actor=olive, now=now).retired_at == now


def test_there_is_no_third_choice(acme, olive, site, now):
    with tenant_scope(acme), pytest.raises(ValueError, match="no such value"):
        choose_who_may_write(value="nobody", actor=olive, now=now)
