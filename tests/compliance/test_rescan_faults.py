"""A re-scan among faults: a worker killed, keys out of reach, rules changed, chats erased, and two at once."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Event

import pytest
from django.db import connections

from chat.models import Conversation, Finding, Message
from compliance import incident_mail, pace, rescan, rule_sets, tasks
from compliance.models import Incident, JobKind, JobNote, JobRun, JobState
from tenants.encryption.sealing import seal
from tenants.keyring import ring
from tenants.keyring.models import OwnKey, OwnKeyState
from tenants.keyring.scope import keys_scope
from tenants.models import ModeState, Tenant
from tenants.scoping import tenant_scope
from tests.compliance.conftest import closing, post
from tests.factories.stored import store_conversation
from tests.support.server import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
CARD = "4111 1111 1111 1111"
LIMIT_S = 60


def run(tenant, **options):
    return rescan.rescan_outdated(tenant.id, **{"pause": lambda _: None, **options})


def run_row(tenant):
    with tenant_scope(tenant):
        return JobRun.objects.filter(kind=JobKind.RESCAN).first()


def wait_for(what):
    deadline = time.monotonic() + LIMIT_S
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return found


@contextmanager
def worker_process():
    """A Celery worker of its own, as in production."""
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "helpdesk", "worker", "--pool", "solo", "-l", "ERROR"],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_worker_killed_in_the_middle_is_followed_by_one_that_goes_on_where_it_stopped(acme, texts_of, now):
    rule_sets.current(acme)
    # Someone chats: batches are small, and there are many.
    conversation = store_conversation(acme, [CARD] * 12 * pace.LIVE_BATCH, at=now, masked_with=0)
    with tenant_scope(acme):
        Conversation.objects.update(last_message_at=now + timedelta(hours=1))
    tasks.rescan_tenant.for_tenant(acme.id).delay()

    with worker_process() as process:
        wait_for(lambda: (row := run_row(acme)) and row.looked_at)
        process.kill()
        process.wait()
    killed = run_row(acme)
    assert killed.state == JobState.RUNNING
    assert 0 < killed.looked_at < killed.total
    done = run(acme, now=lambda: now + timedelta(hours=2))

    assert done.id == killed.id
    assert (done.looked_at, done.changed, done.counts) == (killed.total, killed.total, {"CARD": killed.total})
    assert set(texts_of(conversation)) == {"[card •••• 1111]"}
    with tenant_scope(acme):
        assert Finding.objects.count() == killed.total
        assert Incident.objects.get().records == killed.total


def test_an_organisation_whose_keys_are_out_of_reach_waits_and_the_others_go_on(acme, globex, texts_of, now):
    for tenant in (acme, globex):
        rule_sets.current(tenant)
    waiting = store_conversation(acme, [CARD], at=now, masked_with=0)
    other = store_conversation(globex, [CARD], at=now, masked_with=0)
    with keys_scope(acme.id):
        OwnKey.objects.create(
            tenant_id=acme.id, provider="aws", reference="theirs", state=OwnKeyState.REVOKED, connected_at=now,
            changed_at=now,
        )  # fmt: skip
    ring.forget_cached_keys()

    assert run(acme).note == JobNote.KEYS
    assert run(globex).state == JobState.DONE
    assert texts_of(other) == ["[card •••• 1111]"]
    with tenant_scope(acme):
        assert Message.objects.get().masked_with == 0

    with keys_scope(acme.id):
        OwnKey.objects.all().delete()
    done = run(acme)
    assert (done.state, done.note, done.looked_at) == (JobState.DONE, "", 1)
    assert texts_of(waiting) == ["[card •••• 1111]"]


def test_rules_that_change_meanwhile_are_those_that_everything_is_scanned_by(acme, texts_of, now):
    rule_sets.current(acme)
    conversation = store_conversation(acme, ["write to vera@example.com"] * 4, at=now, masked_with=0)
    switched = []

    def switch(_):
        if not switched:
            switched.append(True)
            Tenant.objects.filter(id=acme.id).update(hipaa_state=ModeState.ON)
            rule_sets.forget()

    done = run(acme, batch_size=2, pause=switch)

    assert (done.rule_set_number, done.state) == (2, JobState.DONE)
    assert texts_of(conversation) == ["write to [email]"] * 4
    with tenant_scope(acme):
        assert not Message.objects.filter(masked_with__lt=2).exists()


def test_a_conversation_that_is_erased_or_resolved_meanwhile_is_no_hindrance(acme, texts_of, now):
    rule_sets.current(acme)
    first = store_conversation(acme, [CARD] * 2, at=now, masked_with=0)
    erased = store_conversation(acme, [CARD] * 2, at=now, masked_with=0)
    resolved = store_conversation(acme, [CARD] * 2, at=now, masked_with=0)

    def meanwhile(_):
        with tenant_scope(acme):
            Message.objects.filter(conversation=erased).delete()
            Conversation.objects.filter(id=erased.id).delete()
            Conversation.objects.filter(id=resolved.id).update(status="resolved", resolved_at=now)

    done = run(acme, batch_size=2, pause=meanwhile)

    assert (done.state, done.failed) == (JobState.DONE, 0)
    assert texts_of(first) == texts_of(resolved) == ["[card •••• 1111]"] * 2


def test_of_two_at_once_one_wins(acme, texts_of, now):
    rule_sets.current(acme)
    conversation = store_conversation(acme, [CARD] * 40, at=now, masked_with=0)

    with ThreadPoolExecutor(2) as pool:
        ends = [pool.submit(closing(lambda: run(acme, batch_size=5))) for _ in range(2)]
        ended = [end.result(timeout=LIMIT_S) for end in ends]

    assert sum(one is not None for one in ended) == 1
    assert texts_of(conversation) == ["[card •••• 1111]"] * 40
    with tenant_scope(acme):
        assert (JobRun.objects.count(), Finding.objects.count()) == (1, 40)


def test_a_post_that_completes_a_number_takes_back_no_mask_of_the_rescan(acme, texts_of, now):
    conversation = store_conversation(acme, ["ssn 536-90-4399 card 4111 1111"], at=now - timedelta(seconds=5))
    rescanned = Event()

    def rescan_in_the_middle():
        with tenant_scope(acme):
            row = Message.objects.select_for_update(of=("self",)).get()
            rescanned.set()
            time.sleep(0.3)
            slot = Message.slot(acme.id, conversation.contact_id, row.id)
            Message.objects.filter(id=row.id).update(body=seal(slot, "ssn [ssn] card 4111 1111"))

    with ThreadPoolExecutor(2) as pool:
        scanning = pool.submit(closing(rescan_in_the_middle))
        rescanned.wait(10)
        posting = pool.submit(closing(post), conversation, "1111 1111", now)
        scanning.result(timeout=LIMIT_S)
        posting.result(timeout=LIMIT_S)

    assert "536-90-4399" not in texts_of(conversation)[0]
    assert "[ssn]" in texts_of(conversation)[0]


def test_a_run_is_slow_while_someone_chats_and_fast_when_nobody_does(acme, now):
    rule_sets.current(acme)
    store_conversation(acme, ["hello"] * 6, at=now - timedelta(days=1), masked_with=0)
    rests = []
    run(acme, pause=rests.append)
    assert max(rests, default=0) <= pace.BREATH_S

    with tenant_scope(acme):
        Message.objects.update(masked_with=0)
        Conversation.objects.update(last_message_at=now)
    run(acme, pause=rests.append, now=lambda: now)
    assert max(rests) > pace.BREATH_S


def test_the_task_tells_the_owners_of_what_it_found(acme, olive, mailoutbox, now):
    rule_sets.current(acme)
    store_conversation(acme, [CARD], at=now - timedelta(days=1), masked_with=0)

    tasks.rescan_tenant.for_tenant(acme.id).run_here()

    assert [letter.to for letter in mailoutbox] == [[olive.user.email]]
    assert incident_mail.tell_owners(acme, now=now) == 0


@pytest.fixture(autouse=True)
def _no_connections_left():
    yield
    connections.close_all()
