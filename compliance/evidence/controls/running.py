"""Controls of how the service is run for an organisation: settings, modes, incidents, the trail itself, restoring."""

from datetime import datetime, timedelta
from typing import Final

from compliance import audit_events as events
from compliance.breach import selectors as register
from compliance.controls import selectors as watched
from compliance.controls.table import RESTORED_WITHIN
from compliance.evidence.controls.control import Control, Fix, Standing, State, entries_of, unanswered
from compliance.evidence.controls.counting import entries_since, plural
from compliance.models import AuditEntry
from tenants.models import ModeState, Tenant
from tenants.policy_rows.row import MODES
from tenants.roles import Capability

LATELY: Final = timedelta(days=7)
#: A chain is verified each night.
VERIFIED_BY: Final = timedelta(hours=36)
#: 45 CFR 164.404(b): without unreasonable delay and in no case later than 60 calendar days.
BREACH: Final = timedelta(days=60)


def _settings(_: Tenant, now: datetime) -> Standing:
    changed = entries_since(now - LATELY, events.POLICY_CHOSEN, events.MASKING_CHANGED, events.RETENTION_CHANGED)
    drifted = entries_since(now - LATELY, events.POLICY_DRIFTED)
    proof = f"In the last 7 days {plural(changed, 'change')} by people, {drifted} behind the application and put right."
    return Standing(State.DUE if drifted else State.OK, proof, {"changed": changed, "drifted": drifted})


def _modes(tenant: Tenant, now: datetime) -> Standing:
    states = {mode: ModeState(getattr(tenant, f"{mode}_state")) for mode in MODES}
    told = ", ".join(f"{MODES[mode]}: {state.label.lower()}" for mode, state in states.items())
    figures: dict[str, int] = {mode: int(state != ModeState.OFF) for mode, state in states.items()}
    moving = {ModeState.ENABLING, ModeState.DISABLING}
    if moving.isdisjoint(states.values()):
        return Standing(State.OK, f"{told}.", figures)
    return Standing(State.DUE, f"{told}.", figures)


def _incidents(_: Tenant, now: datetime) -> Standing:
    facts = register.facts(now=now)
    figures = {"open": facts.open, "undecided": facts.undecided, "breaches": facts.breaches, "overdue": facts.overdue}
    if not facts.open:
        return Standing(State.OK, "No incident is open.", figures)
    proof = f"{plural(facts.open, 'incident')} open, {facts.undecided} not decided, {facts.overdue} deadlines missed."
    due = facts.next_due_at
    return Standing(State.FAILING if facts.overdue else State.DUE, proof, figures, due.date() if due else None)


def _jobs(_: Tenant, now: datetime) -> Standing:
    jobs = watched.of_organisation(now=now)
    amiss = len(watched.amiss(jobs))
    proof = f"{plural(len(jobs), 'job')} of the service watched, {amiss} of them missed or failing."
    return Standing(State.FAILING if amiss else State.OK, proof, {"watched": len(jobs), "amiss": amiss})


def _trail(_: Tenant, now: datetime) -> Standing:
    looked = AuditEntry.objects.filter(event__in=(events.AUDIT_VERIFIED, events.AUDIT_BROKEN))
    last = looked.order_by("-at", "-id").first()
    if last is None:
        return Standing(State.NONE, "The chain is verified tonight, for the first time.")
    count = int(last.facts.get("entries", 0))
    if last.event == events.AUDIT_BROKEN:
        return Standing(State.FAILING, "The chain is broken: the audit trail tells where.", {"entries": count})
    proof = f"All {plural(count, 'entry', 'entries')} were verified on {last.at:%d %B %Y}."
    if now - last.at > VERIFIED_BY:
        return Standing(State.FAILING, f"{proof} A night was missed.", {"entries": count})
    return Standing(State.OK, proof, {"entries": count}, (last.at + timedelta(days=1)).date())


def _restored(tenant: Tenant, now: datetime) -> Standing:
    """By the organisation's own trail: a drill from before it was here says nothing of its data."""
    drills = AuditEntry.objects.filter(event=events.RESTORE_DRILLED).order_by("-at", "-id")
    last, held = drills.first(), drills.filter(facts__held=True, facts__in_backup=True).first()
    due_at = (held.at if held else tenant.created_at) + RESTORED_WITHIN
    if last is None or held is None:
        proof = "No backup with this organisation in it was restored on trial yet."
        figures: dict[str, int] = {}
    else:
        took = plural(int(held.facts["restored_s"]), "second")
        opened = plural(int(held.facts["opened"]), "sealed text")
        proof = (
            f"A backup was restored on {held.at:%d %B %Y} in {took}: {opened} of this organisation opened, and its "
            f"{plural(int(held.facts['entries']), 'audit entry', 'audit entries')} were whole."
        )
        figures = {"seconds": int(held.facts["restored_s"]), "opened": int(held.facts["opened"])}
    if last is not None and not last.facts.get("held"):
        return Standing(State.FAILING, f"The drill of {last.at:%d %B %Y} did not hold. {proof}", figures, due_at.date())
    if now > due_at:
        return Standing(State.FAILING, f"{proof} The next drill is overdue.", figures, due_at.date())
    return Standing(State.OK if held else State.NONE, proof, figures, due_at.date())


