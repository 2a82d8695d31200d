"""The report of an incident: what it was, what was decided, who was told and when. Counts and times, no values."""

import json
from collections import Counter
from datetime import datetime
from typing import Any

from compliance.breach.regimes import DECIDE, KEPT, LAWS, REGIMES
from compliance.breach.selectors import people_count
from compliance.models import Incident, IncidentClock, IncidentLine, IncidentRecord, IncidentState, LineKind

VERSION = 1


def facts_of(incident: Incident, *, now: datetime) -> dict[str, Any]:
    """Return the report. Inside the tenant's scope. What people wrote stays in the register, sealed."""
    lines = list(IncidentLine.objects.filter(incident=incident))
    tasks = [line for line in lines if line.kind == LineKind.TASK]
    verdict = incident.verdict or {}
    return {
        "report": VERSION,
        "made_at": now.isoformat(),
        "incident": str(incident.id),
        "reference": incident.reference,
        "organisation": str(incident.tenant_id),
        "cause": incident.cause,
        "about": incident.about,
        "state": incident.state,
        "opened_at": incident.opened_at.isoformat(),
        "known_at": incident.clocks_from.isoformat(),
        "acknowledged_at": _at(incident.acknowledged_at),
        "closed_at": _at(incident.closed_at),
        "found": dict(incident.kinds),
        "times_or_texts": incident.records,
        "places": _places(incident),
        "decision": {
            "is_breach": incident.decision or "undecided",
            "decided_at": _at(incident.decided_at),
            "decided_by": None if incident.decided_by is None else str(incident.decided_by),
            "risk": verdict.get("risk"),
            "people": verdict.get("people"),
            "kinds_of_data": verdict.get("data", []),
            "laws": [LAWS[law] for law in verdict.get("laws", []) if law in LAWS],
        },
        "people_listed": people_count(incident),
        "deadlines": [_deadline(clock, now) for clock in _clocks(incident)],
        "tasks": {"given": len(tasks), "done": sum(task.done_at is not None for task in tasks)},
        "lines": dict(sorted(Counter(line.kind for line in lines).items())),
        "left_open": any(line.kind == LineKind.LEFT_OPEN for line in lines),
        "is_closed": incident.state == IncidentState.CLOSED,
        "to_be_kept": {law: KEPT[law] for law in verdict.get("laws", []) if law in KEPT},
    }


def document(incident: Incident, *, now: datetime) -> str:
    """Return the report as it is downloaded."""
    return json.dumps(facts_of(incident, now=now), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _clocks(incident: Incident) -> list[IncidentClock]:
    return list(IncidentClock.objects.filter(incident=incident).order_by("due_at", "regime"))


def _deadline(clock: IncidentClock, now: datetime) -> dict[str, Any]:
    regime = REGIMES[clock.regime]
    return {
        "whom": "decision" if clock.regime == DECIDE else regime.whom,
        "clause": regime.clause,
        "named_by_the_rule": regime.is_firm,
        "from": clock.started_at.isoformat(),
        "due": clock.due_at.isoformat(),
        "done": _at(clock.done_at),
        "in_time": clock.done_at <= clock.due_at if clock.done_at else None if clock.due_at >= now else False,
    }


def _places(incident: Incident) -> dict[str, int]:
    rows = IncidentRecord.objects.filter(incident=incident).order_by("record_kind")
    return dict(Counter(rows.values_list("record_kind", flat=True)))


def _at(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
