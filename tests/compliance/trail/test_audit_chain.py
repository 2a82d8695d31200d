"""What was recorded is sealed in one chain: in order, once, and found out if it is changed."""

import json
import os
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance import audit, audit_chain, audit_events, tasks
from compliance.models import AuditEntry, OperatorEntry
from compliance.verifier.entries import OPERATORS
from helpdesk.core.ids import uuid7_at
from tenants.actors import Actor
from tenants.scoping import setting_of, tenant_scope
from tests.support.trails import chain_of, first_bad

pytestmark = pytest.mark.django_db


def test_an_entry_waits_until_it_is_sealed_and_then_has_its_place(acme, told):
    told(3)
    with tenant_scope(acme):
        assert set(AuditEntry.objects.values_list("position", "hash")) == {(None, "")}
    assert acme.id in audit_chain.waiting()

    count = audit_chain.seal(acme.id)

    with tenant_scope(acme):
        assert list(AuditEntry.objects.order_by("id").values_list("position", flat=True)) == list(range(1, count + 1))
    assert acme.id not in audit_chain.waiting()
    verdict = audit_chain.verify(acme.id)
    assert (verdict.broken, verdict.entries, verdict.waiting) == (None, count, 0)
    assert audit_chain.heads()[acme.id] == (count, bytes.fromhex(verdict.hash))


def test_sealing_goes_on_behind_what_is_sealed_in_batches(acme, told, sealed):
    before = sealed(2)
    told(5)

    assert audit_chain.seal(acme.id, batch=2) == 5
    after = chain_of(acme)
    assert after[: len(before)] == before
    assert first_bad(after) is None


def test_an_entry_that_was_committed_late_comes_next_and_is_not_passed_over(acme, sealed, now):
    before = sealed(3)
    with tenant_scope(acme):
        late = AuditEntry(
            id=uuid7_at(now - timedelta(hours=1)), tenant=acme, event=audit_events.MEMBER_CHANGED, actor_kind="system",
            object_kind="tenants.tenant", at=now - timedelta(hours=1),
        )  # fmt: skip
        late.save(force_insert=True)
    audit_chain.seal(acme.id)

    with tenant_scope(acme):
        assert AuditEntry.objects.get(id=late.id).position == len(before) + 1
    assert first_bad(chain_of(acme)) is None


def test_of_two_sealers_at_once_one_leaves_and_nothing_is_sealed_twice(acme, told):
    told()
    with psycopg.connect(os.environ["DATABASE_URL"]) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended('audit chain ' || %s, 0))", [str(acme.id)])
        assert audit_chain.seal(acme.id) == 0
    assert audit_chain.seal(acme.id) > 0
    assert audit_chain.seal(acme.id) == 0
    assert first_bad(chain_of(acme)) is None


def test_a_sealer_that_is_killed_leaves_whole_batches(acme, told):
    told(4)
    with transaction.atomic():
        assert audit_chain.seal(acme.id, batch=100) >= 4
        transaction.set_rollback(True)

    with tenant_scope(acme):
        assert not AuditEntry.objects.exclude(position=None).exists()
    audit_chain.seal(acme.id)
    assert first_bad(chain_of(acme)) is None


def test_a_tenant_of_whom_nothing_is_sealed_has_a_chain_without_entries(acme):
    verdict = audit_chain.verify(acme.id)

    assert (verdict.broken, verdict.entries) == (None, 0)
    assert acme.id not in audit_chain.heads()


def test_what_operators_did_has_a_chain_of_its_own(acme, oscar, now):
    with tenant_scope(acme):
        audit.record(Actor.operator(oscar), audit_events.TENANT_STATE_CHANGED, acme, at=now, state="active")
    tasks.seal_every_tenant.apply(throw=True)

    assert OperatorEntry.objects.get().position == 1
    verdict = audit_chain.verify(OPERATORS)
    assert (verdict.broken, verdict.entries) == (None, 1)
    (entry,) = chain_of(OPERATORS)
    assert (entry.actor_id, entry.organisation_id) == (oscar.id.bytes, acme.id.bytes)


