from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from chat import groups
from chat.actions import erasure
from chat.models import (
    Assignment,
    ConsentReceipt,
    Contact,
    Conversation,
    Finding,
    MailedLink,
    Message,
    Rating,
    ReadMark,
    VisitorSession,
)
from chat.protocol import relay
from compliance import audit_events, purge
from compliance.actions.notices import version_of
from compliance.actions.retention import set_policy
from compliance.models import JobRun, JobState, LawRegion, RecordClass
from compliance.notices.in_force import notices_of
from tenants.actors import Actor
from tenants.keyring import ring
from tenants.keyring.models import ContactKey
from tenants.keyring.scope import keys_scope
from tenants.scoping import tenant_scope
from tests.compliance.conftest import purged
from tests.factories.stored import store_contact, store_conversation

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def keep(owner, days, now):
    set_policy(
        tenant=owner.tenant, record_class=RecordClass.CONVERSATION, keep_days=days, actor=Actor.member(owner), now=now
    )


def left(tenant):
    with tenant_scope(tenant):
        models = (Conversation, Message, Finding, Assignment, ReadMark, Contact, VisitorSession)
        rows = {model.__name__: model.objects.count() for model in models}
    with keys_scope(tenant.id):
        return rows | {"ContactKey": ContactKey.objects.count()}


NOTHING = dict.fromkeys(
    ("Conversation", "Message", "Finding", "Assignment", "ReadMark", "Contact", "VisitorSession", "ContactKey"), 0
)


def test_without_a_policy_nothing_is_ever_purged(acme, now):
    store_conversation(acme, at=now - 4000 * DAY)

    assert purged(acme) is None
    assert left(acme)["Conversation"] == 1
    with tenant_scope(acme):
        assert not JobRun.objects.exists()


def test_a_conversation_past_its_time_goes_with_all_that_hangs_on_it(acme, olive, ada, trail, now):
    conversation = store_conversation(acme, ["a", "b"], at=now - 31 * DAY)
    with tenant_scope(acme):
        Assignment.objects.create(tenant=acme, conversation=conversation, membership=ada, started_at=now - 31 * DAY)
        ReadMark.objects.create(tenant=acme, conversation=conversation, side="team", sequence=2, public_sequence=2)
        notices = notices_of(acme)
        notice = version_of(notices.of(LawRegion.US, "en"), notices, now=now)
        ConsentReceipt.objects.create(
            tenant=acme, contact=conversation.contact, session=conversation.started_by, notice=notice, agreed=False,
            text_hash=notice.text_hash, region="us", language="en", gpc=False, entry="socket", given_at=now,
        )  # fmt: skip
        of_it = {"tenant": acme, "conversation": conversation, "contact": conversation.contact}
        Rating.objects.create(**of_it, scale="five", value=5, masked_with=1, rated_at=now, changed_at=now)
        MailedLink.objects.create(**of_it, kind="answer", created_at=now, expires_at=now + DAY, address_token=b"hash")
        message = Message.objects.first()
        Finding.objects.create(
            tenant=acme, message=message, entity="CARD", start=0, end=1, detector="card", rule_set_number=1
        )
    keep(olive, 30, now)

    done = purged(acme)

    assert left(acme) == NOTHING
    assert done.counts == {
        "answers": 0, "assignments": 1, "contacts": 1, "conversations": 1, "factors": 0, "files": 0, "findings": 1,
        "forms": 0, "keys": 1, "mailed_links": 1, "messages": 2, "passkeys": 0, "proofs": 0, "ratings": 1,
        "read_marks": 1, "receipts": 1, "reports": 0, "sessions": 1, "used_tokens": 0,
    }  # fmt: skip
    (entry,) = trail(acme, audit_events.RETENTION_PURGED)
    assert entry.facts == done.counts


@pytest.mark.parametrize(
    ("began", "resolved", "goes"),
    [(31, None, True), (29, None, False), (40, 31, True), (40, 29, False), (4000, None, True)],
)
def test_the_days_count_from_the_last_event(acme, olive, now, began, resolved, goes):
    store_conversation(acme, at=now - began * DAY, resolved_at=resolved and now - resolved * DAY)
    keep(olive, 30, now)

    purged(acme)

    assert left(acme)["Conversation"] == (0 if goes else 1)


def test_a_late_message_keeps_an_old_conversation(acme, olive, now):
    conversation = store_conversation(acme, at=now - 100 * DAY)
    with tenant_scope(acme):
        Conversation.objects.filter(id=conversation.id).update(last_message_at=now - DAY)
    keep(olive, 30, now)

    purged(acme)

    assert left(acme)["Conversation"] == 1


def test_a_person_with_a_conversation_left_keeps_key_and_session(acme, olive, texts_of, now):
    old = store_conversation(acme, ["old"], at=now - 100 * DAY)
    recent = store_conversation(acme, ["recent"], at=now - DAY, contact=old.contact)
    keep(olive, 30, now)

    purged(acme)
    ring.forget_cached_keys()

    assert left(acme) | {"Message": 1} == NOTHING | {
        "Conversation": 1, "Message": 1, "Contact": 1, "VisitorSession": 1, "ContactKey": 1,
    }  # fmt: skip
    assert texts_of(recent) == ["recent"]


