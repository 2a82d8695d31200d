"""How the controls stand, for pages, the evidence and monitoring. Call those of an organisation inside its scope."""

from dataclasses import dataclass
from datetime import datetime

from compliance.controls.table import CONTROLS, OF_SERVICE, OF_TENANTS, Control
from compliance.controls.watch import Row, is_missed
from compliance.models import ControlRun, ServiceControl


@dataclass(frozen=True, slots=True)
class ControlState:
    """One control: when it last worked, and what is amiss. `is_new`: it is expected, and was not due yet."""

    control: Control
    last_ok_at: datetime | None
    is_missed: bool
    failures: int
    why: str

    @property
    def works(self) -> bool:
        return not (self.is_missed or self.failures)

    @property
    def is_new(self) -> bool:
        return self.works and self.last_ok_at is None


def of_organisation(*, now: datetime) -> list[ControlState]:
    """Return the organisation's own controls, in the order of the table."""
    rows = {row.control: row for row in ControlRun.objects.filter(control__in=[one.key for one in OF_TENANTS])}
    return [_state(one, rows.get(one.key), now) for one in OF_TENANTS]


def of_service(*, now: datetime) -> list[ControlState]:
    """Return those that run for all organisations at once, as far as they are in use."""
    rows = {row.control: row for row in ServiceControl.objects.all()}
    used = [one for one in OF_SERVICE if one.limit is not None or one.key in rows]
    return [_state(one, rows.get(one.key), now) for one in used]


def amiss(states: list[ControlState]) -> list[ControlState]:
    """Return those that do not work."""
    return [one for one in states if not one.works]


def _state(control: Control, row: Row | None, now: datetime) -> ControlState:
    if row is None:
        return ControlState(control, None, False, 0, "")
    return ControlState(control, row.last_ok_at, is_missed(row, CONTROLS[control.key], now), row.failures, row.why)
