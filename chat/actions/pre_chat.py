"""What a widget asks before the first message."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Max
from django.views.decorators.debug import sensitive_variables

from chat.models import Inbox, PreChatField, PreChatKind
from chat.models.pre_chat import MAX_CUSTOM_FIELDS, MAX_LABEL
from compliance import audit, audit_events, rule_sets, surfaces
from compliance.ingest import ingest
from compliance.sealed_text import seal_masked
from helpdesk.core.ids import uuid7
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability

TYPED: Final = (PreChatKind.NAME, PreChatKind.EMAIL, PreChatKind.PHONE)


class TooManyQuestionsError(Exception):
    """There are as many questions of one's own as a visitor can be asked."""


class UnknownQuestionError(Exception):
    """There is no such question in the organisation."""


def choose_typed_fields(*, inbox_id: UUID, wanted: Mapping[PreChatKind, str], actor: Membership, now: datetime) -> None:
    """Set which of name, e-mail and phone are asked: "off", "optional" or "required" for each.

    Raises:
        Inbox.DoesNotExist: There is no such inbox in the organisation.
    """
    require(actor, Capability.MANAGE_WIDGET)
    inbox = Inbox.objects.select_for_update().get(id=inbox_id)
    number = rule_sets.current(actor.tenant_id).number
    for position, kind in enumerate(TYPED):
        rows = PreChatField.objects.filter(inbox=inbox, kind=kind)
        how = wanted.get(kind, "off")
        if how == "off":
            rows.delete()
        elif not rows.update(is_required=how == "required"):
            _create(inbox, kind, position, number, is_required=how == "required")
    _record(actor, inbox, "typed fields", now)


@sensitive_variables("label")
def add_question(*, inbox_id: UUID, label: str, is_required: bool, actor: Membership, now: datetime) -> PreChatField:
    """Ask one more thing, in the organisation's own words, masked and sealed.

    Raises:
        TooManyQuestionsError: There are as many as there may be.
        MaskingError: The masker could not finish; nothing is stored.
    """
    require(actor, Capability.MANAGE_WIDGET)
    rule_set = rule_sets.current(actor.tenant_id)
    masked = ingest(" ".join(label.split()), surface=surfaces.PRE_CHAT_LABEL, rule_set=rule_set, most=MAX_LABEL)
    inbox = Inbox.objects.select_for_update().get(id=inbox_id)
    custom = PreChatField.objects.filter(inbox=inbox, kind=PreChatKind.CUSTOM)
    if custom.count() >= MAX_CUSTOM_FIELDS:
        raise TooManyQuestionsError
    last = custom.aggregate(last=Max("position"))["last"]
    row = _new(inbox, PreChatKind.CUSTOM, (last if last is not None else len(TYPED)) + 1, rule_set.number, is_required)
    row.label = seal_masked(PreChatField.slot(row.tenant_id, row.id), masked)
    row.save(force_insert=True)
    _record(actor, inbox, "added", now)
    return row


def remove_question(*, pre_chat_field_id: UUID, actor: Membership, now: datetime) -> None:
    """Ask a thing no more. What was answered stays with its conversation.

    Raises:
        UnknownQuestionError: There is no such question.
    """
    require(actor, Capability.MANAGE_WIDGET)
    row = PreChatField.objects.filter(id=pre_chat_field_id).select_related("inbox").first()
    if row is None:
        raise UnknownQuestionError
    inbox = row.inbox
    row.delete()
    _record(actor, inbox, "removed", now)


def _create(inbox: Inbox, kind: PreChatKind, position: int, number: int, *, is_required: bool) -> None:
    _new(inbox, kind, position, number, is_required).save(force_insert=True)


def _new(inbox: Inbox, kind: PreChatKind, position: int, number: int, is_required: bool) -> PreChatField:
    return PreChatField(
        id=uuid7(),
        tenant_id=inbox.tenant_id,
        inbox=inbox,
        key=secrets.token_hex(4),
        kind=kind,
        is_required=is_required,
        position=position,
        masked_with=number,
    )


def _record(actor: Membership, inbox: Inbox, act: str, now: datetime) -> None:
    audit.record(Actor.member(actor), audit_events.PRE_CHAT_CHANGED, inbox, at=now, act=act)
