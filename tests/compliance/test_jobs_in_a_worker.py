"""The recurring jobs as a real worker runs them, from beat's fan-out to rows that are gone and masked."""

import time
from datetime import timedelta

import pytest
from celery.contrib.testing.worker import start_worker
from django.db import OperationalError

from chat.models import Conversation
from compliance import rescan, tasks
from compliance.actions.retention import set_policy
from compliance.models import RecordClass
from helpdesk.celery import app
from tenants.actors import Actor
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db(transaction=True)
LIMIT_S = 30


@pytest.fixture
def worker(db):
    with start_worker(app, perform_ping_check=False, loglevel="ERROR", shutdown_timeout=30):
        yield


def wait_for(what):
    deadline = time.monotonic() + LIMIT_S
    while not what():
        assert time.monotonic() < deadline, "the worker did not do it in time"
        time.sleep(0.1)


def count(tenant):
    with tenant_scope(tenant):
        return Conversation.objects.count()


def test_beats_fan_out_purges_and_masks_each_organisation(acme, globex, olive, texts_of, now, worker):
    set_policy(
        tenant=acme, record_class=RecordClass.CONVERSATION, keep_days=30, actor=Actor.member(olive), now=now
    )  # fmt: skip
    store_conversation(acme, at=now - timedelta(days=31))
    theirs = store_conversation(globex, ["4111 1111 1111 1111"], at=now - timedelta(days=31), masked_with=0)

    tasks.purge_every_tenant.delay()
    tasks.rescan_every_tenant.delay()

    wait_for(lambda: count(acme) == 0 and texts_of(theirs) == ["[card •••• 1111]"])
    assert count(globex) == 1


def test_a_job_that_lost_its_database_is_tried_again_for_the_same_organisation(acme, worker, monkeypatch):
    tried = []

    def away_at_first(tenant_id, **_):
        tried.append(tenant_id)
        if len(tried) == 1:
            raise OperationalError

    monkeypatch.setattr(rescan, "rescan_outdated", away_at_first)
    tasks.rescan_tenant.for_tenant(acme.id).delay()

    wait_for(lambda: len(tried) == 2)
    assert set(tried) == {acme.id}
