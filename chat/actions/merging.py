"""Make two contacts one person, and part them again within a week.

Holds, requests about their data and erasures by request then reach both; each keeps its own key, and each browser sees
what was said in it. Who merges or parts goes by the lock of those who decide what is kept (`compliance.disposal_lock`):
no purge, erasure or placing of a hold is half-way through meanwhile, nor another merge.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import Final
from uuid import UUID

from django.db.models import Q

from chat import broadcast, holds, merging
from chat.models import UNDO_FOR, Contact, ContactMerge, Conversation
from compliance import audit, audit_events
from compliance.disposal_lock import deciding
from compliance.models import RecordClass, RequestKind, RequestState, SubjectRequest
from helpdesk.core.ids import uuid7
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability

#: A person of more contacts than that is no person, and every look at them would be long.
MOST: Final = 20


class Refusal(StrEnum):
    """Why two contacts are not made one, or not parted."""

    ITSELF = "they are the same already"
    GONE = "one of them was erased"
    ERASING = "one of them is being erased"
    MERGED = "one of them is merged into another"
    KEEPS_OTHERS = "others are merged into the one that would be merged"
    FULL = "no more can be merged into this one"
    TOO_LATE = "the time to part them is over"
    HELD = "a legal hold covers them"


class MergeRefusedError(Exception):
    """Nothing was changed; `state` says why."""

    def __init__(self, state: Refusal) -> None:
        super().__init__(state.value)
        self.state = state


def merge_contacts(*, kept_id: UUID, merged_id: UUID, actor: Membership, now: datetime) -> ContactMerge:
    """Make two contacts one person. Call it inside the tenant's scope.

    An objection or a restriction of one is in effect for both from then on, also after they were parted.

    Raises:
        NotPermittedError: The member may not handle requests.
        MergeRefusedError: As its state says.
    """
    require(actor, Capability.HANDLE_REQUESTS)
    deciding()
    _require_mergeable(kept_id, merged_id)
    merge = ContactMerge(
        id=uuid7(), tenant_id=actor.tenant_id, kept_id=kept_id, merged_id=merged_id, made_by=actor, made_at=now,
        undo_until=now + UNDO_FOR,
    )  # fmt: skip
    merge.save(force_insert=True)
    person = merging.one_person(kept_id)
    _carry_over(person)
    audit.record(
        Actor.member(actor), audit_events.CONTACTS_MERGED, Contact.objects.get(id=kept_id), at=now, merged=merged_id
    )
    _tell(person)
    return merge


def part_contacts(*, merge_id: UUID, actor: Membership, now: datetime) -> ContactMerge:
    """Let two contacts be two again. Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The member may not handle requests.
        MergeRefusedError: As its state says; that it was undone before, or one of them erased, is GONE.
    """
    require(actor, Capability.HANDLE_REQUESTS)
    deciding()
    merge: ContactMerge | None = ContactMerge.objects.select_related("kept").filter(id=merge_id).first()
    if merge is None:
        raise MergeRefusedError(Refusal.GONE)
    if now >= merge.undo_until:
        raise MergeRefusedError(Refusal.TOO_LATE)
    person = merging.one_person(merge.kept_id)
    if _is_being_erased(person):
        raise MergeRefusedError(Refusal.ERASING)
    if holds.forbids(RecordClass.CONTACT, merge.kept_id):
        # What it keeps of the one it was not placed on would go.
        raise MergeRefusedError(Refusal.HELD)
    ContactMerge.objects.filter(id=merge_id).delete()
    audit.record(Actor.member(actor), audit_events.CONTACTS_PARTED, merge.kept, at=now, merged=merge.merged_id)
    _tell(person)
    return merge


def leave(contact_ids: Sequence[UUID]) -> None:
    """Let contacts who are being erased be of no person any more. Call it inside the tenant's scope, while disposing.

    Where others were merged into one of them, the first of these takes its place: they stay one person.
    """
    ContactMerge.objects.filter(merged_id__in=contact_ids).delete()
    rows = ContactMerge.objects.filter(kept_id__in=contact_ids).order_by("kept_id", "made_at", "id")
    for _, merges in groupby(rows, key=attrgetter("kept_id")):
        first, *others = merges
        first.delete()
        ContactMerge.objects.filter(id__in=[each.id for each in others]).update(kept_id=first.merged_id)


def _require_mergeable(kept_id: UUID, merged_id: UUID) -> None:
    both = [kept_id, merged_id]
    if merged_id in merging.one_person(kept_id):
        raise MergeRefusedError(Refusal.ITSELF)
    if Contact.objects.filter(id__in=both).count() < len(both):
        raise MergeRefusedError(Refusal.GONE)
    if _is_being_erased([*merging.one_person(kept_id), merged_id]):
        raise MergeRefusedError(Refusal.ERASING)
    if ContactMerge.objects.filter(merged_id__in=both).exists():
        raise MergeRefusedError(Refusal.MERGED)
    if ContactMerge.objects.filter(kept_id=merged_id).exists():
        raise MergeRefusedError(Refusal.KEEPS_OTHERS)
    if ContactMerge.objects.filter(kept_id=kept_id).count() >= MOST:
        raise MergeRefusedError(Refusal.FULL)


def _is_being_erased(contacts: Iterable[UUID]) -> bool:
    decided = Q(kind=RequestKind.ERASURE, state=RequestState.CARRIED_OUT)
    return bool(SubjectRequest.objects.filter(decided, contact_id__in=contacts).exists())


def _carry_over(person: list[UUID]) -> None:
    """Whoever asked to be left alone, or that what is kept be not used, asked as a person."""
    rows = Contact.objects.filter(id__in=person)
    for column in ("objected_at", "restricted_at"):
        since = rows.filter(**{f"{column}__isnull": False}).order_by(column).values_list(column, flat=True).first()
        if since is not None:
            rows.filter(**{f"{column}__isnull": True}).update(**{column: since})


def _tell(person: list[UUID]) -> None:
    for conversation in Conversation.objects.filter(contact_id__in=person).open().order_by("id"):
        broadcast.conversation_changed(conversation)
