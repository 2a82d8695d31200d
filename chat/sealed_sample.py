"""Sealed messages, for a drill that tries whether they open: it gets the envelopes and is told nothing else."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from chat.models import Contact, Message
from tenants.encryption import Slot


class SealedMessages:
    """Messages of the organisation in scope, and the visitors whose keys seal them."""

    def spread(self, *, limit: int) -> list[tuple[Slot, bytes]]:
        """Return the first message from each of `limit` points on, evenly between the oldest id and the newest.

        Ids tell the time (RFC 9562, 5.7), so each point is one look into an index, however many messages there are.
        Of an organisation that has no more than `limit`: all of them.
        """
        ids = Message.objects.order_by("id").values_list("id", flat=True)
        found = set(ids[: limit + 1])
        if len(found) > limit:
            first, last = min(found).int, ids.reverse()[0].int
            points = [first + (last - first) * number // max(1, limit - 1) for number in range(limit)]
            found = {ids.filter(id__gte=UUID(int=point))[0] for point in points}
        return _sealed(Message.objects.filter(id__in=found))

    def of_people(self, people: Collection[UUID], *, limit: int) -> list[tuple[Slot, bytes]]:
        """Return up to `limit` messages of these visitors' conversations."""
        return _sealed(Message.objects.filter(conversation__contact_id__in=people).order_by("id")[:limit])

    def people(self, *, after: UUID | None, limit: int) -> list[UUID]:
        """Return up to `limit` visitors in the order of their ids."""
        rows = Contact.objects.order_by("id")
        return list((rows if after is None else rows.filter(id__gt=after)).values_list("id", flat=True)[:limit])

    def present(self, people: Collection[UUID]) -> set[UUID]:
        """Return those of them who are there."""
        return set(Contact.objects.filter(id__in=people).values_list("id", flat=True))


def _sealed(messages: QuerySet[Any]) -> list[tuple[Slot, bytes]]:
    rows = messages.values_list("tenant_id", "conversation__contact_id", "id", "body")
    return [(Message.slot(tenant, contact, row), bytes(body)) for tenant, contact, row, body in rows]
