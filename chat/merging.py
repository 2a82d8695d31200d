"""Which contacts are one person because somebody of the organisation has found so. Call everything inside its scope.

What is decided about a person, and not about a browser, asks here: holds, requests about their data, and what a member
is shown beside a conversation. What a browser sees is its own contact's, merged or not (`docs/adr/0044`).
"""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from chat.models import ContactMerge


def one_person(contact_id: UUID) -> list[UUID]:
    """Return the contacts that are one person with this one, itself included; first whom the others are merged into."""
    into = ContactMerge.objects.filter(merged_id=contact_id).values("kept_id")
    # Nobody is merged into a contact that is merged itself: the rows are all of one whom others are merged into.
    rows = ContactMerge.objects.filter(Q(kept_id=contact_id) | Q(kept_id__in=into)).order_by("made_at", "id")
    merged = list(rows.values_list("kept_id", "merged_id"))
    return [merged[0][0] if merged else contact_id, *(one for _kept, one in merged)]


def merges_of(contact_id: UUID) -> list[ContactMerge]:
    """Return the merges that make up the person of a contact, oldest first."""
    kept, *_ = one_person(contact_id)
    rows = ContactMerge.objects.filter(kept_id=kept).select_related("kept", "merged", "made_by__user")
    return list(rows.order_by("made_at", "id"))


def of_person(field: str, contacts: QuerySet[Any, Any]) -> Q:
    """Return the condition that a field names one of these contacts, or another of the same person.

    Args:
        contacts: A query of ids.
    """
    # Most organisations have none, and the purge asks in each of its queries.
    if not ContactMerge.objects.exists():
        return Q(**{f"{field}__in": contacts})
    into = ContactMerge.objects.filter(merged_id__in=contacts).values("kept_id")
    beside = ContactMerge.objects.filter(Q(kept_id__in=contacts) | Q(kept_id__in=into)).values("merged_id")
    return Q(**{f"{field}__in": contacts}) | Q(**{f"{field}__in": into}) | Q(**{f"{field}__in": beside})
