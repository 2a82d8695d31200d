"""Audit entries go from the beginning of a chain, when their time is over, and the chain is verified all the same."""

import json
import os
from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection

from compliance import audit, audit_chain, audit_events, tasks, trail_expiry
from compliance.anchoring.places import Folder
from compliance.audit_export import Export
from compliance.models import AuditEntry
from compliance.verifier.program import main
from helpdesk.core import clock
from tenants import policies
from tenants.actors import Actor
from tenants.models import ModeState, PolicyChoice, Tenant
from tenants.policy_names import AUDIT_KEPT, FOR_EVER
from tenants.policy_table import POLICIES
from tenants.scoping import tenant_scope
from tests.support.aged_trail import LONG, STOOD, AgedTrail

pytestmark = pytest.mark.django_db
OLD = 6
DAY = timedelta(days=1)


@pytest.fixture
def aged(transactional_db, acme, tmp_path, settings):
    """Acme's trail: its first entries are six years old and more, the newest ones of today, and all is verified."""
    settings.AUDIT_ANCHORS = tmp_path / "anchors"
    with psycopg.connect(os.environ["SUPERUSER_DATABASE_URL"], autocommit=True) as database:
        made = AgedTrail(acme, Folder(settings.AUDIT_ANCHORS), database)
        made.old = made.grow(OLD, LONG)
        made.anchor(LONG - 100 * DAY)
        made.grow(3, DAY)
        made.verified(DAY)
        made.anchor(DAY)
        yield made


@pytest.fixture
def choose(acme, now):
    """Choose for how long Acme keeps its trail."""

    def choose(value, ago=trail_expiry.SETTLES):
        with tenant_scope(acme):
            PolicyChoice.objects.update_or_create(
                tenant_id=acme.id, key=AUDIT_KEPT, defaults={"value": value, "changed_at": now - ago}
            )

    return choose


def by_the_door(tenant):
    """Ask the database itself."""
    with tenant_scope(tenant), connection.cursor() as cursor:
        cursor.execute("SELECT expire_audit()")
        return cursor.fetchone()[0]


def exported(aged, file, form="json_lines"):
    with tenant_scope(aged.tenant):
        export = Export.of(aged.tenant.id)
    file.write_text("".join(getattr(export, form)()), encoding="utf-8", newline="")
    return file


def test_what_is_past_its_time_is_told_of_then_goes_and_the_chain_holds(aged, acme, tmp_path, capsys):
    whole = len(aged.positions())

    assert aged.expire() == 0
    (checkpoint,) = aged.told(audit_events.AUDIT_EXPIRED)
    assert (checkpoint.facts["position"], checkpoint.facts["entries"], checkpoint.facts["days"]) == (
        aged.old, aged.old, 2190,
    )  # fmt: skip
    assert aged.positions()[0] == 1
    assert aged.expire() == aged.old

    assert aged.positions()[0] == aged.old + 1
    (removed,) = aged.told(audit_events.AUDIT_REMOVED)
    assert removed.facts == {"position": aged.old, "entries": aged.old}
    verdict = audit_chain.verify(acme.id, anchored=aged.folder.state().of[acme.id.bytes])
    assert (verdict.broken, verdict.position, verdict.entries) == (None, whole + 2, whole + 2 - aged.old)
    for form in ("json_lines", "csv"):
        code = main([str(exported(aged, tmp_path / form, form)), "--anchors", *map(str, aged.folder.files())])
        said = capsys.readouterr().out
        assert code == 0, said
        assert f"Entries up to {aged.old} have expired, as entry {checkpoint.position} says." in said
    # Another worker that comes late finds it done; and nothing else is old enough.
    assert by_the_door(acme) == 0
    assert aged.expire() == 0
    assert len(aged.told(audit_events.AUDIT_EXPIRED)) == 1
    aged.verified()
    assert aged.told(audit_events.AUDIT_BROKEN) == []


def test_a_long_trail_goes_step_by_step_and_each_step_is_told_of(aged, acme, monkeypatch):
    monkeypatch.setattr(trail_expiry, "STEP", 4)

    gone = [aged.expire(), aged.expire(), aged.expire()]
    # What is left is less than a step, and waits for the next day.
    gone += [aged.expire(trail_expiry.EVERY), aged.expire(trail_expiry.EVERY)]

    assert gone == [0, 4, 0, 0, aged.old - 4]
    assert audit_chain.verify(acme.id).broken is None
    assert aged.positions()[0] == aged.old + 1


