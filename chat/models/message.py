from typing import Final
from uuid import UUID

from django.db import models

from chat.models.conversation import Conversation
from chat.querysets import MessageQuerySet
from tenants.encryption import Slot, column_of
from tenants.models import TenantForeignKey, TenantModel
from tenants.scoping import TenantManager

_BODY: Final = column_of("chat_message", "body")


class MessageKind(models.TextChoices):
    PUBLIC = "public", "Message"
    NOTE = "note", "Internal note"
    ACTIVITY = "activity", "Activity"


class AuthorKind(models.TextChoices):
    VISITOR = "visitor", "Visitor"
    AGENT = "agent", "Agent"
    SYSTEM = "system", "System"


class Message(TenantModel):
    """One entry of a conversation; its text is stored only masked and sealed."""

    conversation = TenantForeignKey(Conversation, models.CASCADE, related_name="messages")
    sequence = models.PositiveIntegerField(help_text="Position in the conversation, from 1, without gaps.")
    public_sequence = models.PositiveIntegerField(
        null=True, help_text="Position among what the visitor may read, from 1, without gaps; none for a note."
    )
    kind = models.CharField(max_length=8, choices=MessageKind)
    author_kind = models.CharField(max_length=8, choices=AuthorKind)
    author_id = models.UUIDField(help_text="Visitor session or membership.")
    client_id = models.UUIDField(help_text="The sender's own id, so that a repeat is stored once.")
    body = models.BinaryField(help_text="Envelope of the masked text, UTF-8.")
    masked_with = models.PositiveIntegerField(help_text="Number of the rule set that scanned it.")
    posted_at = models.DateTimeField()

    objects = TenantManager.from_queryset(MessageQuerySet)()  # type: ignore[misc]  # a narrower manager than the base's

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "conversation", "sequence"), name="message_sequence_once"),
            models.UniqueConstraint(
                fields=("tenant", "conversation", "public_sequence"), name="message_public_sequence_once"
            ),
            models.UniqueConstraint(
                fields=("tenant", "conversation", "author_id", "client_id"), name="message_client_id_once"
            ),
            models.CheckConstraint(condition=models.Q(sequence__gte=1), name="message_sequence_from_1"),
            models.CheckConstraint(
                condition=models.Q(kind="note") ^ models.Q(public_sequence__isnull=False),
                name="message_notes_not_public",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "masked_with", "id"], name="message_rescan")]

    @staticmethod
    def version_of(body: bytes) -> str:
        """Name a sealed text by its authentication tag: it tells nothing of the text, and is another when that is."""
        return body[-16:].hex()

    @staticmethod
    def slot(tenant_id: UUID, contact_id: UUID, message_id: UUID) -> Slot:
        """Where the body of a message lives."""
        return Slot(tenant_id, contact_id, _BODY, message_id)
