"""Links that were mailed to a visitor: that there is an answer, or to a transcript. Nothing of what was said."""

from datetime import datetime, timedelta
from typing import Final

from django.db import models

from chat.models.contact import Contact
from chat.models.conversation import Conversation
from tenants.models import TenantForeignKey, TenantModel

#: Codes that may be wrong, and how long none is looked at after them.
LINK_TRIES: Final = 5
LINK_COOL_DOWN: Final = timedelta(minutes=15)


class LinkKind(models.TextChoices):
    ANSWER = "answer", "There is an answer"
    TRANSCRIPT = "transcript", "A transcript"


class MailedLink(TenantModel):
    """One link, good for whoever has it and reads the mailbox that it went to. Its token is kept only as a hash.

    A row whose `mailed_at` is empty waits to be mailed, and has no token yet.
    """

    conversation = TenantForeignKey(Conversation, models.CASCADE, related_name="mailed_links")
    contact = TenantForeignKey(Contact, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=LinkKind)
    public_sequence = models.PositiveIntegerField(default=0, help_text="Up to which message it tells of.")
    created_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    token_hash = models.BinaryField(max_length=32, null=True)
    address_token = models.BinaryField(max_length=20, help_text="Of the address that it is for.")
    code_hash = models.BinaryField(max_length=32, null=True, help_text="Keyed, of the code that was sent last.")
    code_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    session_id = models.UUIDField(null=True, help_text="The visitor's session that it was opened by last.")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "token_hash"), name="mailed_link_token_once"),
            models.CheckConstraint(
                condition=models.Q(mailed_at__isnull=True) ^ models.Q(token_hash__isnull=False),
                name="mailed_link_token_if_mailed",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant"], condition=models.Q(mailed_at__isnull=True), name="mailed_link_to_mail"),
            models.Index(fields=["tenant", "conversation", "-created_at"], name="mailed_link_of"),
        ]

    @property
    def is_to_known_address(self) -> bool:
        """Whether the address it is for is still the one to which something of its conversation may go."""
        is_same = bytes(self.contact.email_token or b"") == bytes(self.address_token)
        return is_same and self.contact.is_reached_of(self.conversation.created_at)

    def locked_until(self, now: datetime) -> datetime | None:
        """Return until when no code is looked at; None if one is."""
        if self.tries < LINK_TRIES or self.tried_at is None or now - self.tried_at >= LINK_COOL_DOWN:
            return None
        until: datetime = self.tried_at + LINK_COOL_DOWN
        return until

    def count_try(self, now: datetime) -> None:
        """Note a try before it is looked at; after the pause they begin anew."""
        if self.tries >= LINK_TRIES:
            self.tries = 0
        self.tries, self.tried_at = self.tries + 1, now

    def forget_code(self) -> None:
        """Let the code that was sent be none any more."""
        self.code_hash = self.code_until = None
