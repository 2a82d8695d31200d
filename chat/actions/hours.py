"""Say when the organisation is there: its week, and the days on which it is closed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from chat import broadcast
from chat.hours import MAX_CLOSED_DAYS, Hours
from chat.models import BusinessHours, ClosedDay
from chat.models.hours import MAX_DAY_NAME
from compliance import audit, audit_events
from compliance.ingest import refuse_sensitive
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability

AHEAD: Final = timedelta(days=3 * 366)


class BadClosedDayError(ValueError):
    """It has no name, or a long one, is over, or is years away."""


class TooManyClosedDaysError(Exception):
    """There are as many closed days as there may be."""


class UnknownClosedDayError(Exception):
    """There is no such day in the organisation."""


def set_hours(*, zone: str, week: Sequence[Sequence[Sequence[int]]], actor: Membership, now: datetime) -> BusinessHours:
    """Be there in these hours, and say so to visitors who come outside.

    Raises:
        NotPermittedError: The member may not.
        BadHoursError: There is no such zone, or they are no hours of a week.
    """
    require(actor, Capability.MANAGE_WIDGET)
    hours = Hours.of(zone, week)
    kept = [[[span.start, span.end] for span in day] for day in hours.week]
    row, _ = BusinessHours.objects.update_or_create(
        tenant_id=actor.tenant_id, defaults={"zone": zone, "week": kept, "is_on": True, "changed_at": now}
    )
    _record(actor, row, "set", now)
    made: BusinessHours = row
    return made


def drop_hours(*, actor: Membership, now: datetime) -> None:
    """Be there whenever somebody is. What was set is kept, to be taken up again.

    Raises:
        NotPermittedError: The member may not.
    """
    require(actor, Capability.MANAGE_WIDGET)
    row = BusinessHours.objects.select_for_update().filter(is_on=True).first()
    if row is not None:
        row.is_on, row.changed_at = False, now
        row.save(update_fields=["is_on", "changed_at"])
        _record(actor, row, "dropped", now)


def add_closed_day(*, day: date, name: str, actor: Membership, now: datetime) -> ClosedDay:
    """Be closed on a day; one that is there already is called anew.

    Raises:
        NotPermittedError: The member may not.
        BadClosedDayError: It has no name, is over, or is years away.
        HoldsSensitiveDataError: The name holds what must not be kept.
        MaskingError: That could not be looked at.
        TooManyClosedDaysError: There are as many as there may be.
    """
    require(actor, Capability.MANAGE_WIDGET)
    name, today = " ".join(name.split()), now.date()
    if not 0 < len(name) <= MAX_DAY_NAME or not today - timedelta(days=1) <= day <= today + AHEAD:
        raise BadClosedDayError
    refuse_sensitive(name)
    # What is long over says nothing any more.
    ClosedDay.objects.filter(day__lt=today - timedelta(days=31)).delete()
    if ClosedDay.objects.exclude(day=day).count() >= MAX_CLOSED_DAYS:
        raise TooManyClosedDaysError
    row, _ = ClosedDay.objects.update_or_create(tenant_id=actor.tenant_id, day=day, defaults={"name": name})
    _record(actor, row, "closed_day_added", now)
    made: ClosedDay = row
    return made


def remove_closed_day(*, closed_day_id: UUID, actor: Membership, now: datetime) -> ClosedDay:
    """Be there on a day after all.

    Raises:
        NotPermittedError: The member may not.
        UnknownClosedDayError: There is no such day.
    """
    require(actor, Capability.MANAGE_WIDGET)
    row: ClosedDay | None = ClosedDay.objects.select_for_update().filter(id=closed_day_id).first()
    if row is None:
        raise UnknownClosedDayError
    _record(actor, row, "closed_day_removed", now)
    ClosedDay.objects.filter(id=closed_day_id).delete()
    return row


def _record(actor: Membership, row: BusinessHours | ClosedDay, act: str, now: datetime) -> None:
    audit.record(Actor.member(actor), audit_events.HOURS_CHANGED, row, at=now, act=act)
    # Whoever has the chat open is told anew.
    broadcast.presence_changed(actor.tenant_id, actor.id)