CONTROLS: Final = (
    Control(
        key="settings",
        title="Settings are changed by people who may, and by no other way",
        says="Every setting that was chosen, and every one that was changed behind the application and put right",
        clauses={
            "soc2": ("CC7.1", "CC8.1"),
            "pci": ("6.5.1", "10.2.1.2"),
            "hipaa": ("164.308(a)(1)(ii)(B)", "164.308(a)(8)", "164.316(b)(1)"),
        },
        events=(
            events.POLICY_CHOSEN,
            events.POLICY_DRIFTED,
            events.POLICY_BASELINE,
            events.ORIGIN_ADDED,
            events.ORIGIN_REMOVED,
            events.MASKING_CHANGED,
            events.RETENTION_CHANGED,
            events.PRE_CHAT_CHANGED,
            events.HOURS_CHANGED,
            events.FORM_TEMPLATE_CHANGED,
            events.FORM_ENDPOINT_CHANGED,
            events.TENANT_STATE_CHANGED,
            events.TENANT_REGION_CHANGED,
        ),
        rules=(entries_of("changed behind the application", events.POLICY_DRIFTED),),
        look=_settings,
        fix=Fix("organisation:sign_in_policies", "See the settings", Capability.MANAGE_SIGN_IN),
    ),
    Control(
        key="modes",
        title="HIPAA and PCI mode hold settings up",
        says="Every step by which a mode was switched, and every certificate",
        clauses={
            "soc2": ("CC8.1",),
            "pci": ("12.8.5",),
            "hipaa": ("164.308(b)(1)", "164.316(b)(1)"),
        },
        events=(events.MODE_SWITCHED, events.MODE_OFF_AGREED, events.MODE_CERTIFIED),
        rules=(entries_of("a second person agreed to switch it off", events.MODE_OFF_AGREED),),
        look=_modes,
        fix=Fix("compliance:modes", "See the modes", Capability.READ_AUDIT),
    ),
    Control(
        key="incidents",
        title="Incidents are found, seen within a day and closed in time",
        says="Every incident that was opened, decided, told of, worked on and closed",
        clauses={
            "soc2": ("CC7.2", "CC7.3", "CC7.4", "CC7.5"),
            "pci": ("12.10.1", "12.10.5", "12.10.7"),
            "hipaa": ("164.308(a)(6)(i)", "164.308(a)(6)(ii)", "164.404(b)", "164.410(b)"),
        },
        events=(
            events.INCIDENT_OPENED,
            events.INCIDENT_ACKNOWLEDGED,
            events.INCIDENT_DECIDED,
            events.INCIDENT_TOLD,
            events.INCIDENT_TASK_GIVEN,
            events.INCIDENT_TASK_DONE,
            events.INCIDENT_PEOPLE_LISTED,
            events.INCIDENT_CLOSED,
        ),
        rules=(
            unanswered(
                "seen by nobody within a day",
                (events.INCIDENT_OPENED,),
                (events.INCIDENT_ACKNOWLEDGED, events.INCIDENT_DECIDED, events.INCIDENT_CLOSED),
                days=1,
            ),
            unanswered(
                "not closed within 60 days", (events.INCIDENT_OPENED,), (events.INCIDENT_CLOSED,), days=BREACH.days
            ),
        ),
        look=_incidents,
        fix=Fix("compliance:incidents", "See them", Capability.MANAGE_INCIDENTS),
    ),
    Control(
        key="jobs",
        title="What runs by the clock is watched, and what was missed is told",
        says="Every time a job of the service worked again that was missed or had failed; that it was is an incident",
        clauses={
            "soc2": ("CC7.1", "CC7.2"),
            "pci": ("10.7.2", "10.7.3"),
            "hipaa": ("164.308(a)(1)(ii)(D)",),
        },
        events=(events.CONTROL_OVER,),
        look=_jobs,
        fix=Fix("compliance:duties", "See what else there is to do", Capability.READ_AUDIT),
    ),
    Control(
        key="trail",
        title="The audit trail is whole, and looked at",
        says="Every nightly verification of the chain, and every time somebody read or exported it",
        clauses={
            "soc2": ("CC7.2",),
            "pci": ("10.3.1", "10.3.2", "10.3.4", "10.4.1", "10.4.1.1", "10.5.1", "10.7.2"),
            "hipaa": ("164.308(a)(1)(ii)(D)", "164.312(b)", "164.312(c)(2)", "164.316(b)(2)(i)"),
        },
        events=(
            events.AUDIT_VERIFIED,
            events.AUDIT_BROKEN,
            events.AUDIT_READ,
            events.AUDIT_EXPORTED,
            events.EVIDENCE_ASKED,
            events.EVIDENCE_BUILT,
            events.EVIDENCE_DOWNLOADED,
        ),
        rules=(entries_of("the chain was found broken", events.AUDIT_BROKEN),),
        look=_trail,
        fix=Fix("compliance:trail", "See the trail", Capability.READ_AUDIT),
    ),
    Control(
        key="restoring",
        title="Backups are restored on trial",
        says="Every drill by which the operators restored a backup of the service, and what of the organisation held",
        clauses={
            "soc2": ("A1.2", "A1.3"),
            "pci": ("12.10.2",),
            "hipaa": ("164.308(a)(7)(ii)(A)", "164.308(a)(7)(ii)(D)"),
        },
        events=(events.RESTORE_DRILLED,),
        rules=(entries_of("the drill did not hold", events.RESTORE_DRILLED, held=(False,)),),
        look=_restored,
    ),
)
