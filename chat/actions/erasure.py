"""Erase what is past its time, and people of whom nothing is left; what a legal hold covers stays."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import F, QuerySet

from chat import broadcast, holds, people
from chat.actions import data_archives, expiry, form_endings, merging
from chat.actions.expiry import OF_CONVERSATION, OF_PERSON, Attached, rows_of
from chat.files.store import store
from chat.models import (
    Attachment,
    Availability,
    BusinessHours,
    CannedResponse,
    ClosedDay,
    Contact,
    Conversation,
    EndpointKey,
    FormEndpoint,
    FormKey,
    FormTemplate,
    IdentityKey,
    Inbox,
    PaymentAccount,
    PreChatField,
    Team,
    TeamMember,
    VisitorSession,
)
from compliance import audit, audit_events
from compliance.disposal import HeldRecordError, is_held
from compliance.disposal_lock import disposing
from compliance.models import RecordClass, SubjectRequest
from compliance.registry import Erased, Mark
from tenants.actors import Actor
from tenants.keyring import ring
from tenants.scoping import current_tenant_id

# One conversation may be as long as a hundred others: a batch ends at so many messages, after one at least.
MAX_MESSAGES: Final = 5_000

Counts = dict[str, int]


def erase_conversations(*, before: datetime, limit: int, after: Mark | None = None) -> Erased:
    """Erase up to `limit` conversations whose last event lies before an instant, and people without any left.

    The rows are locked and looked at again under the lock, so a message that arrives meanwhile keeps its
    conversation; what others hold locked is left to the next pass. Call it inside the tenant's scope.
    """
    due = _due(before, limit, after)
    contacts = {conversation.contact_id for conversation in due}
    counts = _erase_conversations([conversation.id for conversation in due])
    gone = _erase_people(_forsaken(contacts))
    # Screens look again, find nothing, and take the row away.
    broadcast.conversations_changed(due)
    last = due[-1] if due else None
    place = None if last is None else Mark(last.last_event, last.id)  # type: ignore[attr-defined]  # annotated
    return Erased(len(due) + gone["contacts"], counts | gone, place)


def erase_unseen(*, before: datetime, limit: int, after: Mark | None = None) -> Erased:
    """Erase up to `limit` people who wrote nothing, or nothing that is left, and were not seen since an instant."""
    rows = expiry.unseen(before).exclude(holds.held_contacts())
    rows = _beyond(rows, "created_at", after).order_by("created_at", "id")
    taken = list(rows.values_list("created_at", "id")[:limit])
    counts = _erase_people(_forsaken({contact_id for _, contact_id in taken}))
    return Erased(counts["contacts"], counts, _mark(taken, limit))


def erase_attached(attached: Attached, *, before: datetime, limit: int, after: Mark | None = None) -> Erased:
    """Erase up to `limit` rows of a class that may go before what they hang on."""
    rows = _beyond(attached.expired(before).exclude(attached.kept()), attached.at, after)
    rows = rows.order_by(attached.at, "id").select_for_update(skip_locked=True, of=("self",))
    taken = [(getattr(row, attached.at), row.id) for row in rows.only("id", attached.at)[:limit]]
    gone = _delete(attached.model.objects.filter(id__in=[identifier for _, identifier in taken]))
    return Erased(gone, {attached.name: gone}, _mark(taken, limit))


def erase_all(*, limit: int) -> Erased:
    """Erase up to `limit` conversations whatever their age; when there are none left, what was set up for them.

    For an organisation that is closed: as long as a legal hold is in force, none comes to its end.
    Call it inside the tenant's scope.
    """
    ever = datetime.max.replace(tzinfo=UTC)
    erased = erase_conversations(before=ever, limit=limit)
    if erased.records or Conversation.objects.exists():
        return erased
    unseen = erase_unseen(before=ever, limit=limit)
    if unseen.records:
        return Erased(unseen.records, _sum(erased.counts, unseen.counts))
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
    return Erased(sum(set_up.values()), {**erased.counts, **set_up})


def erase_contact(*, contact_id: UUID, actor: Actor, now: datetime) -> Counts:
    """Erase one contact whole: every conversation, what is known of them, their sessions and, last, their key.

    Call it inside the tenant's scope.

    Raises:
        HeldRecordError: Something forbids to dispose of them, or of a conversation of theirs; nothing is erased.
    """
    disposing()
    rows = Conversation.objects.of_contact(contact_id).order_by("id").select_for_update(of=("self",))
    conversations = list(rows)
    if is_held(RecordClass.CONTACT, contact_id) or any(
        is_held(RecordClass.CONVERSATION, each.id) for each in conversations
    ):
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
    broadcast.conversations_changed(conversations)
    return counts


def _due(before: datetime, limit: int, after: Mark | None) -> list[Conversation]:
    """The conversations of this batch, oldest first, locked."""
    rows = _beyond(expiry.due(before).annotate(last_event=F("last_event")), "last_event", after)
    oldest_first = rows.order_by("last_event", "id").select_for_update(skip_locked=True, of=("self",))
    taken: list[Conversation] = []
    messages = 0
    for conversation in oldest_first[:limit]:
        messages += conversation.last_sequence
        if taken and messages > MAX_MESSAGES:
            break
        taken.append(conversation)
    return taken


def _beyond(rows: QuerySet[Any], at: str, after: Mark | None) -> QuerySet[Any]:
    """Leave out what a pass has gone by."""
    if after is None:
        return rows
    return rows.filter(**{f"{at}__gte": after.at}).exclude(**{at: after.at, "id__lte": after.id})


def _mark(taken: Sequence[tuple[datetime, UUID]], limit: int) -> Mark | None:
    """How far a batch came; None if there can be no more."""
    return Mark(*taken[-1]) if len(taken) == limit else None


def _erase_conversations(ids: Sequence[UUID]) -> Counts:
    files = Attachment.objects.filter(conversation_id__in=ids)
    # First: whatever fails afterwards, nobody reads them.
    for name in files.values_list("stored", flat=True):
        if name is not None:
            store().delete(current_tenant_id(), name)
    counts = {name: _delete(rows_of(model, path, ids)) for name, model, path in OF_CONVERSATION}
    return counts | {"conversations": _delete(Conversation.objects.filter(id__in=ids))}


def _forsaken(wanted: set[UUID]) -> list[UUID]:
    """Those of these people who have no conversation left, whom nobody is busy with, and no hold covers."""
    locked = _locked(wanted)
    still_talking = Conversation.objects.filter(contact_id__in=locked).values_list("contact_id", flat=True)
    held = Contact.objects.filter(holds.held_contacts(), id__in=locked).values_list("id", flat=True)
    return sorted(locked - set(still_talking) - set(held))


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
    counts = {name: _delete(rows_of(model, path, ids)) for name, model, path in OF_PERSON}
    data_archives.drop_of_contacts(ids)
    merging.leave(ids)
    # That they asked, and how it ended, stays in the register; their words go.
    SubjectRequest.objects.filter(contact_id__in=ids).update(words=None)
    counts["contacts"] = _delete(Contact.objects.filter(id__in=ids))
    counts["keys"] = ring.destroy_contact_keys(current_tenant_id(), list(ids)) if ids else 0
    for contact_id in ids:
        people.forget_name(current_tenant_id(), contact_id)
    return counts


def _sum(first: Mapping[str, int], second: Mapping[str, int]) -> Counts:
    return {name: first.get(name, 0) + second.get(name, 0) for name in {*first, *second}}


def _delete(rows: QuerySet[Any]) -> int:
    """Delete by one statement; the order of the callers is what a cascade would be."""
    return int(rows._raw_delete(rows.db) or 0)
