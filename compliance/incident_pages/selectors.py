"""What the pages of the register show. Call these inside the tenant's scope."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from compliance import incident_notes, stored_pages
from compliance.breach import selectors as breach
from compliance.breach.regimes import KEPT, LAWS, Risk
from compliance.controls.selectors import ControlState, of_organisation, of_service
from compliance.controls.table import CONTROLS
from compliance.incident_pages.filters import RegisterForm
from compliance.incident_pages.forms import DATA
from compliance.models import Decision, Incident, IncidentClock, IncidentLine, LineKind
from helpdesk.core.paging import page_of
from tenants.models import Membership

PEOPLE_SHOWN: Final = 200
OPERATOR: Final = "Hushdesk operator"
#: What it was that does not hold, of the trail.
OF_TRAIL: Final = {
    "broken": "An entry of the audit trail was changed, or is gone.",
    "rewritten": "The audit trail was written anew, or its end was cut off, since it was last anchored.",
    "seal": "Audit entries have not been sealed for more than an hour.",
    "anchor": "The audit trail has not been anchored outside the database for more than an hour.",
}
TITLES: Final = {
    "card": "Card data in stored chats",
    "drift": "Settings changed behind the application",
    "trail": "The audit trail does not hold",
    "probe": "Somebody else has tried to get in",
    "control": "A control has failed or was missed",
    "person": "Reported by a person",
}


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident in the list."""

    incident: Incident
    title: str
    kinds: stored_pages.Kinds
    clock: IncidentClock | None
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line with its words opened."""

    line: IncidentLine
    text: str
    who: str
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided, in words."""

    is_breach: bool
    risk: str
    people: int
    data: list[str]
    laws: list[str]
    kept: list[str]
    who: str


def register(form: RegisterForm, *, number: int, now: datetime) -> dict[str, Any]:
    """Return the register: a page of the incidents looked for, the newest first, counts, and whether controls work."""
    found = Incident.objects.filter(form.wanted(now=now)) if form.is_valid() else Incident.objects.none()
    page = page_of(found.order_by("-opened_at", "-id"), number).shown(partial(_rows, now=now))
    controls: list[ControlState] = [
        *of_organisation(now=now),
        *(one for one in of_service(now=now) if one.control.told),
    ]
    return {
        "form": form,
        "page": page,
        "query": form.query(),
        "is_empty": not page.rows and not Incident.objects.exists(),
        "facts": breach.facts(now=now),
        "controls": controls,
        "now": now,
    }


def _rows(found: Sequence[Incident], *, now: datetime) -> list[IncidentRow]:
    due = breach.nearest(found)
    return [
        IncidentRow(
            one, title_of(one), stored_pages.kinds_of(one.kinds), due.get(one.id),
            one.id in due and due[one.id].is_overdue(now),
        )
        for one in found
    ]  # fmt: skip


def title_of(incident: Incident) -> str:
    """Say what it is, in a line."""
    if incident.about in CONTROLS and incident.cause == "control":
        return f"{TITLES['control']}: {CONTROLS[incident.about].title.lower()}"
    return TITLES[incident.cause]


def incident(one: Incident, member: Membership, *, now: datetime) -> dict[str, Any]:
    """Return everything about an incident; what people wrote is opened for who may read it."""
    lines = incident_notes.lines_of(one, member)
    names = _names([one.decided_by, *(line.by for line, _ in lines), *(line.done_by for line, _ in lines)])
    shown = [LineShown(line, text, _name(names, line.by), line.is_overdue(now.date())) for line, text in lines]
    return {
        "incident": one,
        "title": title_of(one),
        "what": OF_TRAIL.get(one.about, "") if one.cause == "trail" else "",
        "control": CONTROLS.get(one.about) if one.cause == "control" else None,
        "kinds": stored_pages.kinds_of(one.kinds) if one.cause in {"card", "drift"} else [],
        "people_asking": one.kinds.get("people", 0),
        "records": stored_pages.records_of(one),
        "steps": stored_pages.steps_of(one),
        "note": incident_notes.note_of(one, member),
        "reports": [each for each in shown if each.line.kind == LineKind.REPORT],
        "assessments": [each for each in shown if each.line.kind == LineKind.ASSESSMENT],
        "tasks": [each for each in shown if each.line.kind == LineKind.TASK],
        "remarks": [each for each in shown if each.line.kind in {LineKind.REMARK, LineKind.LEFT_OPEN}],
        "decided": _decided(one, names),
        "clocks": breach.clocks_of(one, now=now),
        "people": breach.people_of(one, PEOPLE_SHOWN),
        "people_count": breach.people_count(one),
        "now": now,
    }


def _decided(one: Incident, names: dict[UUID, str]) -> Decided | None:
    if one.decision == Decision.OPEN:
        return None
    told = one.verdict or {}
    laws = [law for law in told.get("laws", []) if law in LAWS]
    return Decided(
        is_breach=one.decision == Decision.BREACH,
        risk=Risk(told["risk"]).label if "risk" in told else "",
        people=told.get("people", 0),
        data=[DATA[name] for name in told.get("data", []) if name in DATA],
        laws=[LAWS[law] for law in laws],
        kept=[f"{LAWS[law]}: {KEPT[law]}" for law in laws if law in KEPT],
        who=_name(names, one.decided_by),
    )


def _names(ids: Iterable[UUID | None]) -> dict[UUID, str]:
    wanted = {one for one in ids if one is not None}
    return {one.id: one.user.name for one in Membership.objects.filter(id__in=wanted).select_related("user")}


def _name(names: dict[UUID, str], who: UUID | None) -> str:
    return "" if who is None else names.get(who, OPERATOR)
