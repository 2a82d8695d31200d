"""A browser that says something in the very moment in which its site vouches for it."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection, connections

from chat.actions import identifying
from chat.actions.conversations import start_conversation
from chat.authentication import new_token, token_hash
from chat.models import Contact, Conversation, Inbox, VisitorSession
from chat.permissions import Visitor
from tenants.scoping import tenant_scope
from tests.chat.identity.conftest import Browser
from tests.support.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
        return cursor.fetchone()[0]


def by_former_token(vera, token):
    browser = Browser(vera.tenant, vera.origin)
    browser.token = token
    return browser


def test_what_is_being_begun_when_the_site_vouches_is_theirs(acme, site, shop, now):
    with tenant_scope(acme):
        inbox = Inbox.objects.get()
    visitor = Visitor(acme.id, inbox.id, token_hash(acme.id, new_token()), shop)
    given, fresh = site.token(), token_hash(acme.id, new_token())

    def identify():
        try:
            return identifying.identify_visitor(
                visitor=visitor, token=given, fresh_hash=fresh, begins=True, given=None, now=now
            )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with tenant_scope(acme):
            begun, _ = start_conversation(visitor=visitor, client_id=uuid4(), now=now)
            answer = pool.submit(identify)
            until(lambda: somebody_waits() or answer.done())
        assert answer.result().is_rotated

    with tenant_scope(acme):
        assert VisitorSession.objects.get(token_hash=fresh).contact_id == begun.contact_id
        assert Contact.objects.count() == 1


@pytest.mark.parametrize("was_known", [False, True], ids=["new", "known before"])
def test_what_still_comes_by_the_former_token_begins_nothing_and_comes_again(acme, site, vera, was_known):
    if was_known:
        vera.start()
    former = by_former_token(vera, vera.token)
    vera.identify(site.token(), begins=True)
    with tenant_scope(acme):
        before = Conversation.objects.count()

    _, answer = former.frame("conversation.start", client_id=uuid4())

    assert (answer["code"], answer["retry_ms"] > 0) == ("unavailable", True)
    with tenant_scope(acme):
        assert Conversation.objects.count() == before
        assert Contact.objects.count() == VisitorSession.objects.count() == 1
    assert vera.say(vera.start())[1]["type"] == "message.acknowledged"
