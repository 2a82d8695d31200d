"""Teams: made, named, deleted and brought back; who belongs to them; and the conversations that are passed to them."""

import unicodedata
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from chat import broadcast, teams
from chat.actions.assignment import hand_over
from chat.actions.conversations import locked
from chat.models import Conversation, Team, TeamMember
from chat.permissions import require_oversight, require_tender
from compliance import audit, audit_events
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import may, require
from tenants.roles import Capability
from tenants.text_checks import check_readable

UNDO_FOR: Final = timedelta(days=1)
MOST: Final = 50


class UnknownTeamError(Exception):
    """The organisation has no such team."""


class UnknownTeamMemberError(Exception):
    """There is no such active colleague who may answer, or they do not belong to the team."""


class TeamNameTakenError(Exception):
    """Another team has this name."""


class TooManyTeamsError(Exception):
    """The organisation has as many teams as it may."""


def create_team(*, name: str, actor: Membership, now: datetime) -> Team:
    """Make a team, of nobody yet.

    Raises:
        TeamNameTakenError, TooManyTeamsError: It can't be made.
        HoldsSensitiveDataError: The name holds a card number or the like.
    """
    require(actor, Capability.MANAGE_TEAMS)
    Team.objects.filter(deleted_at__lt=now - UNDO_FOR).delete()
    if teams.live().count() >= MOST:
        raise TooManyTeamsError
    team = Team(tenant_id=actor.tenant_id, name=_kept(name), created_at=now)
    _save(team)
    _record(actor, team, "created", now)
    return team


def rename_team(*, team_id: UUID, name: str, actor: Membership, now: datetime) -> Team:
    """Call a team something else.

    Raises:
        UnknownTeamError: There is none.
        TeamNameTakenError: Another has the name.
        HoldsSensitiveDataError: The name holds a card number or the like.
    """
    require(actor, Capability.MANAGE_TEAMS)
    team = _live(team_id)
    if team.name != (kept := _kept(name)):
        team.name = kept
        _save(team)
        _record(actor, team, "renamed", now)
    return team


def delete_team(*, team_id: UUID, actor: Membership, now: datetime) -> Team:
    """Take a team away; its conversations belong to none. For a day all of it can be brought back.

    Raises:
        UnknownTeamError: There is none.
    """
    require(actor, Capability.MANAGE_TEAMS)
    team = _live(team_id)
    team.deleted_at = now
    team.save(update_fields=["deleted_at"])
    _record(actor, team, "deleted", now)
    return team


def restore_team(*, team_id: UUID, actor: Membership, now: datetime) -> Team:
    """Bring a deleted team back, with its members and its conversations.

    Raises:
        UnknownTeamError: There is none any more.
        TeamNameTakenError: Its name was given to another meanwhile.
    """
    require(actor, Capability.MANAGE_TEAMS)
    team = _locked(team_id)
    if team.deleted_at is not None:
        team.deleted_at = None
        _save(team)
        _record(actor, team, "restored", now)
    return team


def add_to_team(*, team_id: UUID, membership_id: UUID, actor: Membership, now: datetime) -> Membership:
    """Let a colleague belong to a team.

    Raises:
        UnknownTeamError: There is none.
        UnknownTeamMemberError: The colleague is not active, or may not answer.
    """
    team = _live(team_id)
    require_tender(actor, team, membership_id)
    found = Membership.objects.filter(id=membership_id).select_related("user")
    member: Membership | None = found.select_for_update(of=("self",)).first()
    if member is None or not may(member, Capability.ANSWER_CONVERSATIONS):
        raise UnknownTeamMemberError
    _, is_new = TeamMember.objects.get_or_create(
        tenant_id=actor.tenant_id, team=team, membership=member, defaults={"joined_at": now}
    )
    if is_new:
        _record_member(Actor.member(actor), team, member, "joined", now)
    return member


def remove_from_team(*, team_id: UUID, membership_id: UUID, actor: Membership, now: datetime) -> Membership:
    """Let a colleague no longer belong to a team; what they hold stays with them.

    Raises:
        UnknownTeamError: There is none.
        UnknownTeamMemberError: The colleague does not belong to it.
    """
    team = _live(team_id)
    require_tender(actor, team, membership_id)
    row = TeamMember.objects.filter(team=team, membership_id=membership_id).select_related("membership__user").first()
    if row is None:
        raise UnknownTeamMemberError
    row.delete()
    _record_member(Actor.member(actor), team, row.membership, "left", now)
    left: Membership = row.membership
    return left


def leave_all(member: Membership, *, now: datetime) -> None:
    """Take somebody who is deactivated, or may no longer answer, out of every team."""
    for row in TeamMember.objects.filter(membership=member).select_related("team"):
        row.delete()
        _record_member(Actor.system(), row.team, member, "left", now)


def transfer_to_team(*, conversation_id: UUID, team_id: UUID | None, actor: Membership, now: datetime) -> Conversation:
    """Pass a conversation to a team: to who of it is there and holds the fewest, else to its queue. None: to no team.

    Raises:
        NotPermittedError: The role does not allow it, or a colleague holds it whom the actor does not oversee.
        UnknownTeamError: There is no such team.
    """
    require(actor, Capability.ANSWER_CONVERSATIONS)
    team = _live(team_id) if team_id is not None else None
    conversation = locked(conversation_id)
    if conversation.assignee_id not in (None, actor.id):
        require(actor, Capability.ASSIGN_CONVERSATIONS)
        require_oversight(actor, conversation)
    if conversation.team_id == team_id:
        return conversation
    conversation.team = team
    conversation.save(update_fields=["team"])
    audit.record(Actor.member(actor), audit_events.CONVERSATION_TRANSFERRED, conversation, at=now, team=team_id)
    broadcast.conversation_changed(conversation)
    if team is not None:
        holder = teams.next_holder(team.id, actor.tenant_id, but={actor.id}, now=now)
        hand_over(conversation, holder, Actor.member(actor), now)
    return conversation


def _live(team_id: UUID) -> Team:
    team = _locked(team_id)
    if team.deleted_at is not None:
        raise UnknownTeamError
    return team


def _locked(team_id: UUID) -> Team:
    team: Team | None = Team.objects.select_for_update().filter(id=team_id).first()
    if team is None:
        raise UnknownTeamError
    return team


def _kept(name: str) -> str:
    kept = " ".join(unicodedata.normalize("NFC", name).split())
    check_readable(kept)
    return kept


def _save(team: Team) -> None:
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError:
        raise TeamNameTakenError from None


def _record(actor: Membership, team: Team, act: str, now: datetime) -> None:
    audit.record(Actor.member(actor), audit_events.TEAM_CHANGED, team, at=now, act=act)
    broadcast.teams_changed(actor.tenant_id)


def _record_member(actor: Actor, team: Team, member: Membership, act: str, now: datetime) -> None:
    audit.record(actor, audit_events.TEAM_MEMBER_CHANGED, team, at=now, act=act, member=member.id)
    broadcast.teams_changed(team.tenant_id)
