"""Turning keys: new writes at once, the rest later, the old one destroyed, however often it is cut short."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connections

from compliance import audit_events, key_rotation
from compliance.models import AuditEntry
from tenants.keyring import ring, rotation
from tenants.keyring.models import ContactKey, KeyState, Purpose, RotationState, TenantKey
from tenants.keyring.scope import keys_scope
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation
from tests.tenants.rotation.conftest import NOW, Killed, contacts, kill_after, texts, turn

pytestmark = pytest.mark.django_db


def versions(tenant, purpose=Purpose.CONTENT):
    with keys_scope(tenant.id):
        return dict(TenantKey.objects.filter(purpose=purpose).values_list("version", "state"))


def wrapped_with(tenant):
    with keys_scope(tenant.id):
        return sorted(ContactKey.objects.values_list("wrapped_with", flat=True))


def test_after_a_rotation_everything_opens_and_the_old_key_is_gone(acme, now):
    talk = store_conversation(acme, ["before"], at=now)

    rotation.begin_tenant_rotation(acme.id, "content", now=now)
    assert versions(acme) == {1: KeyState.RETIRED, 2: KeyState.ACTIVE}
    later = store_conversation(acme, ["after"], at=now)
    assert wrapped_with(acme) == [1, 2]
    assert turn(acme) == 1

    ring.forget_cached_keys()
    assert versions(acme) == {2: KeyState.ACTIVE}
    assert wrapped_with(acme) == [2, 2]
    assert texts(acme, talk) + texts(acme, later) == ["before", "after"]


def test_a_finished_rotation_leaves_evidence(acme, now):
    contacts(acme, 3, now)
    rotation.begin_tenant_rotation(acme.id, "content", now=now)

    turn(acme)

    with tenant_scope(acme):
        entry = AuditEntry.objects.get(event=audit_events.KEY_ROTATED)
    assert entry.facts == {"kind": "tenant", "of": "content", "destroyed": 1, "version": 2, "moved": 3}
    assert rotation.unfinished(acme.id) == []


def test_the_old_key_stays_while_another_process_may_still_use_it(acme, now):
    rotation.begin_tenant_rotation(acme.id, "files", now=now)

    assert key_rotation.turn_keys(acme.id, now=lambda: now + timedelta(seconds=300)) == 0
    assert set(versions(acme, Purpose.FILES)) == {1, 2}
    assert key_rotation.turn_keys(acme.id, now=lambda: now + timedelta(seconds=361)) == 1
    assert set(versions(acme, Purpose.FILES)) == {2}


def test_a_rotation_that_was_killed_goes_on(acme, now):
    ids = contacts(acme, 7, now)
    rotation.begin_tenant_rotation(acme.id, "content", now=now)

    with pytest.raises(Killed):
        turn(acme, batch=2, pause=kill_after(2))
    assert wrapped_with(acme) == [1, 1, 1, 2, 2, 2, 2]
    for contact_id in ids:
        ring.forget_cached_keys()
        assert ring.contact_cipher(acme.id, contact_id)

    assert turn(acme, batch=2) == 1
    assert wrapped_with(acme) == [2] * 7


def test_killed_between_destruction_and_evidence_it_still_writes_the_evidence(acme, now, monkeypatch):
    rotation.begin_tenant_rotation(acme.id, "audit", now=now)

    with monkeypatch.context() as patched:
        patched.setattr(key_rotation, "_record", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            turn(acme)
    assert [one.state for one in rotation.unfinished(acme.id)] == [RotationState.DESTROYED]

    assert turn(acme) == 1
    with tenant_scope(acme):
        assert AuditEntry.objects.filter(event=audit_events.KEY_ROTATED).count() == 1


def test_a_second_rotation_of_the_same_key_is_refused_until_the_first_is_done(acme, now):
    rotation.begin_tenant_rotation(acme.id, "content", now=now)

    with pytest.raises(rotation.RotationRunningError):
        rotation.begin_tenant_rotation(acme.id, "content", now=now)

    turn(acme)
    assert rotation.begin_tenant_rotation(acme.id, "content", now=now).new_version == 3


@pytest.mark.django_db(transaction=True)
def test_of_two_rotations_at_once_one_wins(acme, now):
    def begin():
        try:
            return rotation.begin_tenant_rotation(acme.id, "content", now=now).new_version
        except rotation.RotationRunningError:
            return "lost"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = [job.result() for job in [pool.submit(begin) for _ in range(4)]]

    assert sorted(map(str, answers)) == ["2", "lost", "lost", "lost"]
    assert versions(acme) == {1: KeyState.RETIRED, 2: KeyState.ACTIVE}


def test_a_process_that_missed_the_rotation_stores_no_contact_key_under_the_old_one(acme, now, monkeypatch):
    stale = ring.tenant_cipher(acme.id, Purpose.CONTENT)
    rotation.begin_tenant_rotation(acme.id, "content", now=now)
    ring._cache.put((acme.id, None, "content", None), stale)

    contacts(acme, 1, now)

    assert wrapped_with(acme) == [2]


def test_a_contact_key_that_does_not_open_keeps_the_old_key_alive(acme, now):
    contact_id, _ = contacts(acme, 2, now)
    with keys_scope(acme.id):
        row = ContactKey.objects.get(contact_id=contact_id)
        row.wrapped = bytes(row.wrapped)[:-1] + b"\0"
        row.save()
    rotation.begin_tenant_rotation(acme.id, "content", now=now)

    assert turn(acme) == 0

    assert set(versions(acme)) == {1, 2}
    assert wrapped_with(acme) == [1, 2]


def test_a_key_older_than_ninety_days_is_turned_by_itself(acme, now):
    later = now + timedelta(days=91)

    key_rotation.turn_keys(acme.id, now=lambda: later, grace=NOW)

    assert set(versions(acme)) == {2}


@pytest.mark.parametrize("ahead", [timedelta(hours=2), -timedelta(hours=2)])
def test_a_worker_whose_clock_is_wrong_moves_everything_and_destroys_nothing(acme, now, ahead):
    contact_id = contacts(acme, 1, now)[0]
    rotation.begin_tenant_rotation(acme.id, "content", now=now)

    with time_machine.travel(now + ahead, tick=False):
        assert turn(acme) == 0

    assert (wrapped_with(acme), set(versions(acme))) == ([2], {1, 2})
    assert ring.contact_cipher(acme.id, contact_id)
    assert turn(acme) == 1