def test_under_a_legal_hold_nothing_goes_and_nothing_is_told(aged, acme):
    aged.expire()
    aged.database.execute(
        "INSERT INTO compliance_legalhold (id, tenant_id, kind, target_id, reason, masked_with, placed_by_id, "
        "placed_at) SELECT gen_random_uuid(), m.tenant_id, 'conversation', m.id, '', 1, m.id, now() "
        "FROM tenants_membership m WHERE m.tenant_id = %s LIMIT 1", [acme.id]
    )  # fmt: skip

    assert aged.expire() == 0
    with pytest.raises(DatabaseError, match="a legal hold is in force"):
        by_the_door(acme)
    assert aged.positions()[0] == 1
    aged.database.execute("DELETE FROM compliance_legalhold")
    assert aged.expire() == aged.old


def test_what_is_to_be_kept_for_longer_by_now_stays(aged, acme, choose):
    aged.expire()
    choose("2555")

    assert aged.expire() == 0
    with pytest.raises(DatabaseError, match="kept for longer"):
        by_the_door(acme)
    choose(FOR_EVER)
    with pytest.raises(DatabaseError, match="kept for longer"):
        by_the_door(acme)
    choose("365")
    assert aged.expire() == aged.old


def test_by_what_was_chosen_less_than_a_day_ago_nothing_is_told_and_nothing_goes(aged, choose):
    choose("365", ago=DAY / 2)
    assert (aged.expire(), aged.told(audit_events.AUDIT_EXPIRED)) == (0, [])
    choose("365")
    aged.expire()
    choose("180", ago=DAY / 2)
    assert aged.expire() == 0

    choose("180")
    assert aged.expire() == aged.old


def test_a_checkpoint_that_no_anchor_holds_lets_nothing_go(aged, acme, monkeypatch):
    with monkeypatch.context() as away:
        away.setattr(AgedTrail, "anchor", lambda *_: None)
        aged.expire()

        assert aged.expire() == 0
    aged.anchor()
    assert aged.expire() == aged.old


def test_a_checkpoint_of_just_now_lets_nothing_go(aged, acme):
    trail_expiry.expire(acme, now=clock.now(), folder=aged.folder)
    audit_chain.seal(acme.id)
    aged.anchor()

    with pytest.raises(DatabaseError, match="not anchored yet"):
        by_the_door(acme)
    assert trail_expiry.expire(acme, now=clock.now(), folder=aged.folder) == 0


def test_of_a_chain_that_was_tampered_with_nothing_goes(aged, acme):
    aged.expire()
    with tenant_scope(acme):
        audit.record(Actor.system(), audit_events.AUDIT_BROKEN, acme, at=clock.now())

    assert aged.expire() == 0
    assert aged.positions()[0] == 1


def forged(aged, **facts):
    """Let the application itself write a checkpoint that is not true, and let it stand."""
    with tenant_scope(aged.tenant):
        last = AuditEntry.objects.get(position=facts["position"])
        told = {"hash": last.hash, "days": 2190, "sealed_at": last.sealed_at.isoformat(), "entries": 1} | facts
        audit.record(Actor.system(), audit_events.AUDIT_EXPIRED, aged.tenant, at=clock.now(), **told)
    before = aged.head()
    audit_chain.seal(aged.tenant.id)
    aged.age(STOOD, first=before + 1)
    aged.anchor()


@pytest.mark.parametrize(("extra", "facts", "words"), [
    (1, {}, "kept for longer"), (0, {"hash": "0" * 64}, "no checkpoint says so"),
])  # fmt: skip
def test_the_database_does_not_believe_the_application(aged, acme, extra, facts, words):
    forged(aged, **{"position": aged.old + extra, **facts})

    with pytest.raises(DatabaseError, match=words):
        by_the_door(acme)
    assert aged.positions()[0] == 1


def test_without_a_checkpoint_or_out_of_another_organisation_nothing_goes(aged, acme, globex):
    with pytest.raises(DatabaseError, match="no checkpoint says so"):
        by_the_door(acme)
    aged.expire()
    with pytest.raises(DatabaseError, match="no checkpoint says so"):
        by_the_door(globex)
    for statement in ("DELETE FROM compliance_auditentry WHERE position = 1", "TRUNCATE compliance_auditentry"):
        with pytest.raises(DatabaseError, match="permission denied"), tenant_scope(acme), connection.cursor() as cursor:
            cursor.execute(statement)


def test_of_a_chain_with_a_gap_the_database_removes_nothing(aged, acme):
    aged.expire()
    with aged.database.transaction():
        aged.database.execute("SET LOCAL session_replication_role = replica")
        aged.database.execute(
            "DELETE FROM compliance_auditentry WHERE tenant_id = %s AND position = 2", [acme.id]
        )  # fmt: skip

    with pytest.raises(DatabaseError, match="the chain has gaps"):
        by_the_door(acme)


