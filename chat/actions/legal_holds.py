"""Place legal holds, and release them by two people."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from chat import holds
from chat.holds import HoldQuery
from chat.models import Contact, Conversation, Inbox
from compliance import audit, audit_events, rule_sets, surfaces
from compliance.disposal_lock import deciding
from compliance.ingest import ingest
from compliance.models import IN_FORCE, HoldKind, LegalHold
from compliance.sealed_text import seal_masked
from helpdesk.core.ids import uuid7
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability

MAX_REASON: Final = 500
#: Each search is asked of every conversation that a purge looks at.
MAX_QUERIES: Final = 50

Target = UUID | HoldQuery


class UnknownTargetError(LookupError):
    """There is nothing to hold: no such conversation, visitor, entry or member, or it has gone already."""


class EmptyQueryError(ValueError):
    """A search that every conversation matches, or none ever will."""


class TooManyQueriesError(ValueError):
    """There are as many searches held as there may be."""


class HoldReasonMissingError(ValueError):
    """A hold is not placed without a word about why."""


class UnknownHoldError(LookupError):
    """The organisation has no such hold in force."""


class ReleaseAskedError(Exception):
    """Its release was asked for already."""


class ReleaseNotAskedError(Exception):
    """Nobody has asked for its release, or it was declined."""


class SamePersonError(Exception):
    """Whoever has asked for the release does not decide it."""


@sensitive_variables("reason")
def place_hold(*, kind: HoldKind, target: Target, reason: str, actor: Membership, now: datetime) -> LegalHold:
    """Keep what is named from every disposal, from now on until two people release it.

    A purge or an erasure that is under way comes to the end of its batch first; what is then there stays. Call it
    inside the tenant's scope.

    Raises:
        NotPermittedError: The actor may not place holds.
        HoldReasonMissingError: There is no reason.
        EmptyQueryError, TooManyQueriesError: It is no search that can be held.
        UnknownTargetError: There is nothing like that, any more.
        MaskingError: The masker could not finish; nothing is stored.
    """
    require(actor, Capability.PLACE_HOLDS)
    if not (cleaned := " ".join(reason.split())):
        raise HoldReasonMissingError
    rule_set = rule_sets.current(actor.tenant)
    masked = ingest(cleaned, surface=surfaces.HOLD_REASON, rule_set=rule_set, most=MAX_REASON)
    deciding()
    _require_target(kind, target)
    hold = LegalHold(
        id=uuid7(), tenant_id=actor.tenant_id, kind=kind, placed_by=actor, placed_at=now, masked_with=rule_set.number
    )
    if isinstance(target, HoldQuery):
        hold.query = target.stored()
    else:
        hold.target_id = target
    hold.reason = seal_masked(LegalHold.slot(hold.tenant_id, hold.id), masked)
    hold.save(force_insert=True)
    covered = holds.covered_by(hold).count()
    facts = hold.query or {"target": str(hold.target_id)}
    audit.record(
        Actor.member(actor), audit_events.HOLD_PLACED, hold, at=now, kind=kind.value, conversations=covered, **facts
    )
    return hold


def ask_release(*, hold_id: UUID, actor: Membership, now: datetime) -> LegalHold:
    """Ask that a hold be released; another person decides. Until then it stands. Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The actor may not release holds.
        UnknownHoldError: There is none in force.
        ReleaseAskedError: Somebody asked already.
    """
    require(actor, Capability.PLACE_HOLDS)
    hold = _in_force(hold_id)
    if hold.release_asked_at is not None:
        raise ReleaseAskedError
    hold.release_asked_by, hold.release_asked_at = actor, now
    hold.save(update_fields=["release_asked_by", "release_asked_at"])
    audit.record(Actor.member(actor), audit_events.HOLD_RELEASE_ASKED, hold, at=now)
    return hold


def decline_release(*, hold_id: UUID, actor: Membership, now: datetime) -> LegalHold:
    """Let a hold stand whose release was asked for; whoever has asked may take it back this way.

    Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The actor may not release holds.
        UnknownHoldError: There is none in force.
        ReleaseNotAskedError: Nobody has asked.
    """
    require(actor, Capability.PLACE_HOLDS)
    hold = _in_force(hold_id)
    if hold.release_asked_at is None:
        raise ReleaseNotAskedError
    asked_by = hold.release_asked_by_id
    hold.release_asked_by = hold.release_asked_at = None
    hold.save(update_fields=["release_asked_by", "release_asked_at"])
    audit.record(Actor.member(actor), audit_events.HOLD_RELEASE_DECLINED, hold, at=now, asked_by=asked_by)
    return hold


def release_hold(*, hold_id: UUID, actor: Membership, now: datetime) -> LegalHold:
    """Release a hold, as a second person. What it alone has kept goes by retention again from the next night on.

    Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The actor may not release holds.
        UnknownHoldError: There is none in force.
        ReleaseNotAskedError: Nobody has asked.
        SamePersonError: The actor is the one who has asked.
    """
    require(actor, Capability.PLACE_HOLDS)
    hold = _in_force(hold_id)
    if hold.release_asked_at is None:
        raise ReleaseNotAskedError
    if hold.release_asked_by_id == actor.id:
        raise SamePersonError
    hold.released_by, hold.released_at = actor, now
    hold.save(update_fields=["released_by", "released_at"])
    audit.record(
        Actor.member(actor), audit_events.HOLD_RELEASED, hold, at=now, asked_by=hold.release_asked_by_id,
        conversations=holds.covered_by(hold).count(),
    )  # fmt: skip
    return hold


def _in_force(hold_id: UUID) -> LegalHold:
    hold: LegalHold | None = LegalHold.objects.select_for_update().filter(IN_FORCE, id=hold_id).first()
    if hold is None:
        raise UnknownHoldError
    return hold


def _require_target(kind: HoldKind, target: Target) -> None:
    if isinstance(target, HoldQuery) != (kind == HoldKind.QUERY):
        raise UnknownTargetError
    if isinstance(target, HoldQuery):
        _require_query(target)
        return
    held = Contact.objects if kind == HoldKind.CONTACT else Conversation.objects
    if not held.filter(id=target).exists():
        raise UnknownTargetError


def _require_query(query: HoldQuery) -> None:
    if not query or (query.began_from and query.began_until and query.began_from > query.began_until):
        raise EmptyQueryError
    if query.inbox_id is not None and not Inbox.objects.filter(id=query.inbox_id).exists():
        raise UnknownTargetError
    if query.member_id is not None and not Membership.objects.filter(id=query.member_id).exists():
        raise UnknownTargetError
    if LegalHold.objects.filter(IN_FORCE, kind=HoldKind.QUERY).count() >= MAX_QUERIES:
        raise TooManyQueriesError
