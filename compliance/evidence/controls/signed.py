"""Controls of what people sign for and answer: access reviews, agreements, what visitors ask about their data."""

from datetime import datetime
from typing import Final

from compliance import audit_events as events
from compliance.agreements import standing
from compliance.evidence.controls.control import Control, Fix, Standing, State, unanswered
from compliance.evidence.controls.counting import plural
from compliance.models import OPEN_REQUEST, SubjectRequest
from compliance.request_queue import SOON
from compliance.reviews import cycle
from tenants.models import Tenant
from tenants.roles import Capability


def _reviews(tenant: Tenant, now: datetime) -> Standing:
    facts = cycle.facts(tenant, now=now)
    state = State.FAILING if facts.is_overdue else State.DUE if facts.is_due else State.OK
    signed = f"last signed on {facts.last_signed_at:%d %B %Y}" if facts.last_signed_at else "never signed so far"
    proof = f"Who has access is looked at every {plural(facts.every_days, 'day')}, {signed}."
    return Standing(state, proof, {"undecided": facts.undecided}, facts.due_at.date())


def _agreements(_: Tenant, now: datetime) -> Standing:
    facts = standing.facts(now=now)
    figures = {"in_force": facts.in_force, "expiring": facts.expiring, "expired": facts.expired}
    if not facts.in_force and not facts.expired:
        return Standing(State.NONE, "No agreement is recorded.", figures)
    proof = f"{plural(facts.in_force, 'agreement')} in force, {facts.expiring} expiring soon, {facts.expired} expired."
    state = State.FAILING if facts.expired else State.DUE if facts.expiring else State.OK
    return Standing(state, proof, figures, facts.next_expiry_on)


def _requests(_: Tenant, now: datetime) -> Standing:
    mine = SubjectRequest.objects.filter(OPEN_REQUEST)
    count, overdue = mine.count(), mine.filter(due_at__lte=now).count()
    due_at = mine.order_by("due_at").values_list("due_at", flat=True).first()
    if due_at is None:
        return Standing(State.OK, "No request is open.", {"open": 0, "overdue": 0})
    state = State.FAILING if overdue else State.DUE if due_at <= now + SOON else State.OK
    figures = {"open": count, "overdue": overdue}
    return Standing(state, f"{plural(count, 'request')} open, {overdue} overdue.", figures, due_at.date())


CONTROLS: Final = (
    Control(
        key="reviews",
        title="Who has access is looked at regularly, and signed for",
        says="Every access review that was begun, decided person by person, and signed",
        clauses={
            "soc2": ("CC6.2", "CC6.3"),
            "pci": ("7.2.4",),
            "hipaa": ("164.308(a)(3)(ii)(B)", "164.308(a)(4)(ii)(C)"),
        },
        events=(events.REVIEW_BEGUN, events.REVIEW_DECIDED, events.REVIEW_SIGNED),
        rules=(unanswered("not signed within a month", (events.REVIEW_BEGUN,), (events.REVIEW_SIGNED,), days=30),),
        look=_reviews,
        fix=Fix("compliance:reviews", "Review it", Capability.REVIEW_ACCESS),
    ),
    Control(
        key="agreements",
        title="Agreements with whoever handles data are signed and in force",
        says="Every agreement and sub-processor that was recorded, and every one that ended",
        clauses={
            "soc2": ("C1.1", "P6.4"),
            "pci": ("12.8.1", "12.8.2", "12.8.5"),
            "hipaa": ("164.308(b)(1)", "164.308(b)(3)", "164.314(a)(2)(i)"),
        },
        events=(
            events.AGREEMENT_RECORDED,
            events.AGREEMENT_ENDED,
            events.SUBPROCESSOR_ADDED,
            events.SUBPROCESSOR_ENDED,
        ),
        look=_agreements,
        fix=Fix("compliance:agreements", "See them", Capability.READ_AUDIT),
    ),
    Control(
        key="requests",
        title="What visitors ask about their data is answered in time",
        says="Every data request that was opened, each step of it, and its end",
        clauses={"soc2": ("P5.1", "P5.2", "P8.1"), "pci": (), "hipaa": ("164.524(b)(2)", "164.526(b)(2)")},
        events=(
            events.REQUEST_OPENED,
            events.REQUEST_IDENTITY_ASKED,
            events.REQUEST_IDENTITY_KNOWN,
            events.REQUEST_EXTENDED,
            events.REQUEST_PROPOSED,
            events.REQUEST_SENT_BACK,
            events.REQUEST_AGREED,
            events.REQUEST_RECTIFIED,
            events.REQUEST_OBJECTED,
            events.REQUEST_RESTRICTED,
            events.REQUEST_LIFTED,
            events.REQUEST_ARCHIVED,
            events.REQUEST_ARCHIVE_TAKEN,
            events.REQUEST_HELD,
            events.REQUEST_ERASED,
            events.REQUEST_CLOSED,
        ),
        rules=(unanswered("not closed within 90 days", (events.REQUEST_OPENED,), (events.REQUEST_CLOSED,), days=90),),
        look=_requests,
        fix=Fix("chat:requests", "See them", Capability.HANDLE_REQUESTS),
    ),
)
