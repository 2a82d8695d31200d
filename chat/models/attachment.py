"""A file that a message carries: where it lies, sealed, and what became of it. Its name is the message's text."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import models

from chat.models.conversation import Conversation
from chat.models.message import Message
from tenants.encryption import Slot, column_of
from tenants.models import TenantForeignKey, TenantModel

_KEY: Final = column_of("chat_attachment", "key")


class FileKind(models.TextChoices):
    JPEG = "jpeg", "JPEG picture"
    PNG = "png", "PNG picture"
    WEBP = "webp", "WebP picture"
    GIF = "gif", "GIF picture"
    PDF = "pdf", "PDF document"
    TEXT = "text", "Plain text"


class FileState(models.TextChoices):
    CHECKING = "checking", "Being checked"
    HELD = "held", "Waiting for a scanner"
    READY = "ready", "Ready"
    REFUSED = "refused", "Refused"
    REMOVED = "removed", "Removed"


#: Nobody is handed one of these; what will become of it is open.
UNDER_WAY: Final = (FileState.CHECKING, FileState.HELD)


class Attachment(TenantModel):
    """One file. `key` seals it and nothing else, and is sealed with the contact's: with that, the file is erased."""

    conversation = TenantForeignKey(Conversation, models.CASCADE, related_name="attachments")
    message = TenantForeignKey(Message, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=4, choices=FileKind)
    bytes = models.PositiveIntegerField(help_text="Of the file itself, before it is sealed.")
    stored = models.UUIDField(null=True, help_text="Its name in the store; none once it is gone from there.")
    key = models.BinaryField(help_text="Envelope of the file's key.")
    state = models.CharField(max_length=8, choices=FileState, default=FileState.CHECKING)
    why = models.CharField(max_length=12, blank=True, help_text="Why it was refused: a name out of the code.")
    uploaded_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When it was known what becomes of it.")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "message"), name="attachment_message_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["refused", "removed"]) ^ models.Q(stored__isnull=False),
                name="attachment_stored_while_kept",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "conversation"], name="attachment_conversation"),
            models.Index(
                fields=["tenant", "uploaded_at"],
                condition=models.Q(state__in=["checking", "held"]),
                name="attachment_under_way",
            ),
        ]

    @staticmethod
    def slot(tenant_id: UUID, contact_id: UUID, attachment_id: UUID) -> Slot:
        """Where the file's key lives."""
        return Slot(tenant_id, contact_id, _KEY, attachment_id)

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    def settle(self, state: FileState, *, why: str = "", now: datetime) -> None:
        """Set what becomes of it; what nobody will be handed is not stored any more."""
        self.state, self.why, self.settled_at = state, why, now
        if state in {FileState.REFUSED, FileState.REMOVED}:
            self.stored = None
