"""The register: what detectors enter, what is decided, which deadlines run, and when an incident may be closed."""

from datetime import timedelta

import pytest

from compliance import audit_events, incident_notes
from compliance.actions import incident_work, incidents
from compliance.actions.incident_work import UnknownAssigneeError, UnknownPartError
from compliance.actions.incidents import ImpossibleTimeError, NoteMissingError, StillOpenError, UndecidedError
from compliance.breach import report
from compliance.breach.regimes import DECIDE, Risk
from compliance.breach.selectors import facts
from compliance.models import Decision, Incident, IncidentCause, IncidentClock, IncidentLine, IncidentState, LineKind
from tenants.actors import Actor
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tests.factories.incidents import decided, raised

pytestmark = pytest.mark.django_db
CARD = "4111 1111 1111 1111"
BREACH = {"decision": Decision.BREACH, "risk": Risk.HIGH, "laws": ("gdpr", "pci"), "people": 3}


@pytest.fixture
def by(acme, olive, now):
    return {"tenant": acme, "actor": Actor.member(olive), "now": now}


@pytest.fixture
def incident(acme, now):
    return raised(acme, now)


def clocks(tenant, incident):
    with tenant_scope(tenant):
        return {one.regime: one for one in IncidentClock.objects.filter(incident=incident).order_by("regime")}


def lines(tenant, incident, member):
    with tenant_scope(tenant):
        return [(line.kind, text) for line, text in incident_notes.lines_of(incident, member)]


# --- entered ------------------------------------------------------------------------------------------------------


def test_what_is_seen_again_is_counted_in_the_open_entry(acme, incident, now, trail):
    later = now + timedelta(minutes=5)
    again = raised(acme, later, kinds={"people": 2}, count=7)

    assert (again.id, again.records, again.kinds, again.seen_at) == (incident.id, 8, {"people": 2}, later)
    assert len(trail(acme, audit_events.INCIDENT_OPENED)) == 1


def test_another_cause_and_another_control_are_entries_of_their_own(acme, incident, now):
    first = raised(acme, now, IncidentCause.CONTROL, about="purge")
    second = raised(acme, now, IncidentCause.CONTROL, about="drift")

    assert len({incident.id, first.id, second.id}) == 3


def test_what_comes_after_somebody_is_at_it_is_new(acme, incident, by, now):
    incidents.acknowledge(incident_id=incident.id, **by)

    assert raised(acme, now).id != incident.id


def test_a_day_is_left_to_decide_from_its_entry_on(acme, incident, now):
    (clock,) = clocks(acme, incident).values()

    assert (clock.regime, clock.started_at, clock.due_at) == (DECIDE, now, now + timedelta(hours=24))


def test_any_member_reports_and_their_words_are_masked_and_sealed(acme, ada, olive, now):
    noticed = now - timedelta(hours=5)
    mine = incident_work.report_incident(
        tenant=acme, text=f"Mail to a stranger with {CARD}", aware_at=noticed, actor=Actor.member(ada), now=now
    )

    assert (mine.cause, mine.clocks_from) == (IncidentCause.PERSON, noticed)
    assert lines(acme, mine, olive) == [(LineKind.REPORT, "Mail to a stranger with [card •••• 1111]")]
    assert clocks(acme, mine)[DECIDE].due_at == noticed + timedelta(hours=24)


def test_one_who_is_no_member_reports_nothing(acme, mallory, now):
    for actor in (Actor.member(mallory), Actor.system()):
        with pytest.raises(NotPermittedError):
            incident_work.report_incident(tenant=acme, text="x", actor=actor, now=now)


def test_nobody_reports_without_end(acme, ada, now, monkeypatch):
    monkeypatch.setattr(incident_work, "MOST_A_DAY", 1)
    once = {"tenant": acme, "text": "Something", "actor": Actor.member(ada)}
    incident_work.report_incident(**once, now=now)

    with pytest.raises(incident_work.TooManyReportsError):
        incident_work.report_incident(**once, now=now)
    assert incident_work.report_incident(**once, now=now + timedelta(days=2))


# --- decided ------------------------------------------------------------------------------------------------------


def test_a_breach_lets_its_deadlines_run_from_when_it_was_known(acme, incident, by, now, trail):
    known = now - timedelta(hours=10)
    decided(incident, by, **BREACH, aware_at=known)

    found = clocks(acme, incident)
    assert found.keys() == {DECIDE, "gdpr_authority", "gdpr_people", "pci_brands"}
    assert found["gdpr_authority"].due_at == known + timedelta(hours=72)
    assert found[DECIDE].done_at == now
    (entry,) = trail(acme, audit_events.INCIDENT_DECIDED)
    assert entry.facts == {"decision": "breach", "risk": "high", "people": 3, "laws": "gdpr, pci"}


def test_decided_anew_takes_away_what_runs_and_keeps_what_was_told(acme, incident, by, olive):
    decided(incident, by, **BREACH)
    incident_work.mark_told(incident_id=incident.id, regime="pci_brands", **by)
    decided(incident, by, reason="It was a test message.")

    assert clocks(acme, incident).keys() == {DECIDE, "pci_brands"}
    assert {text for kind, text in lines(acme, incident, olive)} == {"Nobody came to harm.", "It was a test message."}


