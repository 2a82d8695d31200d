"""Erase conversations that are past their time, and people of whom nothing is left."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Greatest

from chat import broadcast, people
from chat.actions import form_endings
from chat.models import (
    Assignment,
    Availability,
    BusinessHours,
    CannedResponse,
    ClosedDay,
    ConsentReceipt,
    Contact,
    Conversation,
    EndpointKey,
    Finding,
    FormEndpoint,
    FormKey,
    FormRequest,
    FormTemplate,
    IdentityKey,
    Inbox,
    MailedLink,
    MaskingReport,
    Message,
    PaymentAccount,
    PreChatAnswer,
    PreChatField,
    ProofRequest,
    Rating,
    ReadMark,
    Team,
    TeamMember,
    UsedToken,
    VisitorFactor,
    VisitorSession,
)
from compliance import audit, audit_events
from compliance.disposal import disposal_of
from compliance.models import RecordClass
from tenants.actors import Actor
from tenants.keyring import ring
from tenants.scoping import current_tenant_id

# One conversation may be as long as a hundred others: a batch ends at so many messages, after one at least.
MAX_MESSAGES: Final = 5_000

Counts = dict[str, int]


class HeldRecordError(Exception):
    """Something forbids to dispose of a record, as a legal hold does."""


def erase_expired(*, before: datetime, limit: int) -> tuple[int, Counts]:
    """Erase up to `limit` conversations whose last event lies before an instant, then people without any.

    The rows are locked and looked at again under the lock, so a message that arrives meanwhile keeps its
    conversation; what others hold locked is left to the next batch. Call it inside the tenant's scope.

    Returns:
        How many records went, and per kind of row how many.
    """
    due = _due(before, limit)
    contacts = {conversation.contact_id for conversation in due}
    counts = _erase_conversations([conversation.id for conversation in due])
    people = _erase_people(_forsaken(contacts, before, limit))
    for conversation in due:
        # Screens look again, find nothing, and take the row away.
        broadcast.conversation_changed(conversation)
    return len(due) + people["contacts"], counts | people


def erase_all(*, limit: int) -> tuple[int, Counts]:
    """Erase up to `limit` conversations whatever their age; when there are none left, what was set up for them.

    Call it inside the tenant's scope.
    """
    records, counts = erase_expired(before=datetime.max.replace(tzinfo=UTC), limit=limit)
    if records or Conversation.objects.exists():
        return records, counts
    set_up = {
        "canned_responses": _delete(CannedResponse.objects.all()),
        "pre_chat_fields": _delete(PreChatField.objects.all()),
        "team_members": _delete(TeamMember.objects.all()),
        "teams": _delete(Team.objects.all()),
        "form_templates": _delete(FormTemplate.objects.all()),
        "form_keys": _delete(FormKey.objects.all()),
        "identity_keys": _delete(IdentityKey.objects.all()),
        "endpoint_keys": _delete(EndpointKey.objects.all()),
        "payment_accounts": _delete(PaymentAccount.objects.all()),
        "form_endpoints": _delete(FormEndpoint.objects.all()),
        "availabilities": _delete(Availability.objects.all()),
        "business_hours": _delete(BusinessHours.objects.all()),
        "closed_days": _delete(ClosedDay.objects.all()),
        "inboxes": _delete(Inbox.objects.all()),
    }
    return sum(set_up.values()), counts | set_up


def erase_contact(*, contact_id: UUID, actor: Actor, now: datetime) -> Counts:
    """Erase one person whole: every conversation, what is known of them, their sessions and, last, their key.

    Call it inside the tenant's scope.

    Raises:
        HeldRecordError: Something forbids to dispose of a conversation of theirs; nothing is erased.
    """
    rows = Conversation.objects.of_contact(contact_id).order_by("id").select_for_update(of=("self",))
    conversations = list(rows)
    if any(disposal_of(RecordClass.CONVERSATION, each.id, last_event_at=now).is_held for each in conversations):
        raise HeldRecordError
    for conversation in conversations:
        # What waits to be read by its agent lies in another place.
        form_endings.end_of_conversation(conversation, why="erased", actor=actor, now=now)
    list(VisitorSession.objects.filter(contact_id=contact_id).select_for_update().values_list("id", flat=True))
    contact = Contact.objects.select_for_update().get(id=contact_id)
    counts = _erase_conversations([conversation.id for conversation in conversations])
    audit.record(
        actor, audit_events.OWN_DATA_ERASED, contact, at=now, conversations=len(conversations),
        messages=counts["messages"],
    )  # fmt: skip
    counts |= _erase_people([contact_id])
    people.forget_name(contact.tenant_id, contact_id)
    for conversation in conversations:
        broadcast.conversation_changed(conversation)
    return counts


def _due(before: datetime, limit: int) -> list[Conversation]:
    """The conversations of this batch, oldest first, locked."""
    # GREATEST leaves out what is NULL: not resolved, or nothing written yet.
    last_event = Greatest("created_at", "last_message_at", "resolved_at")
    expired = Conversation.objects.filter(created_at__lt=before).alias(last_event=last_event)
    oldest_first = expired.filter(last_event__lt=before).order_by("created_at", "id")
    rows = oldest_first.select_for_update(skip_locked=True, of=("self",))
    taken: list[Conversation] = []
    messages = 0
    for conversation in rows[:limit]:
        messages += conversation.last_sequence
        if taken and messages > MAX_MESSAGES:
            break
        taken.append(conversation)
    return taken


def _erase_conversations(ids: Sequence[UUID]) -> Counts:
    messages = Message.objects.filter(conversation_id__in=ids)
    return {
        "findings": _delete(Finding.objects.filter(message_id__in=messages.values("id"))),
        "reports": _delete(MaskingReport.objects.filter(message_id__in=messages.values("id"))),
        "messages": _delete(messages),
        "answers": _delete(PreChatAnswer.objects.filter(conversation_id__in=ids)),
        "forms": _delete(FormRequest.objects.filter(conversation_id__in=ids)),
        "ratings": _delete(Rating.objects.filter(conversation_id__in=ids)),
        "mailed_links": _delete(MailedLink.objects.filter(conversation_id__in=ids)),
        "proofs": _delete(ProofRequest.objects.filter(conversation_id__in=ids)),
        "read_marks": _delete(ReadMark.objects.filter(conversation_id__in=ids)),
        "assignments": _delete(Assignment.objects.filter(conversation_id__in=ids)),
        "conversations": _delete(Conversation.objects.filter(id__in=ids)),
    }


def _forsaken(contacts: set[UUID], before: datetime, limit: int) -> list[UUID]:
    """People with no conversation left: those of this batch, and those not seen since, as a killed run leaves them."""
    recent = VisitorSession.objects.filter(contact=OuterRef("pk"), seen_at__gte=before)
    alone = Contact.objects.exclude(Exists(Conversation.objects.filter(contact=OuterRef("pk"))))
    unseen = alone.filter(created_at__lt=before).exclude(Exists(recent)).order_by("id")[:limit]
    wanted = contacts | set(unseen.values_list("id", flat=True))
    locked = _locked(wanted)
    still_talking = Conversation.objects.filter(contact_id__in=locked).values_list("contact_id", flat=True)
    return sorted(locked - set(still_talking))


def _locked(wanted: set[UUID]) -> set[UUID]:
    """Those of the people that nobody is busy with, locked: sessions first, as who starts a conversation does.

    A conversation that is being started then waits for the contact's row, and fails when that is gone.
    """
    sessions = VisitorSession.objects.filter(contact_id__in=wanted)
    held = set(sessions.select_for_update(skip_locked=True).values_list("id", flat=True))
    busy = {contact for identifier, contact in sessions.values_list("id", "contact_id") if identifier not in held}
    rows = Contact.objects.filter(id__in=wanted - busy).order_by("id").select_for_update(skip_locked=True)
    return set(rows.values_list("id", flat=True))


def _erase_people(ids: Sequence[UUID]) -> Counts:
    """Erase contacts, their sessions and, last of all, their keys.

    The keys lie in another database, so the two can't be committed as one. Destroyed last, before the rows are
    gone for good: a crash in between leaves rows that nobody can read and that the next run takes; never keys
    that nothing points to.
    """
    sessions = VisitorSession.objects.filter(contact_id__in=ids)
    counts = {
        "receipts": _delete(ConsentReceipt.objects.filter(contact_id__in=ids)),
        "used_tokens": _delete(UsedToken.objects.filter(session_id__in=sessions.values("id"))),
        "factors": _delete(VisitorFactor.objects.filter(contact_id__in=ids)),
        "sessions": _delete(sessions),
        "contacts": _delete(Contact.objects.filter(id__in=ids)),
    }
    keys = ring.destroy_contact_keys(current_tenant_id(), list(ids)) if ids else 0
    return counts | {"keys": keys}


def _delete(rows: QuerySet[Any]) -> int:
    """Delete by one statement; the order of the callers is what a cascade would be."""
    return int(rows._raw_delete(rows.db) or 0)
