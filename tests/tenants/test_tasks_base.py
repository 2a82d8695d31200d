import json
import logging
from functools import partial
from uuid import uuid4

import pytest
from celery import current_app
from django.db import OperationalError, connection

from compliance import tasks
from tenants.models import Membership, Tenant, TenantStatus
from tenants.scoping import ScopeError, current_tenant_id
from tenants.tasks_base import (
    HEADER,
    GlobalTask,
    HushdeskTask,
    NotAnIdError,
    NoTenantError,
    TenantTask,
    global_task,
    quieten_celery,
    tenant_task,
)

pytestmark = pytest.mark.django_db
seen = []


@tenant_task(name="tests.note")
def note(tenant, **arguments):
    seen.append((tenant.slug, current_tenant_id(), connection.in_atomic_block, Membership.objects.count(), arguments))


@tenant_task(name="tests.note_by_batch", scope="by_batch")
def note_by_batch(tenant, **_):
    with pytest.raises(ScopeError):
        Membership.objects.count()
    seen.append(tenant.slug)


@tenant_task(name="tests.fail_once")
def fail_once(tenant, **_):
    seen.append(fail_once.request.headers)
    if len(seen) == 1:
        raise OperationalError("the database went away: secret row")


@tenant_task(name="tests.fail")
def fail(tenant, **_):
    raise ValueError("4111 1111 1111 1111")


@global_task(name="tests.everywhere")
def everywhere(**arguments):
    seen.append(arguments)


@pytest.fixture(autouse=True)
def _nothing_seen():
    seen.clear()


def test_the_organisation_comes_from_the_header_and_its_scope_is_open(acme, globex):
    note.for_tenant(acme.id).run_here(conversation=acme.id, count=3, later="unknown")

    ((slug, tenant_id, in_transaction, members, arguments),) = seen
    assert (slug, tenant_id, in_transaction, members) == ("acme", acme.id, True, 1)
    assert arguments == {"conversation": str(acme.id), "count": 3, "later": "unknown"}


def test_a_task_without_the_header_is_refused(acme):
    with pytest.raises(NoTenantError):
        note.apply(throw=True)
    with pytest.raises(NoTenantError):
        note.apply(kwargs={"tenant": str(acme.id)}, throw=True)
    assert seen == []


def test_a_long_job_opens_its_own_scopes(acme):
    note_by_batch.for_tenant(acme.id).run_here()

    assert seen == ["acme"]


def test_a_suspended_or_unknown_organisation_has_no_jobs(acme):
    Tenant.objects.filter(id=acme.id).update(status=TenantStatus.SUSPENDED)
    note.for_tenant(acme.id).run_here()
    note.for_tenant(uuid4()).run_here()

    assert seen == []


@pytest.mark.parametrize("content", ["4111 1111 1111 1111", "vera@example.com", {"text": "hi"}, ["x"], 1.5, None])
def test_an_argument_that_could_be_content_is_refused(acme, content):
    with pytest.raises(NotAnIdError):
        note.for_tenant(acme.id).delay(text=content)


def test_a_lost_database_is_tried_again_for_the_same_organisation(acme):
    fail_once.apply(headers={HEADER: str(acme.id)})

    assert seen == [{HEADER: str(acme.id)}] * 2


def test_what_lies_in_valkey_is_the_header_and_ids(acme, valkey):
    note.for_tenant(acme.id).delay(conversation=acme.id)

    (message,) = (json.loads(raw) for raw in valkey.lrange("celery", 0, -1))
    assert message["headers"][HEADER] == str(acme.id)
    valkey.delete("celery")


def test_a_failure_is_logged_by_name_and_type_only(acme, caplog):
    quieten_celery()
    with caplog.at_level(logging.INFO):
        fail.apply(headers={HEADER: str(acme.id)})

    assert "4111" not in caplog.text
    assert any(record.message == "task failed" and record.reason == "ValueError" for record in caplog.records)


def test_a_task_of_no_organisation_says_so_and_takes_unknown_keys(db):
    everywhere.apply(kwargs={"unknown": 1}, throw=True)

    assert seen == [{"unknown": 1}]


def test_every_task_is_of_one_organisation_or_declared_of_none():
    current_app.loader.import_default_modules()
    ours = [task for name, task in current_app.tasks.items() if not name.startswith("celery.")]

    assert len(ours) >= 4
    for task in ours:
        assert isinstance(task, HushdeskTask), task.name
        assert isinstance(task, TenantTask) != isinstance(task, GlobalTask), task.name


def test_the_fan_out_sends_one_task_for_each_active_organisation(acme, globex, monkeypatch):
    Tenant.objects.filter(id=globex.id).update(status=TenantStatus.SUSPENDED)
    sent = []

    def note_sent(task, **options):
        sent.append((task.name, options["headers"][HEADER]))

    for task in (tasks.purge_tenant, tasks.rescan_tenant):
        monkeypatch.setattr(task, "apply_async", partial(note_sent, task))

    tasks.purge_every_tenant.apply(throw=True)
    tasks.rescan_every_tenant.apply(throw=True)

    assert sent == [("compliance.purge_tenant", str(acme.id)), ("compliance.rescan_tenant", str(acme.id))]


def test_every_entry_of_the_schedule_names_a_task_that_exists():
    current_app.loader.import_default_modules()

    for entry in current_app.conf.beat_schedule.values():
        assert isinstance(current_app.tasks[entry["task"]], GlobalTask)
