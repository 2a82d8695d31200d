"""Filters, named as the phrase they complete."""

from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.apps import apps
from django.db import connection, models

if TYPE_CHECKING:
    from chat.models import Conversation, Message  # noqa: F401 (named in the bases below)


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def begun(self) -> Self:
        """Of which something was said."""
        return self.filter(last_sequence__gt=0)

    def open(self) -> Self:
        return self.filter(status="open")

    def resolved(self) -> Self:
        return self.filter(status="resolved")

    def unassigned(self) -> Self:
        return self.filter(assignee=None)

    def of_contact(self, contact_id: UUID) -> Self:
        return self.filter(contact_id=contact_id)

    def in_use(self) -> Self:
        """Without those of visitors who have asked that what is kept of them be not used."""
        restricted = apps.get_model("chat", "Contact").objects.filter(restricted_at__isnull=False)
        return self.exclude(contact_id__in=restricted.values("id"))

    def newest_resolved(self) -> Self:
        return self.order_by("-resolved_at", "-id")

    def waiting_longest(self) -> Self:
        """Those nobody waits in come last, the newest of them first."""
        return self.order_by("waiting_since", "-last_message_at", "id")

    def held_still(self) -> list[UUID]:
        """Ids of those that are there and stay until the transaction ends: a purge passes them by, an erasure waits.

        Messages go on being written, which a lock for an update would stop.
        """
        wanted = list(self.values_list("id", flat=True))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM chat_conversation WHERE id = ANY(%s::uuid[]) ORDER BY id FOR KEY SHARE", [wanted]
            )
            return [identifier for (identifier,) in cursor.fetchall()]


class MessageQuerySet(models.QuerySet["Message"]):
    def of(self, conversation_id: UUID) -> Self:
        return self.filter(conversation_id=conversation_id)

    def after_sequence(self, sequence: int) -> Self:
        return self.filter(sequence__gt=sequence).order_by("sequence")

    def before_sequence(self, sequence: int) -> Self:
        return self.filter(sequence__lt=sequence)

    def after_public_sequence(self, sequence: int) -> Self:
        return self.for_visitor().filter(public_sequence__gt=sequence).order_by("public_sequence")

    def for_visitor(self) -> Self:
        """Without what only agents may see."""
        return self.exclude(kind="note")
