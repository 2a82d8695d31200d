"""Controls: one registry, looked at by the page, written into the trail each day, counted by packs."""

from datetime import timedelta

import pytest
from django.urls import get_resolver, reverse

from compliance import audit, audit_events
from compliance.evidence.controls import CONTROLS, observing
from compliance.evidence.controls.control import Control, State
from compliance.models import AuditEntry, SubjectRequest
from compliance.reviews import cycle
from compliance.verifier.evidence import FRAMEWORKS
from tenants.actors import Actor
from tenants.models import TrainingDuty
from tenants.scoping import tenant_scope
from tenants.tenancy import rule_of

pytestmark = pytest.mark.django_db
BY_KEY = {control.key: control for control in CONTROLS}


def look(key, tenant, now):
    with tenant_scope(tenant):
        return BY_KEY[key].look(tenant, now)


def rules():
    """What each route of an organisation asks for, by its name."""
    found, waiting = {}, [("", one) for one in get_resolver().url_patterns]
    while waiting:
        space, one = waiting.pop()
        if hasattr(one, "url_patterns"):
            inner = f"{one.namespace}:" if getattr(one, "namespace", None) else space
            waiting += [(inner, each) for each in one.url_patterns]
        elif one.name:
            found[f"{space}{one.name}"] = rule_of(one)
    return found


def test_keys_are_names_and_each_is_one():
    assert len(BY_KEY) == len(CONTROLS)
    assert all(key.replace("_", "").isalpha() for key in BY_KEY)


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.key)
def test_each_control_answers_clauses_and_says_where_it_is_put_right(control):
    assert control.clauses.keys() <= FRAMEWORKS.keys()
    assert any(control.clauses.values())
    if control.fix is not None:
        assert reverse(control.fix.page, args=["acme"])
        assert control.fix.capability == rules()[control.fix.page].capability


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_each_framework_has_its_sections(framework):
    clauses = {clause for control in CONTROLS for clause in control.clauses.get(framework, ())}
    asked = {
        "soc2": ("CC6.1", "CC6.8", "CC7.2", "CC8.1", "A1.2", "C1.1", "C1.2", "P4.3"),
        "pci": ("3.3.1", "8.4.2", "10.3.4", "12.10.7"),
        "hipaa": ("164.308(a)(1)(ii)(D)", "164.310(d)(2)(i)", "164.312(b)", "164.316(b)(1)", "164.404(b)"),
    }
    assert {*asked[framework]} <= clauses


def test_an_event_that_is_none_is_refused():
    with pytest.raises(ValueError, match="no\\.such"):
        Control(key="x", title="", says="", clauses={}, events=("no.such",))


def test_how_controls_stand_is_written_once_a_day_without_a_name(acme, now):
    with tenant_scope(acme):
        assert observing.observe(acme, now=now)
        assert not observing.observe(acme, now=now + timedelta(hours=2))
        assert observing.observe(acme, now=now + timedelta(days=1))
        facts = AuditEntry.objects.filter(event="controls.observed").earliest("at").facts

    looked = {control.key for control in CONTROLS if control.look}
    assert looked <= facts.keys()
    assert {facts[key] for key in looked} <= {state.value for state in State}
    assert all(isinstance(value, int) for name, value in facts.items() if "." in name)


def test_owners_are_told_once_of_what_is_failing(acme, olive, now, mailoutbox, django_capture_on_commit_callbacks):
    def observe(at):
        with django_capture_on_commit_callbacks(execute=True), tenant_scope(acme):
            observing.observe(acme, now=at)
        return [mail.subject for mail in mailoutbox].count("A control is failing")

    assert observe(now) == 0
    with tenant_scope(acme):
        audit.record(Actor.system(), audit_events.AUDIT_BROKEN, acme, at=now, position=7)

    assert [observe(now + timedelta(days=day)) for day in (1, 2)] == [1, 1]
    assert "/o/acme/settings/evidence/" in mailoutbox[-1].body