WORDS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(facts=st.dictionaries(WORDS, st.one_of(WORDS, st.integers(), st.booleans(), st.none()), max_size=4))
def test_the_database_hashes_as_the_verifier_does_whatever_the_facts(acme, now, facts):
    with tenant_scope(acme):
        AuditEntry.objects.create(
            tenant=acme, event="a.b", actor_kind="system", object_kind="x", object_id=acme.id, facts=facts, at=now
        )
    audit_chain.seal(acme.id)

    entries = chain_of(acme)
    assert first_bad(entries) is None
    assert json.loads(entries[-1].facts) == facts


def test_an_entry_with_the_largest_facts_is_sealed_as_any(sealed):
    entries = sealed(1, words="ü" * 1_000_000)

    assert len(entries[-1].facts) > 1_000_000
    assert first_bad(entries) is None


OTHER = UUID(int=7).bytes
CHANGES = {
    "chain": OTHER, "position": 9, "id": OTHER, "sealed_at": 1, "at": 1, "event": "tenant.closed",
    "actor_kind": "member", "actor_id": OTHER, "organisation_id": OTHER, "object_kind": "x", "object_id": None,
    "facts": "{}", "hash": bytes(32),
}  # fmt: skip


@pytest.mark.parametrize("field", CHANGES)
def test_whatever_is_changed_of_an_entry_that_entry_is_named(sealed, field):
    entries = sealed(5)
    entries[2] = entries[2]._replace(**{field: CHANGES[field]})

    assert first_bad(entries) == 3


def test_entries_taken_out_put_in_or_exchanged_are_found(sealed):
    entries = sealed(5)
    first, second, third, *rest = entries

    assert first_bad([first, third, *rest]) == 2
    assert first_bad([second, third, *rest]) == 1
    assert first_bad([first, second, second, third, *rest]) == 3
    assert first_bad([first, third, second, *rest]) == 2
    assert first_bad([first, second._replace(position=3), third._replace(position=2), *rest]) == 2


def test_a_tail_that_was_cut_or_a_chain_written_anew_is_found_by_what_was_anchored(sealed):
    entries = sealed(5)
    last = entries[-1]

    assert first_bad(entries[:-1]) is None
    assert first_bad(entries[:-1], anchored={last.position: last.hash}) == last.position
    assert first_bad(entries, anchored={2: bytes(32)}) == 2


def test_after_its_end_a_chain_goes_on_with_what_operators_do_alone(acme, olive, oscar, now):
    with tenant_scope(acme):
        audit.record(Actor.system(), audit_events.AUDIT_CHAIN_ENDED, acme, at=now)
    audit_chain.seal(acme.id)
    with tenant_scope(acme):
        audit.record(Actor.operator(oscar), audit_events.SUPPORT_READ, acme, at=now)
    audit_chain.seal(acme.id)
    assert first_bad(chain_of(acme)) is None
    with tenant_scope(acme):
        audit.record(Actor.member(olive), audit_events.MEMBER_CHANGED, olive, at=now)
    audit_chain.seal(acme.id)

    assert first_bad(chain_of(acme)) == len(chain_of(acme))


# --- who may what ------------------------------------------------------------------------------------------------


def test_the_application_cannot_add_an_entry_that_is_sealed_already(acme, now):
    with pytest.raises(DatabaseError, match="only added to"), tenant_scope(acme):
        AuditEntry.objects.create(
            tenant=acme, event="a.b", actor_kind="system", object_kind="x", at=now, position=1, hash="0" * 64,
            sealed_at=now,
        )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_the_triggers_hold_for_the_owner_of_the_tables_too(acme, sealed, owner_connection):
    sealed()
    owner_connection.autocommit = False
    for statement in (
        "UPDATE compliance_auditentry SET event = 'x'", "UPDATE compliance_auditentry SET position = position + 1",
        "DELETE FROM compliance_auditentry", "TRUNCATE compliance_auditentry",
    ):  # fmt: skip
        owner_connection.execute("SELECT set_config('app.tenant', %s, true)", [setting_of(acme.id)])
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only added to"):
            owner_connection.execute(statement)
        owner_connection.rollback()
