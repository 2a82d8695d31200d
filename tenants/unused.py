"""Memberships that nobody uses: for how long, and when that ends them. Call it inside the organisation's scope."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self
from uuid import UUID

from django.db.models import F, Q, QuerySet

from helpdesk.core import stages
from tenants.gate.checks import unused_days
from tenants.models import Membership, Tenant
from tenants.policies import choices
from tenants.roles import Role

#: Days before the end at which a mail says so, and the end itself, the last first.
STAGES: Final = (0, 3, 14)
#: From how many days on a list says it.
WORTH_SAYING: Final = 14


@dataclass(frozen=True, slots=True)
class Unused:
    """For how many days a member has not been here, and when that ends their access; None where nothing does."""

    days: int
    ends_at: datetime | None
    has_ended: bool

    @classmethod
    def of(cls, member: Membership, allowed: int, *, now: datetime, is_last_owner: bool) -> Self:
        ends_at = member.used_at + timedelta(days=allowed) if allowed and not is_last_owner else None
        return cls(max((now - member.used_at).days, 0), ends_at, ends_at is not None and now >= ends_at)

    @property
    def is_worth_saying(self) -> bool:
        return self.days >= WORTH_SAYING

    def ends_soon(self, now: datetime) -> bool:
        return self.ends_at is not None and now >= self.ends_at - timedelta(days=max(STAGES))


def allowed_days(tenant_id: UUID) -> int:
    """Return after how many days the organisation in scope deactivates whoever was not here; 0 is never."""
    return unused_days(Tenant.objects.get(id=tenant_id), choices())


def last_owner() -> Membership | None:
    """Return the owner who was here last: they are never deactivated, so that an organisation keeps one."""
    owners = Membership.objects.filter(role=Role.OWNER, is_active=True, user__is_active=True)
    last: Membership | None = owners.order_by("used_at", "id").last()
    return last


def of_member(member: Membership, *, now: datetime) -> Unused:
    """Return how it stands with one member."""
    last = last_owner()
    return Unused.of(
        member, allowed_days(member.tenant_id), now=now, is_last_owner=last is not None and last.id == member.id
    )


def has_ended(member: Membership, *, now: datetime) -> bool:
    """Whether the gate is closed to a member who was not here for too long."""
    return of_member(member, now=now).has_ended


def stage_of(ends_at: datetime, now: datetime) -> int | None:
    """Return at which of the stages a membership is; None where its end is far."""
    return stages.stage_of(ends_at, now, STAGES)


def to_look_at(allowed: int, *, now: datetime) -> QuerySet[Membership]:
    """Return the active memberships that have come to a stage of which nobody was told, the longest unused first."""
    wanted = Q()
    for stage in STAGES:
        since = timedelta(days=allowed - stage)
        untold = Q(unused_told_at=None) | Q(unused_told_at__lt=F("used_at") + since)
        wanted |= Q(used_at__lte=now - since) & untold
    found: QuerySet[Membership] = Membership.objects.filter(wanted, is_active=True).order_by("used_at", "id")
    return found
