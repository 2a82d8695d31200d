"""Let somebody back in who can give none of their factors: another owner decides, or an operator before all owners.

Nobody does it for themselves, so no organisation's last owner is freed of their factor by anyone inside it.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from compliance.actions.actors import require_operator
from compliance.actions.reasons import kept_reason
from tenants import factor_mail
from tenants.actions import sessions
from tenants.actions.factor_recovery import belongs_elsewhere, take_factors_away
from tenants.actions.members import NoMemberError
from tenants.actors import Actor
from tenants.models import Membership, User
from tenants.permissions import NotPermittedError, require
from tenants.roles import Capability

BY_OPERATOR = "An operator of the service"


class OwnFactorError(Exception):
    """Nobody resets their own factor: another owner does, or an operator."""


class ElsewhereError(Exception):
    """The person belongs to another organisation too, or is an operator: one organisation can't decide this alone."""


@transaction.atomic
def reset_member_factors(*, membership_id: UUID, reason: str, actor: Membership, now: datetime) -> User:
    """Take a colleague's factors away, as an owner. Call it inside the organisation's scope.

    Raises:
        NotPermittedError: The actor is no owner.
        NoMemberError: There is no such active member.
        OwnFactorError: It is the actor's own.
        ElsewhereError: Another organisation relies on these factors as well.
        ReasonMissingError: No reason is given.
    """
    require(actor, Capability.INVITE_MEMBERS)
    kept = kept_reason(reason)
    found = Membership.objects.filter(id=membership_id, is_active=True).select_related("user")
    member = found.select_for_update(of=("self",)).first()
    if member is None:
        raise NoMemberError
    if member.user_id == actor.user_id:
        raise OwnFactorError
    person: User = member.user
    if person.is_operator or belongs_elsewhere(person, member):
        raise ElsewhereError
    owners = take_factors_away(person=person, actor=Actor.member(actor), reason=kept, now=now)
    sessions.end_all(person, now=now)
    _tell(person, owners, by=actor.user.name)
    return person


@transaction.atomic
def reset_user_factors(*, user: User, reason: str, actor: Actor, now: datetime) -> User:
    """Take a person's factors away, as an operator: for the last owner, and for people of several organisations.

    It stands in the audit trail of each of their organisations, and every other owner is told by mail.

    Raises:
        NotPermittedError: The actor is no operator, or the person is one.
        ReasonMissingError: No reason is given.
    """
    require_operator(actor)
    if user.is_operator:
        raise NotPermittedError("operators")
    owners = take_factors_away(person=user, actor=actor, reason=kept_reason(reason), now=now)
    _tell(user, owners, by=BY_OPERATOR)
    return user


def _tell(person: User, owners: list[str], *, by: str) -> None:
    factor_mail.reset(person, by=by)
    factor_mail.owners_told(owners, name=person.name, by=by)
