"""Reads of teams: which there are, who belongs to them, and whom of them to give a conversation. Inside the scope."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import redis
from django.db.models import Count, QuerySet

from chat import presence
from chat.models import Conversation, Status, Team, TeamMember
from tenants.models import Membership
from tenants.permissions import may
from tenants.roles import Capability
from tenants.training import lapsed_members


@dataclass(frozen=True, slots=True)
class TeamPage:
    """A team as the list shows it: who belongs to it, and how many open conversations do."""

    team: Team
    members: list[Membership]
    open_count: int
    can_tend: bool


def live() -> QuerySet[Team]:
    """Return the teams there are, by name."""
    found: QuerySet[Team] = Team.objects.filter(deleted_at=None).order_by("name", "id")
    return found


def deleted() -> list[Team]:
    """Return those that can still be brought back, the last deleted first."""
    return list(Team.objects.exclude(deleted_at=None).order_by("-deleted_at"))


def of_member(membership_id: UUID) -> set[UUID]:
    """Return the teams a member belongs to."""
    found = TeamMember.objects.filter(membership_id=membership_id, team__deleted_at=None)
    return set(found.values_list("team_id", flat=True))


def pages(viewer: Membership) -> list[TeamPage]:
    """Return every team, with what the viewer may do about it."""
    listed = list(live())
    belonging: dict[UUID, list[Membership]] = {team.id: [] for team in listed}
    rows = TeamMember.objects.filter(team__deleted_at=None).select_related("membership__user")
    for row in rows.order_by("membership__user__name", "id"):
        belonging[row.team_id].append(row.membership)
    counted = Conversation.objects.begun().open().exclude(team=None).values_list("team_id").annotate(Count("id"))
    counts, manages = dict(counted.order_by()), may(viewer, Capability.MANAGE_TEAMS)
    return [
        TeamPage(
            team,
            belonging[team.id],
            counts.get(team.id, 0),
            can_tend=manages or any(member.id == viewer.id for member in belonging[team.id]),
        )
        for team in listed
    ]


def could_belong() -> list[Membership]:
    """Return whom a team can be made of: who may answer, by name."""
    members = Membership.objects.filter(is_active=True).select_related("user").order_by("user__name", "id")
    return [member for member in members if may(member, Capability.ANSWER_CONVERSATIONS)]


def next_holder(team_id: UUID | None, tenant_id: UUID, *, but: Collection[UUID], now: datetime) -> Membership | None:
    """Return who of a team takes a conversation: of those who are there, who holds the fewest; None is the queue.

    Args:
        team_id: The team; None is no team, so the queue.
        tenant_id: Of the tenant in scope.
        but: Members who are not meant: who gives it away, or had to leave.
        now: The present.
    """
    if team_id is None:
        return None
    rows = TeamMember.objects.filter(team_id=team_id, team__deleted_at=None, membership__is_active=True)
    members = [row.membership for row in rows.exclude(membership_id__in=but).select_related("membership__user")]
    if not members:
        return None
    try:
        there = presence.statuses(tenant_id, now=now)
    except redis.RedisError:
        return None  # nobody can be said to be there: the queue is for everyone
    lapsed = lapsed_members(before=now)
    ready = [
        member
        for member in members
        if there.get(member.id) == Status.ONLINE
        and member.id not in lapsed
        and may(member, Capability.ANSWER_CONVERSATIONS)
    ]
    counted = Conversation.objects.open().filter(assignee__in=[member.id for member in ready])
    held = dict(counted.values_list("assignee_id").annotate(Count("id")).order_by())
    return min(ready, key=lambda member: (held.get(member.id, 0), member.id), default=None)