def test_a_visitor_who_only_looked_goes_when_not_seen_for_so_long(acme, olive, now):
    store_contact(acme, at=now - 31 * DAY)
    store_contact(acme, at=now - 5 * DAY)
    keep(olive, 30, now)

    purged(acme)

    assert left(acme)["Contact"] == left(acme)["ContactKey"] == 1


def test_many_conversations_go_in_bounded_batches(acme, olive, now, monkeypatch):
    for _ in range(7):
        store_conversation(acme, ["x", "y"], at=now - 31 * DAY)
    keep(olive, 30, now)
    sizes = []
    real = erasure.erase_conversations

    def watched(**options):
        done = real(**options)
        sizes.append(done.counts["conversations"])
        return done

    monkeypatch.setattr(erasure, "erase_conversations", watched)
    purged(acme, batch_size=3)

    # The second pass looks for what somebody was busy with.
    assert sizes == [3, 3, 1, 0, 0]
    assert left(acme) == NOTHING


def test_long_conversations_make_a_batch_shorter(acme, olive, now, monkeypatch):
    for _ in range(3):
        store_conversation(acme, ["x", "y", "z"], at=now - 31 * DAY)
    monkeypatch.setattr(erasure, "MAX_MESSAGES", 4)

    with tenant_scope(acme):
        erased = erasure.erase_conversations(before=now - 30 * DAY, limit=100)

    assert erased.counts["conversations"] == 1


class KilledError(Exception):
    pass


@pytest.mark.parametrize("at_step", range(1, 5))
def test_a_run_killed_between_batches_is_taken_up_and_ends_the_same(acme, olive, now, at_step):
    for _ in range(6):
        store_conversation(acme, ["x"], at=now - 31 * DAY)
    keep(olive, 30, now)
    steps = iter(range(1, 100))

    def killed(_):
        if next(steps) == at_step:
            raise KilledError

    try:
        purge.purge_expired(acme.id, batch_size=2, pause=killed)
    except KilledError:
        assert purged(acme) is None  # it still seems to run
    purged(acme, now=lambda: now + timedelta(hours=1))

    assert left(acme) == NOTHING
    with tenant_scope(acme):
        runs = list(JobRun.objects.all())
    assert {run.state for run in runs} == {JobState.DONE}
    assert sum(run.counts.get("conversations", 0) for run in runs) == 6


def test_a_crash_after_the_keys_are_gone_leaves_what_the_next_run_takes(acme, olive, now, monkeypatch):
    store_conversation(acme, ["x"], at=now - 31 * DAY)
    keep(olive, 30, now)
    real = ring.destroy_contact_keys

    def crash(*arguments):
        real(*arguments)
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(ring, "destroy_contact_keys", crash)
        with pytest.raises(KilledError):
            purged(acme)
    assert left(acme)["Conversation"] == 1

    purged(acme, now=lambda: now + timedelta(hours=1))

    assert left(acme) == NOTHING


def test_a_policy_taken_back_during_the_run_stops_it(acme, olive, now):
    for _ in range(4):
        store_conversation(acme, ["x"], at=now - 31 * DAY)
    keep(olive, 30, now)

    done = purge.purge_expired(acme.id, batch_size=2, pause=lambda _: keep(olive, None, now))

    assert left(acme)["Conversation"] == 2
    assert done.state == JobState.DONE


def test_another_organisations_conversations_stay(acme, globex, olive, now):
    store_conversation(globex, at=now - 100 * DAY)
    store_conversation(acme, at=now - 100 * DAY)
    keep(olive, 1, now)

    purged(acme)

    assert (left(acme)["Conversation"], left(globex)["Conversation"]) == (0, 1)


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_count_everything_once(acme, olive, now):
    for _ in range(12):
        store_conversation(acme, ["x"], at=now - 31 * DAY)
    keep(olive, 30, now)

    def run(_):
        try:
            return purged(acme, batch_size=2)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        runs = [run for run in pool.map(run, range(3)) if run is not None]

    assert left(acme) == NOTHING
    assert sum(run.counts.get("conversations", 0) for run in runs) == 12


@pytest.mark.django_db(transaction=True)
def test_open_screens_are_told_to_look_again(acme, olive, now, valkey):
    conversation = store_conversation(acme, at=now - 31 * DAY)
    keep(olive, 30, now)
    with valkey.pubsub(ignore_subscribe_messages=True) as screen:
        screen.subscribe(groups.team(acme.id))
        screen.get_message(timeout=2)
        purged(acme)
        told = screen.get_message(timeout=5)

    assert relay.decode(told["data"])[0].conversation_id == conversation.id


def test_a_visitor_who_still_comes_by_goes_with_their_last_conversation(acme, olive, now):
    store_conversation(acme, at=now - 31 * DAY)
    with tenant_scope(acme):
        VisitorSession.objects.update(seen_at=now)
    keep(olive, 30, now)

    purged(acme)

    assert left(acme) == NOTHING


def test_a_visitor_who_still_comes_by_and_has_nothing_to_erase_stays(acme, olive, now):
    store_contact(acme, at=now - 31 * DAY)
    with tenant_scope(acme):
        VisitorSession.objects.update(seen_at=now)
    keep(olive, 30, now)

    purged(acme)

    assert left(acme)["Contact"] == left(acme)["ContactKey"] == 1