@pytest.mark.parametrize("deed", ["head cut", "cut further", "checkpoint gone", "put back"])
def test_whoever_rules_the_database_and_cuts_the_head_is_found_by_both_verifiers(aged, acme, tmp_path, capsys, deed):
    if deed != "head cut":
        aged.expire()
        aged.expire()
    mine = "tenant_id = %s AND position"
    with aged.database.transaction():
        aged.database.execute("SET LOCAL session_replication_role = replica")
        if deed == "checkpoint gone":
            aged.database.execute("DELETE FROM compliance_auditentry WHERE event = 'audit.expired'")
        elif deed == "put back":
            aged.database.execute(
                "INSERT INTO compliance_auditentry SELECT (jsonb_populate_record(e, %s)).* "
                f"FROM compliance_auditentry e WHERE {mine} = %s",
                [json.dumps({"id": str(acme.id), "position": aged.old}), acme.id, aged.old + 1],
            )
        else:
            aged.database.execute(f"DELETE FROM compliance_auditentry WHERE {mine} <= %s", [acme.id, aged.old + 1])

    assert audit_chain.verify(acme.id).broken is not None
    assert main([str(exported(aged, tmp_path / "trail.jsonl"))]) == 1
    assert "BROKEN entry" in capsys.readouterr().out


def test_an_export_whose_head_was_cut_is_found(aged, tmp_path, capsys):
    file = exported(aged, tmp_path / "trail.jsonl")
    head, *rows = file.read_text().splitlines(keepends=True)
    cut = json.loads(head) | {"from": 4, "prior": json.loads(rows[2])["hash"]}
    file.write_text(json.dumps(cut) + "\n" + "".join(rows[3:]))

    assert main([str(file)]) == 1
    assert "no checkpoint tells that they have expired" in capsys.readouterr().out


def test_a_superuser_who_lets_too_much_go_by_a_checkpoint_is_found_at_night(aged, acme):
    """As the application would do it, with hashes that are right, sealed and anchored: only what is gone was young."""
    young = aged.old + 2
    forged(aged, position=young)
    with aged.database.transaction():
        aged.database.execute("SET LOCAL session_replication_role = replica")
        aged.database.execute(
            "DELETE FROM compliance_auditentry WHERE tenant_id = %s AND position <= %s", [acme.id, young]
        )  # fmt: skip
    assert audit_chain.verify(acme.id).broken is None

    aged.verified()

    assert "not 2190 days old" in aged.told(audit_events.AUDIT_BROKEN)[0].facts["why"]


@pytest.mark.parametrize("modes", [(), ("hipaa",), ("pci",), ("hipaa", "pci")])
def test_the_database_keeps_entries_for_as_long_as_the_policy_table_says(acme, choose, modes):
    Tenant.objects.filter(id=acme.id).update(**{f"{mode}_state": ModeState.OFF for mode in ("hipaa", "pci")})
    for value in (None, "nonsense", *POLICIES[AUDIT_KEPT].values):
        if value is not None:
            choose(value)
        Tenant.objects.filter(id=acme.id).update(**{f"{mode}_state": ModeState.ON for mode in modes})
        tenant = Tenant.objects.get(id=acme.id)
        with tenant_scope(acme), connection.cursor() as cursor:
            cursor.execute("SELECT audit_kept_days()")
            days = cursor.fetchone()[0]
            in_force = policies.in_force(tenant, AUDIT_KEPT).value
        assert days == (None if in_force == FOR_EVER else int(in_force)), (value, modes)
        with tenant_scope(acme):
            PolicyChoice.objects.all().delete()
        break_mode(tenant)


def break_mode(tenant):
    """Let the modes be off again, past the way they have to go."""
    for mode in ("hipaa", "pci"):
        Tenant.objects.filter(id=tenant.id).exclude(**{f"{mode}_state": ModeState.OFF}).update(
            **{f"{mode}_state": ModeState.DISABLING}
        )
        Tenant.objects.filter(id=tenant.id).update(**{f"{mode}_state": ModeState.OFF})


def test_the_job_looks_at_every_active_organisation(acme, globex, monkeypatch):
    seen = []
    monkeypatch.setattr(trail_expiry, "expire", lambda tenant, **_: seen.append(tenant.id))

    for tenant in (acme, globex):
        tasks.expire_trail.for_tenant(tenant.id).run_here()

    assert seen == [acme.id, globex.id]
