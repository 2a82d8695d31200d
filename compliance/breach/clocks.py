"""The clocks of an incident: one to decide by, and those that follow from the decision. Inside the tenant's scope."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from compliance.breach.regimes import DECIDE, REGIMES, Regime, Risk, following
from compliance.models import Incident, IncidentClock


def start_deciding(incident: Incident) -> IncidentClock:
    """Start the clock of an incident that was just opened."""
    return _start(incident, REGIMES[DECIDE])


def follow(incident: Incident, laws: Collection[str], risk: Risk, people: int) -> list[IncidentClock]:
    """Let those clocks run that a breach has to be told by, and no others; what was told already stays said.

    One that runs is set anew: when it was known, or how many are concerned, may be known better by now.
    """
    wanted = {one.key: one for one in following(laws, risk, people)}
    known: dict[str, IncidentClock] = {one.regime: one for one in of(incident) if one.regime != DECIDE}
    for name, clock in known.items():
        if clock.done_at is not None:
            continue
        if name in wanted:
            _set(clock, wanted[name], incident.clocks_from)
        else:
            clock.delete()
    return [known[name] if name in known else _start(incident, regime) for name, regime in wanted.items()]


def _set(clock: IncidentClock, regime: Regime, since: datetime) -> None:
    if clock.started_at == since:
        return
    clock.started_at, clock.due_at = since, regime.due(since)
    clock.reminded_at = clock.overdue_told_at = None
    clock.save(update_fields=["started_at", "due_at", "reminded_at", "overdue_told_at"])


def decided(incident: Incident, by: UUID | None, now: datetime) -> None:
    """Stop the clock to decide by."""
    waiting = IncidentClock.objects.filter(incident=incident, regime=DECIDE, done_at=None)
    waiting.update(done_at=now, done_by=by)


def of(incident: Incident) -> list[IncidentClock]:
    """Return an incident's clocks, the nearest first."""
    return list(IncidentClock.objects.filter(incident=incident).order_by("due_at", "regime"))


def running(incident: Incident) -> list[IncidentClock]:
    """Return those that nobody has said to be done."""
    return [one for one in of(incident) if one.done_at is None]


def _start(incident: Incident, regime: Regime) -> IncidentClock:
    since = incident.clocks_from
    clock: IncidentClock = IncidentClock.objects.create(
        tenant_id=incident.tenant_id, incident=incident, regime=regime.key, started_at=since, due_at=regime.due(since)
    )
    return clock
