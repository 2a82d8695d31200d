from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import models

from compliance.sealed_text import SealedTextField
from tenants.encryption import Slot, column_of
from tenants.models import TenantForeignKey, TenantModel

# Since the visitor was last seen.
SESSION_LIFETIME: Final = timedelta(days=30)
# What a contact can be reached and called by.
DETAILS: Final = ("name", "email", "phone")
# With what the organisation's own site calls them, in tokens it has signed; those in INDEXED have a token beside them.
SEALED: Final = (*DETAILS, "subject")
INDEXED: Final = ("email", "phone", "subject")


class Contact(TenantModel):
    """The person behind one or more visitor sessions. Owns the key that seals the content.

    Name, e-mail address and telephone number are envelopes under that key. A token beside the last two is a keyed hash
    of the whole value (`tenants.keyring.blind_index`), by which it is found. `subject` is kept in the same way: what
    the organisation's site calls somebody for whom it has vouched. Several contacts may be one person of one subject.
    """

    created_at = models.DateTimeField()
    blocked_at = models.DateTimeField(null=True, blank=True)
    name = SealedTextField(null=True)
    email = SealedTextField(null=True)
    phone = SealedTextField(null=True)
    email_token = models.BinaryField(max_length=20, null=True)
    phone_token = models.BinaryField(max_length=20, null=True)
    subject = SealedTextField(null=True)
    subject_token = models.BinaryField(max_length=20, null=True)
    details_changed_at = models.DateTimeField(null=True)
    email_replaced_at = models.DateTimeField(
        null=True,
        help_text="When the visitor put an address in another's place; nobody has confirmed it since.",
    )
    objected_at = models.DateTimeField(
        null=True, help_text="When they objected: they are not mailed of answers, nor asked how it was."
    )
    restricted_at = models.DateTimeField(
        null=True, help_text="Since when what is kept of them is kept and not used: out of lists, searches and exports."
    )
    masked_with = models.PositiveIntegerField(null=True, help_text="Number of the rule set that scanned the details.")

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "email_token"], name="contact_by_email"),
            models.Index(fields=["tenant", "phone_token"], name="contact_by_phone"),
            models.Index(
                fields=["tenant", "subject_token"],
                condition=models.Q(subject_token__isnull=False),
                name="contact_by_subject",
            ),
            models.Index(
                fields=["tenant", "id"], condition=models.Q(restricted_at__isnull=False), name="contact_restricted"
            ),
        ]

    def __str__(self) -> str:
        return f"Visitor {self.reference}"

    @staticmethod
    def slot(tenant_id: UUID, contact_id: UUID, detail: str) -> Slot:
        """Where a detail lives."""
        return Slot(tenant_id, contact_id, column_of("chat_contact", detail), contact_id)

    @property
    def contact_id(self) -> UUID:
        """Whose key seals the texts of this row, as every row of a contact's says it."""
        identifier: UUID = self.id
        return identifier

    def is_reached_of(self, began_at: datetime) -> bool:
        """Whether of a conversation that began then anything may go to the address that is known now.

        Not if the visitor put it in another's place later and nobody of the team has looked at it: whoever sits at
        their browser could give an address of their own, to be told what others said.
        """
        replaced_at: datetime | None = self.email_replaced_at
        return self.email_token is not None and (replaced_at is None or replaced_at <= began_at)

    def sealed(self, detail: str) -> bytes | None:
        """The envelope of a detail; None when it is not known."""
        held = getattr(self, detail)
        return None if held is None else bytes(held)


class VisitorSession(TenantModel):
    """One browser's session in the widget; its token is kept only as a hash."""

    contact = TenantForeignKey(Contact, models.CASCADE, related_name="sessions")
    token_hash = models.BinaryField(max_length=32)
    former_hash = models.BinaryField(
        max_length=32, null=True, help_text="Of the token before: what still comes by it begins nothing beside this."
    )
    origin = models.CharField(max_length=255, blank=True, help_text="Site that showed the widget, without path.")
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    notice_hash = models.BinaryField(
        max_length=32, null=True, help_text="Of the text last shown or agreed to; empty when that was withdrawn."
    )
    signed_until = models.DateTimeField(
        null=True, help_text="How long the organisation's site vouches for the visitor; the session ends with it."
    )
    signed_with = models.UUIDField(null=True, help_text="The key of the token that vouched for them.")

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant", "token_hash"), name="visitor_session_token_once")]
        indexes = [
            models.Index(
                fields=["tenant", "former_hash"],
                condition=models.Q(former_hash__isnull=False),
                name="visitor_session_formerly",
            )
        ]
