"""Who has to take which course, until when: duties are brought up to date with roles, modes and choices.

Run again, it changes nothing. A new member takes what closes the workspace before their first access; who is there
already when a course becomes due has two weeks.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from compliance.training.catalogue import Demand, demands
from tenants.models import Membership, TrainingDuty

VALID: Final = timedelta(days=365)
GRACE: Final = timedelta(days=14)
_KEPT: Final = ["is_assigned", "closes", "guards", "assigned_at", "due_at", "reminded_days"]


def bring_up_to_date(*, now: datetime) -> int:
    """Give every member of the tenant in scope what is asked of their role, and take back what is not.

    Returns:
        How many duties are new or different.
    """
    members = list(Membership.objects.select_for_update().order_by("id"))
    return _bring_up_to_date(members, now, is_new=False)


def bring_member_up_to_date(member: Membership, *, now: datetime, is_new: bool) -> int:
    """Do the same for one member.

    Args:
        member: Of the tenant in scope.
        now: When.
        is_new: Whether they come in only now, so that what closes the workspace comes first.
    """
    return _bring_up_to_date([member], now, is_new=is_new)


def _bring_up_to_date(members: Iterable[Membership], now: datetime, *, is_new: bool) -> int:
    asked = demands()
    found = TrainingDuty.objects.filter(membership__in=[member.id for member in members])
    known: dict[tuple[object, str], TrainingDuty] = {(duty.membership_id, duty.course): duty for duty in found}
    new: list[TrainingDuty] = []
    changed = 0
    for member in members:
        wanted = {demand.course: demand for demand in asked if member.is_active and member.role in demand.roles}
        for course, demand in wanted.items():
            duty = known.pop((member.id, course), None)
            if duty is None:
                new.append(_duty(member, demand, now, is_new=is_new))
            else:
                changed += _keep(duty, demand, now, is_new=is_new)
    TrainingDuty.objects.bulk_create(new)
    return len(new) + changed + _take_back(known.values())


def _duty(member: Membership, demand: Demand, now: datetime, *, is_new: bool) -> TrainingDuty:
    return TrainingDuty(
        tenant_id=member.tenant_id,
        membership=member,
        course=demand.course,
        closes=demand.closes,
        guards=demand.guards,
        assigned_at=now,
        due_at=now if is_new and demand.closes else now + GRACE,
    )


def _keep(duty: TrainingDuty, demand: Demand, now: datetime, *, is_new: bool) -> int:
    """Bring one that is there in line with what is asked; 1 if anything is different."""
    before = {name: getattr(duty, name) for name in _KEPT}
    soon = now if is_new and demand.closes else now + GRACE
    stands = duty.completed_at is not None and duty.version >= demand.least_version
    if not duty.is_assigned:
        duty.is_assigned, duty.assigned_at = True, now
        duty.due_at = max(duty.due_at, soon) if stands else soon
    elif demand.closes and not duty.closes:
        # It was late and nothing came of it: from now on something does, and not from one moment to the next.
        duty.due_at = max(duty.due_at, soon)
    elif duty.completed_at is not None and not stands:
        duty.due_at = min(duty.due_at, now + GRACE)
    duty.closes, duty.guards = demand.closes, demand.guards
    if duty.due_at != before["due_at"]:
        duty.reminded_days = None
    if before == {name: getattr(duty, name) for name in _KEPT}:
        return 0
    duty.save(update_fields=_KEPT)
    return 1


def _take_back(duties: Iterable[TrainingDuty]) -> int:
    ids = [duty.id for duty in duties if duty.is_assigned]
    return TrainingDuty.objects.filter(id__in=ids).update(is_assigned=False) if ids else 0
