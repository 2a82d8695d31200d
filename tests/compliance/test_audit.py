import pytest
from django.db import connection

from compliance import audit, audit_events
from compliance.audit import OutsideTransactionError, UnregisteredEventError
from compliance.models import AuditEntry
from tenants.actors import Actor
from tenants.models import Membership
from tenants.scoping import ScopeError, tenant_scope
from tenants.signals import announce

pytestmark = pytest.mark.django_db


def test_an_entry_holds_who_what_and_when_and_ids_as_text(acme, olive, now):
    with tenant_scope(acme):
        audit.record(Actor.member(olive), audit_events.MEMBER_CHANGED, olive, at=now, active=True, member=olive.id)
        entry = AuditEntry.objects.get(event=audit_events.MEMBER_CHANGED)

    assert (entry.actor_kind, entry.actor_id, entry.object_kind, entry.object_id, entry.at) == (
        "member", olive.id, "tenants.membership", olive.id, now,
    )  # fmt: skip
    assert entry.facts == {"active": True, "member": str(olive.id)}


def test_an_event_that_is_not_registered_cannot_be_recorded(acme, olive, now):
    with tenant_scope(acme), pytest.raises(UnregisteredEventError):
        audit.record(Actor.member(olive), "made.up", olive, at=now)


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_a_transaction_is_refused(acme, olive, now):
    assert not connection.in_atomic_block
    with pytest.raises(OutsideTransactionError):
        audit.record(Actor.member(olive), audit_events.MEMBER_CHANGED, olive, at=now)


def test_an_entry_outside_a_scope_is_refused(acme, olive, now):
    with pytest.raises(ScopeError):
        audit.record(Actor.member(olive), audit_events.MEMBER_CHANGED, olive, at=now)


def test_what_tenants_announces_becomes_an_entry(acme, olive, now, trail):
    with tenant_scope(acme):
        announce("member.changed", actor=Actor.member(olive), subject=olive, at=now, role="owner")

    assert [entry.facts for entry in trail(acme, audit_events.MEMBER_CHANGED)] == [{"role": "owner"}]


def test_a_change_whose_entry_fails_is_taken_back(acme, olive, now):
    def change():
        with tenant_scope(acme):
            Membership.objects.filter(id=olive.id).update(role="agent")
            announce("made.up", actor=Actor.member(olive), subject=olive, at=now)

    with pytest.raises(UnregisteredEventError):
        change()
    with tenant_scope(acme):
        assert Membership.objects.get(id=olive.id).role == "owner"


def test_every_event_is_named_once_and_as_noun_and_verb():
    names = [value for name, value in vars(audit_events).items() if name.isupper() and isinstance(value, str)]

    assert sorted(names) == sorted(audit_events.REGISTER)
    assert all(name.count(".") == 1 and name == name.lower() for name in names)