def test_no_breach_lets_none_run(acme, incident, by):
    assert decided(incident, by).decision == Decision.NONE
    assert clocks(acme, incident).keys() == {DECIDE}


def test_a_decision_says_why_and_from_when(acme, incident, by, now):
    with pytest.raises(NoteMissingError):
        decided(incident, by, reason=" \n")
    for impossible in (now + timedelta(minutes=1), now - timedelta(days=400)):
        with pytest.raises(ImpossibleTimeError):
            decided(incident, by, aware_at=impossible)
    assert Incident(decision="").decision == Decision.OPEN


def test_a_deadline_is_met_once(acme, incident, by, trail):
    decided(incident, by, **BREACH)
    incident_work.mark_told(incident_id=incident.id, regime="gdpr_authority", **by)

    for regime in ("gdpr_authority", DECIDE, "hipaa_people", ""):
        with pytest.raises(UnknownPartError):
            incident_work.mark_told(incident_id=incident.id, regime=regime, **by)
    (entry,) = trail(acme, audit_events.INCIDENT_TOLD)
    assert entry.facts == {"regime": "gdpr_authority", "in_time": True}


# --- worked on ----------------------------------------------------------------------------------------------------


def test_a_task_is_given_to_somebody_who_is_there_and_done_once(acme, incident, by, ada, mallory, now):
    given = {"incident_id": incident.id, "text": f"Call the bank about {CARD}", "due_on": now.date(), **by}
    task = incident_work.add_task(assignee_id=ada.id, **given)
    with pytest.raises(UnknownAssigneeError):
        incident_work.add_task(assignee_id=mallory.id, **given)

    assert incident_work.finish_task(incident_id=incident.id, line_id=task.id, **by).done_at == now
    with pytest.raises(UnknownPartError):
        incident_work.finish_task(incident_id=incident.id, line_id=task.id, **by)


def test_a_task_of_another_incident_is_not_there(acme, incident, by, now):
    task = incident_work.add_task(incident_id=incident.id, text="Look", assignee_id=None, due_on=None, **by)
    other = raised(acme, now, IncidentCause.TRAIL)

    with pytest.raises(UnknownPartError):
        incident_work.finish_task(incident_id=other.id, line_id=task.id, **by)


@pytest.mark.parametrize("step", [
    lambda given: decided(given.pop("incident"), given),
    lambda given: incident_work.mark_told(incident_id=given.pop("incident").id, regime="pci_brands", **given),
    lambda given: incident_work.add_remark(incident_id=given.pop("incident").id, text="x", **given),
])  # fmt: skip
def test_neither_an_agent_nor_mallory_works_on_it(acme, incident, ada, mallory, now, step):
    for member in (ada, mallory):
        with pytest.raises(NotPermittedError):
            step({"tenant": acme, "incident": incident, "actor": Actor.member(member), "now": now})


def test_lines_are_read_by_those_who_keep_the_register_alone(acme, incident, ada, mallory):
    for member in (ada, mallory):
        with pytest.raises(NotPermittedError):
            lines(acme, incident, member)


# --- closed -------------------------------------------------------------------------------------------------------


def test_it_is_not_closed_undecided_nor_with_something_open_and_no_reason(acme, incident, by, olive, trail):
    with pytest.raises(UndecidedError):
        incidents.close(incident_id=incident.id, note="Done", **by)
    decided(incident, by, **BREACH)
    incident_work.add_task(incident_id=incident.id, text="Call them", assignee_id=None, due_on=None, **by)
    with pytest.raises(StillOpenError):
        incidents.close(incident_id=incident.id, note="Done", left_open=" ", **by)

    closed = incidents.close(incident_id=incident.id, note="Done", left_open="The authority was called", **by)

    assert closed.state == IncidentState.CLOSED
    assert (LineKind.LEFT_OPEN, "The authority was called") in lines(acme, incident, olive)
    assert trail(acme, audit_events.INCIDENT_CLOSED)[0].facts["left_open"] == 4


def test_the_report_has_counts_and_times_and_no_word(acme, incident, by, now):
    decided(incident, by, **BREACH, reason="Vera said so")
    incident_work.mark_told(incident_id=incident.id, regime="gdpr_authority", **by)
    incidents.close(incident_id=incident.id, note="Told Vera", left_open="Vera knows", **by)

    with tenant_scope(acme):
        told = report.facts_of(Incident.objects.get(), now=now + timedelta(days=9))
        written = report.document(Incident.objects.get(), now=now)
    by_clause = {each["clause"]: each["in_time"] for each in told["deadlines"]}
    assert (by_clause["GDPR 33(1)"], by_clause["GDPR 34(1)"]) == (True, False)
    assert (told["is_closed"], told["left_open"], told["decision"]["people"]) == (True, True, 3)
    assert "Vera" not in written


def test_the_register_counts_what_is_open_and_over(acme, incident, by, now):
    decided(incident, by, **BREACH)
    raised(acme, now, IncidentCause.TRAIL)
    with tenant_scope(acme):
        found = facts(now=now + timedelta(hours=25))

    assert (found.open, found.undecided, found.breaches, found.running, found.overdue) == (2, 1, 1, 4, 2)
    assert found.next_due_at == now + timedelta(hours=72)
    with tenant_scope(acme):
        assert IncidentLine.objects.count() == 1
