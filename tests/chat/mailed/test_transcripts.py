"""A transcript is asked for by its visitor, goes by a link, and shows what the visitor may see."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from chat import authentication
from chat.actions.mailed_links import LinksOffError, NoAddressError, ask_transcript
from chat.delivery.sealed import ConversationNotFoundError
from chat.models import Contact, ContactDetails, Conversation, LinkKind, MailedLink, Message, VisitorSession
from chat.tasks import mail_links
from tenants.policy_names import LINKS_OFF
from tenants.scoping import tenant_scope
from tests.chat.mailed.conftest import Reader, answered, choose, links, mailed_token, prepare, read_to
from tests.factories.chats import visitor_of, widget_key
from tests.factories.stored import give_details

pytestmark = pytest.mark.django_db


def test_a_transcript_is_asked_for_by_its_visitor_once_and_goes_by_the_same_kind_of_link(acme, asked, now):
    read_to(acme, asked, 2)
    for _ in range(2):
        ask_transcript(visitor=visitor_of(asked), conversation_id=asked.id, now=now)

    mail_links.for_tenant(acme.id).run_here()
    reader = Reader(acme, mailed_token())
    opened = reader.open()
    page = reader.client.get(opened.json()["next"], secure=True)

    assert [one.kind for one in links(acme)] == [LinkKind.TRANSCRIPT]
    assert "transcript of your chat" in mail.outbox[0].body
    assert "secret" not in mail.outbox[0].body
    assert "A secret question" in page.text
    assert "A secret answer" in page.text
    assert page["Cache-Control"] == "no-store"


def test_a_transcript_shows_no_note_and_is_gone_with_its_link(acme, ada, asked, now):
    with tenant_scope(acme):
        Message.objects.filter(conversation=asked, sequence=2).update(kind="note", public_sequence=None)
        Conversation.objects.filter(id=asked.id).update(last_public_sequence=1)
    ask_transcript(visitor=visitor_of(asked), conversation_id=asked.id, now=now)
    mail_links.for_tenant(acme.id).run_here()
    reader = Reader(acme, mailed_token())
    address = reader.open().json()["next"]

    before = reader.client.get(address, secure=True)
    with tenant_scope(acme):
        MailedLink.objects.update(expires_at=now)
    after = reader.client.get(address, secure=True)

    assert "A secret question" in before.text
    assert "A secret answer" not in before.text
    assert after.status_code == 404


def test_another_browser_of_the_same_visitor_sees_no_transcript_without_a_code(acme, asked, now):
    ask_transcript(visitor=visitor_of(asked), conversation_id=asked.id, now=now)
    mail_links.for_tenant(acme.id).run_here()
    token = authentication.new_token()
    with tenant_scope(acme):
        VisitorSession.objects.update(token_hash=authentication.token_hash(acme.id, token))
    browser = Client(headers={"Host": settings.SITE_HOST, "X-Hushdesk-Session": token})

    address = f"/w/{widget_key(acme)}/transcript/{asked.id}/"

    assert browser.get(address).status_code == 404
    assert Client(headers={"Host": settings.SITE_HOST}).get(address).status_code == 404


def test_who_may_not_have_a_transcript_is_told_why(acme, ada, now):
    asked, other = answered(acme, ada, now), answered(acme, ada, now, address="")

    def ask(conversation, visitor):
        return ask_transcript(visitor=visitor_of(visitor), conversation_id=conversation.id, now=now)

    with pytest.raises(ConversationNotFoundError):
        ask(asked, other)
    with pytest.raises(NoAddressError):
        ask(other, other)
    choose(acme, LINKS_OFF, now)
    with pytest.raises(LinksOffError):
        ask(asked, asked)


def test_what_waits_to_be_mailed_goes_when_links_are_switched_off_or_the_address_is_another(acme, ada, now):
    first, second = answered(acme, ada, now), answered(acme, ada, now, address="other@mail.example")
    for one in (first, second):
        read_to(acme, one, 2)
        ask_transcript(visitor=visitor_of(one), conversation_id=one.id, now=now)
    give_details(first, ContactDetails(email="new@mail.example"), ada, at=now)

    ready = prepare(acme, now=now)
    ask_transcript(visitor=visitor_of(second), conversation_id=second.id, now=now)
    choose(acme, LINKS_OFF, now)

    assert [one.contact.id for one in ready] == [second.contact_id]
    assert prepare(acme, now=now) == []
    with tenant_scope(acme):
        assert not MailedLink.objects.filter(mailed_at=None).exists()


def test_nothing_goes_where_the_visitor_put_another_address_since_the_conversation_began(acme, ada, asked, now):
    """Whoever sits down at their browser could give one of their own, and be told what was said before."""
    ask_transcript(visitor=visitor_of(asked), conversation_id=asked.id, now=now)
    with tenant_scope(acme):
        Contact.objects.update(email_replaced_at=now)
    assert prepare(acme, now=now) == []
    with pytest.raises(NoAddressError):
        ask_transcript(visitor=visitor_of(asked), conversation_id=asked.id, now=now)
    with tenant_scope(acme):
        Contact.objects.update(email_replaced_at=now - timedelta(days=1))

    assert [one.kind for one in prepare(acme, now=now)] == [LinkKind.ANSWER]
