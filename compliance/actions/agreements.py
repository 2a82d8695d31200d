"""Record agreements and their end; keep the list of the service's sub-processors."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from compliance import audit, audit_events
from compliance.actions.actors import require_operator
from compliance.agreements import standing
from compliance.models import Agreement, AgreementKind, SubProcessor
from tenants.actors import Actor
from tenants.models import Membership, Tenant
from tenants.permissions import require
from tenants.policy_rows.row import Mode
from tenants.roles import Capability
from tenants.text_checks import check_readable

MAX_COUNTERPARTY: Final = 120
MAX_REFERENCE: Final = 200
OURSELVES: Final = "Hushdesk"


class UnknownAgreementError(LookupError):
    """There is no such agreement in force, any more."""


class BadSpanError(ValueError):
    """It was signed in the future, or expires before it was signed."""


def record_agreement(
    *, kind: AgreementKind, counterparty: str, reference: str, days: tuple[date, date | None], actor: Membership,
    now: datetime,
) -> Agreement:  # fmt: skip
    """Record an agreement: with whom, where it lies, from when until when. Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The actor does not keep agreements.
        BadSpanError: The days are impossible.
        HoldsSensitiveDataError: A text holds a card number or the like.
        NotCheckedError: Nobody could look.
    """
    require(actor, Capability.MANAGE_AGREEMENTS)
    signed_on, expires_on = days
    if signed_on > now.date() or (expires_on is not None and expires_on < signed_on):
        raise BadSpanError
    check_readable(counterparty)
    check_readable(reference)
    agreement: Agreement = Agreement.objects.create(
        tenant_id=actor.tenant_id, kind=kind, counterparty=counterparty[:MAX_COUNTERPARTY],
        reference=reference[:MAX_REFERENCE], signed_on=signed_on, expires_on=expires_on, recorded_at=now,
        recorded_by=actor.id,
    )  # fmt: skip
    _note(Actor.member(actor), agreement, now)
    return agreement


def record_with_mode(
    tenant: Tenant, mode: Mode, *, reference: str, signed_on: date, actor: Actor, now: datetime
) -> Agreement | None:
    """Record what was named as a mode was switched on, unless one is in force. In the scope, by who may switch.

    `reference` was masked by every rule there is.
    """
    kind = standing.OF_MODE[mode]
    if standing.in_force(kind, now=now) is not None:
        return None
    agreement: Agreement = Agreement.objects.create(
        tenant_id=tenant.id, kind=kind, counterparty=OURSELVES, reference=reference[:MAX_REFERENCE],
        signed_on=signed_on, recorded_at=now, recorded_by=actor.id,
    )  # fmt: skip
    _note(actor, agreement, now)
    return agreement


def end_agreement(*, agreement_id: UUID, actor: Membership, now: datetime) -> Agreement:
    """Say that an agreement is over, or was replaced. Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The actor does not keep agreements.
        UnknownAgreementError: There is none.
    """
    require(actor, Capability.MANAGE_AGREEMENTS)
    rows = Agreement.objects.select_for_update().filter(id=agreement_id, ended_at=None)
    agreement: Agreement | None = rows.first()
    if agreement is None:
        raise UnknownAgreementError
    agreement.ended_at, agreement.ended_by = now, actor.id
    agreement.save(update_fields=["ended_at", "ended_by"])
    audit.record(Actor.member(actor), audit_events.AGREEMENT_ENDED, agreement, at=now, kind=agreement.kind)
    return agreement


@transaction.atomic
def add_subprocessor(
    *, name: str, purpose: str, place: str, starts_on: date, actor: Actor, now: datetime
) -> SubProcessor:
    """Put a company on the list; every organisation that was there before is told by mail.

    Raises:
        NotPermittedError: The actor is no active operator.
        HoldsSensitiveDataError, NotCheckedError: A text may not be kept readable.
    """
    require_operator(actor)
    for text in (name, purpose, place):
        check_readable(text)
    one: SubProcessor = SubProcessor.objects.create(
        name=name, purpose=purpose, place=place, starts_on=starts_on, announced_at=now
    )
    audit.record_of_operators(actor.id, audit_events.SUBPROCESSOR_ADDED, one, at=now, starts_on=starts_on.isoformat())
    return one


@transaction.atomic
def end_subprocessor(*, subprocessor: SubProcessor, actor: Actor, now: datetime) -> SubProcessor:
    """Take a company off the list: it handles nothing any more.

    Raises:
        NotPermittedError: The actor is no active operator.
    """
    require_operator(actor)
    if SubProcessor.objects.filter(id=subprocessor.id, ended_at=None).update(ended_at=now):
        audit.record_of_operators(actor.id, audit_events.SUBPROCESSOR_ENDED, subprocessor, at=now)
    return subprocessor


def _note(actor: Actor, agreement: Agreement, now: datetime) -> None:
    audit.record(
        actor, audit_events.AGREEMENT_RECORDED, agreement, at=now, kind=agreement.kind,
        signed_on=agreement.signed_on.isoformat(),
        expires_on=agreement.expires_on.isoformat() if agreement.expires_on else None,
    )  # fmt: skip
