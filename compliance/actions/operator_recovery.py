"""An operator who can give none of their factors: one colleague asks for the reset, another agrees.

The database holds the three apart, and keeps the operators' role from taking an operator's factors away otherwise.
"""

from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from compliance import audit, audit_events
from compliance.actions.actors import require_operator
from compliance.actions.reasons import kept_reason
from compliance.models import OperatorReset
from tenants import factor_mail, mail
from tenants.actions.factor_recovery import take_factors_away
from tenants.actors import Actor
from tenants.mail import Mail, MailNotSentError
from tenants.models import User

BY_COMMAND: Final = "whoever runs the server"


class AlreadyAskedError(Exception):
    """It is asked for already, and waits for an answer."""


class NoResetError(Exception):
    """Nobody asks that, or no longer; or whom it is about, or who asked, is no operator any more."""


class SameOperatorError(Exception):
    """Whom it is about, who asks and who agrees are three different people."""


@transaction.atomic
def ask_reset(*, user: User, reason: str, actor: Actor, now: datetime) -> OperatorReset:
    """Ask that an operator's factors be taken away. All other operators are told by mail.

    Raises:
        NotPermittedError: The actor is no operator.
        NoResetError: The person is none, or is shut out.
        SameOperatorError: It is the actor's own.
        AlreadyAskedError: It was asked already.
        ReasonMissingError: No reason is given.
    """
    require_operator(actor)
    kept = kept_reason(reason)
    if not (user.is_operator and user.is_active):
        raise NoResetError
    if user.id == actor.id:
        raise SameOperatorError
    for lapsed in OperatorReset.objects.filter(user=user, decided_at=None).select_for_update():
        if lapsed.is_open(now):
            raise AlreadyAskedError
        _decide(lapsed, None, now)
    asker = User.objects.only("name").get(id=str(actor.id))
    try:
        with transaction.atomic():
            reset: OperatorReset = OperatorReset.objects.create(user=user, reason=kept, asked_by=asker, asked_at=now)
    except IntegrityError:
        raise AlreadyAskedError from None
    audit.record_of_operators(asker.id, audit_events.OPERATOR_RESET_ASKED, reset, at=now, about=user.id, reason=kept)
    _tell(Mail.OPERATOR_RESET_ASKED, user, by=asker.name, but={asker.id, user.id})
    return reset


@transaction.atomic
def approve_reset(*, reset_id: UUID, actor: Actor, now: datetime) -> User:
    """Agree: the factors are gone, every session ends, and all operators are told.

    Raises:
        NotPermittedError: The actor is no operator.
        NoResetError: Nobody asks that, or no longer.
        SameOperatorError: The actor asked it, or it is about them.
    """
    require_operator(actor)
    reset = _locked(reset_id, now)
    if actor.id in {reset.asked_by_id, reset.user_id}:
        raise SameOperatorError
    decider = User.objects.only("name").get(id=str(actor.id))
    # Before the factors go: the database looks for it.
    _decide(reset, decider, now, is_approved=True)
    person: User = reset.user
    take_factors_away(person=person, actor=actor, reason=reset.reason, now=now)
    factor_mail.reset(person, by=decider.name)
    _tell(Mail.OPERATOR_RESET, person, by=f"{reset.asked_by.name} and {decider.name}", but={person.id})
    return person


@transaction.atomic
def decline_reset(*, reset_id: UUID, actor: Actor, now: datetime) -> OperatorReset:
    """Decline, or take back what one has asked.

    Raises:
        NotPermittedError: The actor is no operator.
        NoResetError: Nobody asks that, or no longer.
    """
    require_operator(actor)
    reset = _locked(reset_id, now)
    return _decide(reset, User.objects.only("name").get(id=str(actor.id)), now)


@transaction.atomic
def reset_by_command(*, user: User, reason: str, now: datetime) -> None:
    """Take an operator's factors away by whoever runs the server: the last one has nobody to agree.

    Raises:
        NoResetError: The person is no operator.
        ReasonMissingError: No reason is given.
    """
    kept = kept_reason(reason)
    if not user.is_operator:
        raise NoResetError
    take_factors_away(person=user, actor=Actor.system(), reason=kept, now=now)
    audit.record_of_operators(user.id, audit_events.OPERATOR_RESET_BY_COMMAND, user, at=now, reason=kept)
    factor_mail.reset(user, by=BY_COMMAND.capitalize())
    _tell(Mail.OPERATOR_RESET, user, by=BY_COMMAND, but={user.id})


def _locked(reset_id: UUID, now: datetime) -> OperatorReset:
    """Two who decide at once take turns: the second finds what the first has left."""
    rows = OperatorReset.objects.filter(
        id=reset_id, decided_at=None, user__is_operator=True, asked_by__is_operator=True, asked_by__is_active=True
    )
    people = rows.select_related("user", "asked_by").defer("user__password", "asked_by__password")
    reset: OperatorReset | None = people.select_for_update(of=("self",)).first()
    if reset is None or not reset.is_open(now):
        raise NoResetError
    return reset


def _decide(reset: OperatorReset, decider: User | None, now: datetime, *, is_approved: bool = False) -> OperatorReset:
    reset.decided_by, reset.decided_at, reset.is_approved = decider, now, is_approved
    reset.save(update_fields=["decided_by", "decided_at", "is_approved"])
    noted = decider.id if decider is not None else reset.asked_by_id
    audit.record_of_operators(
        noted, audit_events.OPERATOR_RESET_DECIDED, reset, at=now, about=reset.user_id, approved=is_approved,
        by_time=decider is None,
    )  # fmt: skip
    return reset


def _tell(one: Mail, person: User, *, by: str, but: set[UUID]) -> None:
    others = User.objects.filter(is_operator=True, is_active=True).exclude(id__in=but)
    addresses = list(others.order_by("email").values_list("email", flat=True))
    transaction.on_commit(partial(_send, one, addresses, name=person.name, by=by), robust=True)


def _send(one: Mail, addresses: list[str], **facts: str) -> None:
    link = f"{settings.SITE_URL}{reverse('admin:compliance_operatorreset_changelist')}"
    for address in addresses:
        try:
            mail.send(one, address, link=link, **facts)
        except MailNotSentError:
            continue  # it is logged there, and the operators' trail has it too
