"""An organisation's end: days of grace, then its keys, then its rows; a backup from before stays unreadable."""

import os
from datetime import timedelta

import pytest
import time_machine

from chat.models import Contact, ContactDetails, Conversation, Inbox
from compliance import audit_chain, audit_events, closure, tasks
from compliance.actions.closing import GRACE, NotClosableError, begin_closing, cancel_closing
from compliance.actions.organisations import NoSuchStepError, set_tenant_state
from compliance.models import AuditEntry
from helpdesk.core import clock
from tenants import kms
from tenants.actors import Actor
from tenants.keyring import destruction, ring
from tenants.keyring.models import ContactKey, Purpose, TenantKey
from tenants.keyring.scope import keys_scope
from tenants.models import AllowedOrigin, CertificateStep, Tenant, TenantStatus
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tests.factories.stored import give_details, store_conversation
from tests.support.backups import backup_of, readable, restored, stored_in

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The worker is gone."""


def no_pause(_seconds):
    """Go on at once."""


def close(tenant, now, **options):
    return closure.close(tenant.id, now=now + GRACE, pause=options.pop("pause", no_pause), **options)


def begin(tenant, owner, now):
    return begin_closing(tenant=tenant, actor=Actor.member(owner), now=now)


def keys_left(tenant):
    with keys_scope(tenant.id):
        return TenantKey.objects.count() + ContactKey.objects.count()


def rows_left(tenant):
    with tenant_scope(tenant):
        return sum(model.objects.count() for model in (Conversation, Contact, Inbox, AllowedOrigin))


def test_after_the_days_of_grace_keys_and_rows_are_gone_and_it_is_certified(acme, olive, now):
    store_conversation(acme, ["one", "two"], at=now)
    begin(acme, olive, now)

    assert closure.due(now=now + GRACE) == [acme.id]
    assert close(acme, now, batch=1)

    acme.refresh_from_db()
    assert acme.status == TenantStatus.CLOSED
    assert keys_left(acme) == rows_left(acme) == 0
    keys, rows, trail = closure.certificates(acme.id)
    assert (keys.step, keys.facts["tenant_keys"], keys.facts["contact_keys"]) == (CertificateStep.KEYS, 5, 1)
    assert (rows.step, rows.facts["removed"]["messages"]) == (CertificateStep.ROWS, 2)
    assert closure.due(now=now + GRACE) == []
    with tenant_scope(acme):
        told = list(AuditEntry.objects.order_by("position").values_list("event", "position", "hash"))[-4:]
    assert [event for event, *_ in told] == [
        audit_events.TENANT_STATE_CHANGED, audit_events.TENANT_KEYS_DESTROYED, audit_events.TENANT_ROWS_PURGED,
        audit_events.AUDIT_CHAIN_ENDED,
    ]  # fmt: skip
    assert (trail.step, trail.facts) == (CertificateStep.TRAIL, {"position": told[-1][1], "hash": told[-1][2]})
    assert audit_chain.verify(acme.id).broken is None


def test_before_the_days_of_grace_are_over_nothing_is_destroyed(acme, olive, now):
    begin(acme, olive, now)

    early = now + GRACE - timedelta(seconds=1)

    assert closure.due(now=early) == []
    assert not closure.close(acme.id, now=early)
    assert keys_left(acme) == 5


def test_a_worker_whose_clock_is_wrong_closes_nothing(acme, olive, now):
    begin(acme, olive, now)

    with time_machine.travel(now + GRACE + timedelta(hours=1)):
        assert not closure.close(acme.id, now=clock.now())

    assert keys_left(acme) == 5


def test_a_closing_can_be_stopped(acme, olive, now):
    begin(acme, olive, now)

    cancel_closing(tenant=acme, actor=Actor.member(olive), now=now)

    acme.refresh_from_db()
    assert (acme.status, acme.closes_at) == (TenantStatus.ACTIVE, None)
    assert not close(acme, now)
    with pytest.raises(NotClosableError):
        cancel_closing(tenant=acme, actor=Actor.member(olive), now=now)


def test_a_closed_organisation_stays_closed(acme, olive, oscar, now):
    begin(acme, olive, now)
    close(acme, now)

    for step in (begin_closing, cancel_closing):
        with pytest.raises(NotClosableError):
            step(tenant=acme, actor=Actor.operator(oscar), now=now)
    with pytest.raises(NoSuchStepError):
        set_tenant_state(tenant=acme, status=TenantStatus.ACTIVE, actor=Actor.operator(oscar), now=now)
    with pytest.raises(kms.KeyProviderError):
        ring.tenant_cipher(acme.id, Purpose.CONTENT)


@pytest.mark.parametrize("status", [TenantStatus.CLOSING, TenantStatus.CLOSED])
def test_an_operator_does_not_close_by_setting_the_state(acme, oscar, now, status):
    with pytest.raises(NoSuchStepError):
        set_tenant_state(tenant=acme, status=status, actor=Actor.operator(oscar), now=now)


def test_only_owners_and_operators_close(acme, ada, mallory, now):
    for who in (ada, mallory):
        with pytest.raises(NotPermittedError):
            begin(acme, who, now)


@pytest.mark.parametrize("step", ["destroy_key_ring", "_certify", "_purge", "_end_trail"])
def test_a_closure_that_was_killed_goes_on(acme, olive, now, monkeypatch, step):
    store_conversation(acme, ["one"], at=now)
    begin(acme, olive, now)
    where = destruction if step == "destroy_key_ring" else closure
    with monkeypatch.context() as patched:
        patched.setattr(where, step, lambda *_, **__: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            close(acme, now)
    assert closure.due(now=now + GRACE) == [acme.id]

    assert close(acme, now)

    assert keys_left(acme) == rows_left(acme) == 0
    assert [certificate.step for certificate in closure.certificates(acme.id)] == ["keys", "rows", "trail"]
    assert closure.certificates(acme.id)[0].facts["contact_keys"] == 1


def test_a_purge_that_was_killed_between_batches_goes_on(acme, olive, now):
    for _ in range(3):
        store_conversation(acme, ["one"], at=now)
    begin(acme, olive, now)

    def killed(_seconds):
        raise Killed

    with pytest.raises(Killed):
        close(acme, now, batch=1, pause=killed)
    assert rows_left(acme) > 0

    assert close(acme, now, batch=1)
    assert rows_left(acme) == 0


def test_the_job_closes_what_is_due_and_nothing_else(acme, globex, olive, now):
    store_conversation(globex, ["stays"], at=now)
    begin(acme, olive, now - GRACE - timedelta(days=1))

    for tenant in (acme, globex):
        tasks.close_tenant.for_tenant(tenant.id).run_here()

    assert Tenant.objects.get(id=acme.id).status == TenantStatus.CLOSED
    assert Tenant.objects.get(id=globex.id).is_active
    assert keys_left(globex) == 6


def test_tasks_of_a_closing_organisation_are_dropped(acme, olive, now):
    begin(acme, olive, now)

    tasks.turn_tenant_keys.for_tenant(acme.id).run_here()

    assert keys_left(acme) == 5


@pytest.mark.django_db(transaction=True)
def test_a_backup_from_before_stays_unreadable_after_closure_and_after_a_contact_is_erased(acme, globex, now):
    from tests.factories.tenants import owner_of

    erased = store_conversation(acme, ["erase me"], at=now)
    give_details(erased, ContactDetails(name="Vera", email="vera@tents.example"), owner_of(acme), at=now)
    store_conversation(acme, ["keep me", "me too"], at=now)
    store_conversation(globex, ["not yours"], at=now)
    superuser = os.environ["SUPERUSER_DATABASE_URL"]
    with backup_of(superuser) as backup, restored(superuser, backup) as scratch:
        rows = stored_in(scratch)
        assert len(readable(rows)) == len(rows) == 6

        ring.destroy_contact_keys(acme.id, [erased.contact_id])
        assert len(readable(rows)) == 3
        assert not readable([row for row in rows if row.contact_id == erased.contact_id])

        begin(acme, owner_of(acme), now)
        close(acme, now)
        assert [row.tenant_id for row in readable(rows)] == [globex.id]
        assert [row.tenant_id for row in stored_in(superuser)] == [globex.id]
