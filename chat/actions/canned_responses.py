"""Replies kept for all agents. A deleted one can be brought back for a day; then its row goes with the next change."""

import re
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.views.decorators.debug import sensitive_variables

from chat.models import CannedResponse
from chat.models.canned_response import MANY_DIGITS, MAX_SHORTCUT, MAX_TEXT, SHORTCUT
from compliance import audit, audit_events, rule_sets, surfaces
from compliance.ingest import ingest
from compliance.sealed_text import seal_masked
from helpdesk.core.ids import uuid7
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability

UNDO_FOR: Final = timedelta(days=1)


class UnknownCannedResponseError(Exception):
    """There is no such canned response in the organisation."""


class BadShortcutError(Exception):
    """The short name has other than small letters, digits and hyphens, or more than four digits."""


class ShortcutTakenError(Exception):
    """Another canned response has this short name."""


def normal_shortcut(shortcut: str) -> str:
    """Return a short name as it is kept.

    Raises:
        BadShortcutError: It cannot be one.
    """
    kept = shortcut.strip().lstrip("/").lower()
    if len(kept) > MAX_SHORTCUT or not re.fullmatch(SHORTCUT, kept) or re.search(MANY_DIGITS, kept):
        raise BadShortcutError
    return kept


@sensitive_variables("text")
def create_canned_response(*, shortcut: str, text: str, actor: Membership, now: datetime) -> CannedResponse:
    """Keep a reply, masked and sealed.

    Raises:
        BadShortcutError, ShortcutTakenError: The short name cannot be this.
        MaskingError: The masker could not finish; nothing is stored.
    """
    require(actor, Capability.ANSWER_CONVERSATIONS)
    _erase_deleted(now)
    row = CannedResponse(id=uuid7(), tenant_id=actor.tenant_id, shortcut=normal_shortcut(shortcut), changed_at=now)
    _set_text(row, text)
    _save(row)
    _record(actor, row, "created", now)
    return row


@sensitive_variables("text")
def change_canned_response(
    *, canned_response_id: UUID, shortcut: str, text: str, actor: Membership, now: datetime
) -> CannedResponse:
    """Change a reply.

    Raises:
        UnknownCannedResponseError: There is none.
        BadShortcutError, ShortcutTakenError: The short name cannot be this.
        MaskingError: The masker could not finish; nothing is changed.
    """
    require(actor, Capability.ANSWER_CONVERSATIONS)
    row = _locked(canned_response_id)
    if row.deleted_at is not None:
        raise UnknownCannedResponseError
    row.shortcut, row.changed_at = normal_shortcut(shortcut), now
    _set_text(row, text)
    _save(row)
    _record(actor, row, "changed", now)
    return row


def delete_canned_response(*, canned_response_id: UUID, actor: Membership, now: datetime) -> CannedResponse:
    """Take a reply away; for a day it can be brought back.

    Raises:
        UnknownCannedResponseError: There is none.
    """
    require(actor, Capability.ANSWER_CONVERSATIONS)
    row = _locked(canned_response_id)
    _erase_deleted(now)
    if row.deleted_at is None:
        row.deleted_at = now
        row.save(update_fields=["deleted_at"])
        _record(actor, row, "deleted", now)
    return row


def restore_canned_response(*, canned_response_id: UUID, actor: Membership, now: datetime) -> CannedResponse:
    """Bring a deleted reply back.

    Raises:
        UnknownCannedResponseError: There is none any more.
        ShortcutTakenError: Its short name was given to another meanwhile.
    """
    require(actor, Capability.ANSWER_CONVERSATIONS)
    row = _locked(canned_response_id)
    if row.deleted_at is not None:
        row.deleted_at = None
        _save(row)
        _record(actor, row, "restored", now)
    return row


def _locked(canned_response_id: UUID) -> CannedResponse:
    row: CannedResponse | None = CannedResponse.objects.select_for_update().filter(id=canned_response_id).first()
    if row is None:
        raise UnknownCannedResponseError
    return row


@sensitive_variables("text")
def _set_text(row: CannedResponse, text: str) -> None:
    rule_set = rule_sets.current(row.tenant_id)
    masked = ingest(text.strip(), surface=surfaces.CANNED_RESPONSE, rule_set=rule_set, most=MAX_TEXT)
    row.text = seal_masked(CannedResponse.slot(row.tenant_id, row.id), masked)
    row.masked_with = rule_set.number


def _save(row: CannedResponse) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise ShortcutTakenError from None


def _erase_deleted(now: datetime) -> None:
    CannedResponse.objects.filter(deleted_at__lt=now - UNDO_FOR).delete()


def _record(actor: Membership, row: CannedResponse, act: str, now: datetime) -> None:
    audit.record(Actor.member(actor), audit_events.CANNED_RESPONSE_CHANGED, row, at=now, act=act)
