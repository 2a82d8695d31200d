"""Controls of the register of incidents, of reviews of access, of agreements, and of what runs by the clock."""

from datetime import datetime
from typing import Final

from compliance import audit_events as events
from compliance.agreements import standing
from compliance.breach import selectors as breach
from compliance.controls.selectors import amiss, of_organisation
from compliance.evidence.controls.control import Control, Fix, Standing, State, entries_of, unanswered
from compliance.evidence.controls.counting import plural
from compliance.reviews import cycle
from tenants.models import Tenant
from tenants.policies import modes_on
from tenants.roles import Capability

#: 45 CFR 164.404(b): without unreasonable delay and in no case later than 60 calendar days.
BREACH_DAYS: Final = 60


def _incidents(_: Tenant, now: datetime) -> Standing:
    found = breach.facts(now=now)
    if not found.open:
        return Standing(State.OK, "No incident is open.", {"open": 0})
    proof = f"{plural(found.open, 'incident')} open, {found.undecided} to be decided on, " + (
        f"{plural(found.overdue, 'deadline')} over." if found.overdue else "no deadline over."
    )
    figures = {"open": found.open, "undecided": found.undecided, "overdue": found.overdue}
    due_on = None if found.next_due_at is None else found.next_due_at.date()
    return Standing(State.FAILING if found.overdue else State.DUE, proof, figures, due_on)


def _reviews(tenant: Tenant, now: datetime) -> Standing:
    found = cycle.facts(tenant, now=now)
    signed = "None was signed yet." if found.last_signed_at is None else f"Signed on {found.last_signed_at:%d %B %Y}."
    state = State.FAILING if found.is_overdue else State.DUE if found.is_due else State.OK
    return Standing(state, signed, {"every_days": found.every_days}, found.due_at.date())


def _agreements(tenant: Tenant, now: datetime) -> Standing:
    found = standing.facts(now=now)
    missing = sum(standing.in_force(standing.OF_MODE[mode], now=now) is None for mode in modes_on(tenant))
    figures = {"in_force": found.in_force, "expiring": found.expiring, "expired": found.expired, "missing": missing}
    proof = f"{found.in_force} in force, {found.expiring} about to expire, {found.expired} expired."
    if found.expired or missing:
        return Standing(State.FAILING, proof, figures, found.next_expiry_on)
    if not found.in_force:
        return Standing(State.NONE, "None is recorded.", figures)
    return Standing(State.DUE if found.expiring else State.OK, proof, figures, found.next_expiry_on)


def _scheduled(_: Tenant, now: datetime) -> Standing:
    states = of_organisation(now=now)
    bad, new = amiss(states), [one for one in states if one.is_new]
    figures = {"controls": len(states), "amiss": len(bad)}
    if bad:
        return Standing(State.FAILING, f"Missed or failing: {'; '.join(one.control.title for one in bad)}.", figures)
    if len(new) == len(states):
        return Standing(State.NONE, "None was due yet.", figures)
    return Standing(State.OK, f"{len(states) - len(new)} of {len(states)} did their work in time.", figures)


CONTROLS: Final = (
    Control(
        key="incidents",
        title="Incidents are found, decided on within a day, and told in time",
        says="Every incident that was opened, decided on, told of and closed",
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
                "not closed within 60 days", (events.INCIDENT_OPENED,), (events.INCIDENT_CLOSED,), days=BREACH_DAYS
            ),
            entries_of("told after its deadline", events.INCIDENT_TOLD, in_time=(False,)),
        ),
        look=_incidents,
        fix=Fix("compliance:incidents", "See them", Capability.MANAGE_INCIDENTS),
    ),
    Control(
        key="reviews",
        title="Access is reviewed every six months",
        says="Every access review that was begun and signed",
        clauses={"soc2": ("CC6.2", "CC6.3"), "pci": ("7.2.4",), "hipaa": ("164.308(a)(4)(ii)(C)",)},
        events=(events.REVIEW_BEGUN, events.REVIEW_EXTENDED, events.REVIEW_DECIDED, events.REVIEW_SIGNED),
        rules=(unanswered("not signed within a month", (events.REVIEW_BEGUN,), (events.REVIEW_SIGNED,), days=30),),
        look=_reviews,
        fix=Fix("compliance:reviews", "Review it", Capability.REVIEW_ACCESS),
    ),
    Control(
        key="agreements",
        title="Agreements are in force with whoever handles data",
        says="Every agreement that was recorded, and its end",
        clauses={
            "soc2": ("CC9.2",),
            "pci": ("12.8.2", "12.8.5", "12.9.2"),
            "hipaa": ("164.308(b)(1)", "164.504(e)"),
        },
        events=(events.AGREEMENT_RECORDED, events.AGREEMENT_ENDED),
        look=_agreements,
        fix=Fix("compliance:agreements", "See them", Capability.READ_AUDIT),
    ),
    Control(
        key="scheduled",
        title="Controls that run by the clock do their work, and somebody is told where one does not",
        says="Every control that was missed or failed",
        clauses={"soc2": ("CC7.1", "CC4.1"), "pci": ("10.7.2", "10.7.3"), "hipaa": ("164.308(a)(8)",)},
        events=(events.INCIDENT_OPENED,),
        where={"cause": ("control", "trail")},
        rules=(entries_of("missed or failing", events.INCIDENT_OPENED, cause=("control", "trail")),),
        look=_scheduled,
        fix=Fix("compliance:incidents", "See them", Capability.MANAGE_INCIDENTS),
    ),
)
