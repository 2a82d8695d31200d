"""Purge and re-scan run while people talk: nothing acknowledged is lost, and nobody waits for another in a ring."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Event
from uuid import uuid4

import pytest
from django.db import IntegrityError

from chat.actions.conversations import start_conversation
from chat.delivery.committer import ConversationNotFoundError, VisitorGoneError
from chat.models import Conversation, Message, VisitorSession
from chat.permissions import Visitor
from compliance import purge, rescan, rule_sets
from compliance.actions.retention import set_policy
from compliance.models import RecordClass
from tenants.actors import Actor
from tenants.keyring.ring import KeyUnavailableError
from tenants.models import ModeState, Tenant
from tenants.scoping import tenant_scope
from tests.compliance.conftest import closing, post, visitor_of
from tests.factories.consent import has_agreed
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)
POSTS = 25
# What a visitor meets whose conversation, or whose key, went a moment ago.
GONE = (ConversationNotFoundError, VisitorGoneError, KeyUnavailableError)


@contextmanager
def held(tenant, rows):
    """Rows that someone else has locked: a visitor about to begin, a post that masks earlier messages again."""
    locked, done = Event(), Event()

    def hold():
        with tenant_scope(tenant):
            list(rows().select_for_update(of=("self",)))
            locked.set()
            done.wait(30)

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(closing(hold))
        locked.wait(30)
        try:
            yield
        finally:
            done.set()
            holding.result(timeout=30)


def in_time(work):
    """Do it in a thread that may not have to wait."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(closing(work)).result(timeout=15)


def test_a_purge_waits_for_nobody_who_is_about_to_begin(acme, olive, now):
    set_policy(tenant=acme, record_class=RecordClass.CONVERSATION, keep_days=30, actor=Actor.member(olive), now=now)
    store_conversation(acme, ["old"], at=now - 31 * DAY)

    with held(acme, VisitorSession.objects.all):
        in_time(lambda: purge.purge_expired(acme.id, pause=lambda _: None))

    with tenant_scope(acme):
        assert not Conversation.objects.exists()
        assert VisitorSession.objects.exists()
    purge.purge_expired(acme.id, pause=lambda _: None)
    with tenant_scope(acme):
        assert not VisitorSession.objects.exists()


def test_a_rescan_waits_for_nobody_and_takes_the_row_the_next_time(acme, texts_of, now):
    rule_sets.current(acme)
    conversation = store_conversation(acme, ["4111 1111 1111 1111", "4000 0566 5566 5556"], at=now, masked_with=0)

    with held(acme, lambda: Message.objects.filter(sequence=1)):
        in_time(lambda: rescan.rescan_outdated(acme.id, pause=lambda _: None))
    assert texts_of(conversation) == ["4111 1111 1111 1111", "[card •••• 5556]"]

    rescan.rescan_outdated(acme.id, pause=lambda _: None)
    assert texts_of(conversation) == ["[card •••• 1111]", "[card •••• 5556]"]


def test_a_rescan_and_live_posts_leave_everything_masked_and_nothing_lost(acme, texts_of, now):
    rule_sets.current(acme)
    conversation = store_conversation(acme, ["4111 1111 1111 1111"] * 40, at=now - DAY, masked_with=0)
    has_agreed(conversation, Tenant(id=acme.id, name=acme.name, region=acme.region, hipaa_state=ModeState.ON))

    def talk():
        for number in range(POSTS):
            post(conversation, f"write {number} to vera@example.com", now)

    def scan():
        for _ in range(6):
            Tenant.objects.filter(id=acme.id).update(hipaa_state=ModeState.ON)
            rule_sets.forget()
            rescan.rescan_outdated(acme.id, batch_size=7, pause=lambda _: None)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(closing(talk)), pool.submit(closing(scan))]:
            done.result(timeout=60)
    rescan.rescan_outdated(acme.id, pause=lambda _: None)

    stored = texts_of(conversation)
    assert stored[:40] == ["[card •••• 1111]"] * 40
    assert stored[40:] == [f"write {number} to [email]" for number in range(POSTS)]
    with tenant_scope(acme):
        sequences = list(Message.objects.of(conversation.id).order_by("sequence").values_list("sequence", flat=True))
    assert sequences == list(range(1, 41 + POSTS))


def test_a_purge_takes_no_conversation_that_is_written_to_meanwhile(acme, olive, now):
    set_policy(tenant=acme, record_class=RecordClass.CONVERSATION, keep_days=30, actor=Actor.member(olive), now=now)
    old = [store_conversation(acme, ["old"], at=now - 31 * DAY) for _ in range(12)]
    begun = Event()

    def talk():
        kept = 0
        for conversation in old:
            begun.set()
            try:
                post(conversation, "still there?", now)
            except GONE:
                continue
            kept += 1
        return kept

    def purge_meanwhile():
        begun.wait()
        purge.purge_expired(acme.id, batch_size=2, pause=lambda _: None)

    with ThreadPoolExecutor(2) as pool:
        talking, purging = pool.submit(closing(talk)), pool.submit(closing(purge_meanwhile))
        kept = talking.result(timeout=60)
        purging.result(timeout=60)

    with tenant_scope(acme):
        assert Conversation.objects.count() == kept
        # Each that was kept still has what was said before, and what was acknowledged.
        assert Message.objects.count() == 2 * kept


def test_a_conversation_begun_while_its_visitor_is_purged_is_whole_or_not_there(acme, olive, now):
    set_policy(tenant=acme, record_class=RecordClass.CONVERSATION, keep_days=30, actor=Actor.member(olive), now=now)
    old = [store_conversation(acme, ["old"], at=now - 31 * DAY) for _ in range(8)]
    visitors = [visitor_of(conversation) for conversation in old]
    with tenant_scope(acme):
        tokens = [bytes(conversation.started_by.token_hash) for conversation in old]
    refused = []

    def begin():
        for visitor, token_hash in zip(visitors, tokens, strict=True):
            known = Visitor(visitor.tenant_id, visitor.inbox_id, token_hash)
            try:
                conversation, known = start_conversation(visitor=known, client_id=uuid4(), now=now)
                post(conversation, "hi", now)
            except (IntegrityError, VisitorSession.DoesNotExist, *GONE) as error:
                refused.append(type(error).__name__)

    def purge_meanwhile():
        purge.purge_expired(acme.id, batch_size=1, pause=lambda _: None)

    with ThreadPoolExecutor(2) as pool:
        beginning, purging = pool.submit(closing(begin)), pool.submit(closing(purge_meanwhile))
        beginning.result(timeout=60)
        purging.result(timeout=60)

    with tenant_scope(acme):
        assert Conversation.objects.count() + len(refused) >= len(old)
        for conversation in Conversation.objects.select_related("contact"):
            assert conversation.contact is not None
            assert Message.objects.of(conversation.id).count() == conversation.last_sequence