def test_overdue_training_is_failing_and_coming_training_due(acme, ada, now):
    with tenant_scope(acme):
        TrainingDuty.objects.update(due_at=now + timedelta(days=3), completed_at=None, version=0)
    assert look("training", acme, now).state in {State.DUE, State.NONE}
    with tenant_scope(acme):
        TrainingDuty.objects.all().delete()
        TrainingDuty.objects.create(
            tenant=acme, membership=ada, course="privacy", closes=False, assigned_at=now, due_at=now
        )
    standing = look("training", acme, now)

    assert (standing.state, standing.figures["overdue"]) == (State.FAILING, 1)


def test_a_key_is_due_on_its_day_and_failing_a_week_later(acme, now):
    young = look("keys", acme, now)
    assert young.state == State.OK
    assert young.due_on is not None

    assert look("keys", acme, now + timedelta(days=91)).state == State.DUE
    assert look("keys", acme, now + timedelta(days=98)).state == State.FAILING


@pytest.mark.parametrize(
    ("event", "later", "state"),
    [
        (audit_events.AUDIT_VERIFIED, timedelta(hours=5), State.OK),
        (audit_events.AUDIT_VERIFIED, timedelta(hours=50), State.FAILING),
        (audit_events.AUDIT_BROKEN, timedelta(hours=5), State.FAILING),
    ],
)
def test_the_trail_is_verified_each_night(acme, now, event, later, state):
    assert look("trail", acme, now).state == State.NONE
    with tenant_scope(acme):
        audit.record(Actor.system(), event, acme, at=now, entries=4)

    assert look("trail", acme, now + later).state == state


def test_a_setting_changed_behind_the_application_is_due(acme, now):
    assert look("settings", acme, now).state == State.OK
    with tenant_scope(acme):
        audit.record(Actor.system(), audit_events.POLICY_DRIFTED, acme, at=now)

    assert look("settings", acme, now).state == State.DUE


def test_a_review_of_access_is_due_and_then_failing(acme, now):
    assert look("reviews", acme, now).state == State.OK
    with tenant_scope(acme):
        due = cycle.due_at(acme)

    assert look("reviews", acme, due - timedelta(days=1)).state == State.DUE
    standing = look("reviews", acme, due + timedelta(days=1))
    assert (standing.state, standing.due_on) == (State.FAILING, due.date())


def test_a_data_request_is_due_before_its_day_and_failing_after_it(acme, now):
    assert look("requests", acme, now).state == State.OK
    due = now + timedelta(days=30)
    with tenant_scope(acme):
        SubjectRequest.objects.create(
            tenant=acme, kind="access", regime="gdpr", received_at=now, due_at=due, masked_with=0
        )

    found = [look("requests", acme, at).state for at in (now, due - timedelta(days=2), due + timedelta(days=1))]

    assert found == [State.OK, State.DUE, State.FAILING]


@pytest.mark.parametrize(
    ("drills", "days", "state"),
    [
        ([], 10, State.NONE),
        ([], 184, State.FAILING),
        ([(True, True)], 183, State.OK),
        ([(True, True)], 184, State.FAILING),
        ([(True, True), (False, True)], 10, State.FAILING),
        ([(False, True), (True, True)], 10, State.OK),
        # A backup from before the organisation was here says nothing of it.
        ([(True, False)], 10, State.NONE),
    ],
)
def test_a_backup_is_restored_on_trial_twice_a_year(acme, now, drills, days, state):
    with tenant_scope(acme):
        for number, (held, is_in) in enumerate(drills):
            at = now + timedelta(seconds=number)
            facts = {"held": held, "in_backup": is_in, "restored_s": 41, "opened": 50, "entries": 900}
            audit.record(Actor.system(), audit_events.RESTORE_DRILLED, acme, at=at, **facts)

    standing = look("restoring", acme, now + timedelta(days=days, seconds=-5))

    assert standing.state == state
    assert standing.due_on is not None
    assert ("in 41 seconds: 50 sealed texts" in standing.proof) == ((True, True) in drills)


def test_what_nobody_has_recorded_or_missed(acme, now):
    assert look("agreements", acme, now).state == State.NONE
    assert look("jobs", acme, now).state == State.OK
    assert look("incidents", acme, now).state == State.OK


def test_what_the_product_does_not_know_is_no_data(acme, now):
    assert look("restoring", acme, now).state == State.NONE
    assert look("retention", acme, now).state == State.NONE
