from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import models
from django.db.models.functions import Greatest

from chat.models.contact import Contact, VisitorSession
from chat.models.inbox import Inbox
from chat.models.team import Team
from chat.querysets import ConversationQuerySet
from compliance.sealed_text import SealedTextField
from tenants.encryption import Slot, column_of
from tenants.models import Membership, TenantForeignKey, TenantModel
from tenants.scoping import TenantManager

MAX_SUBJECT: Final = 120


class ConversationStatus(models.TextChoices):
    OPEN = "open", "Open"
    RESOLVED = "resolved", "Resolved"


class Conversation(TenantModel):
    """A thread between a contact and an organisation."""

    inbox = TenantForeignKey(Inbox, models.PROTECT, related_name="+")
    contact = TenantForeignKey(Contact, models.PROTECT, related_name="conversations")
    started_by = TenantForeignKey(VisitorSession, models.SET_NULL, null=True, related_name="+")
    client_id = models.UUIDField(help_text="The visitor's own id of the start, so that a repeat starts nothing new.")
    status = models.CharField(max_length=8, choices=ConversationStatus, default=ConversationStatus.OPEN)
    assignee = TenantForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    team = TenantForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    last_sequence = models.PositiveIntegerField(default=0)
    last_public_sequence = models.PositiveIntegerField(default=0, help_text="Last one the visitor may read.")
    created_at = models.DateTimeField()
    last_message_at = models.DateTimeField(null=True, blank=True)
    waiting_since = models.DateTimeField(null=True, blank=True, help_text="Unanswered since; empty when answered.")
    first_reply_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    subject = SealedTextField(null=True, help_text="What agents call it.")
    page = SealedTextField(null=True, help_text="Where the visitor began it, without query.")
    referrer = SealedTextField(null=True, help_text="Where the visitor had come from, without query.")
    masked_with = models.PositiveIntegerField(
        db_default=0, default=0, help_text="Number of the rule set that scanned subject, page and referrer."
    )

    objects = TenantManager.from_queryset(ConversationQuerySet)()  # type: ignore[misc]  # a narrower manager than the base's

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "started_by", "client_id"), name="conversation_start_once")
        ]
        indexes = [
            models.Index(fields=["tenant", "status", "-last_message_at"], name="conversation_inbox"),
            models.Index(fields=["tenant", "contact"], name="conversation_contact"),
            # What a purge goes through from the oldest on (`chat.actions.expiry.LAST_EVENT`).
            models.Index(
                models.F("tenant"),
                Greatest("created_at", "last_message_at", "resolved_at"),
                models.F("id"),
                name="conversation_last_event",
            ),
            # Few rows: what is looked for every minute in every organisation.
            models.Index(
                fields=["tenant"],
                condition=models.Q(status="open", waiting_since__isnull=False, assignee__isnull=False),
                name="conversation_held_waiting",
            ),
            # Whose turn is next: asked by every visitor who waits.
            models.Index(
                fields=["tenant", "waiting_since"],
                condition=models.Q(status="open", waiting_since__isnull=False, assignee__isnull=True),
                name="conversation_queue",
            ),
            models.Index(
                fields=["tenant", "team"],
                condition=models.Q(status="open", team__isnull=False),
                name="conversation_of_team",
            ),
        ]

    @staticmethod
    def slot(tenant_id: UUID, contact_id: UUID, column: str, conversation_id: UUID) -> Slot:
        """Where subject, page or referrer lives."""
        return Slot(tenant_id, contact_id, column_of("chat_conversation", column), conversation_id)

    @property
    def is_open(self) -> bool:
        return self.status == ConversationStatus.OPEN

    def assign(self, assignee: Membership | None) -> None:
        """Set who holds the conversation."""
        self.assignee = assignee

    @property
    def live_team(self) -> Team | None:
        """The team it belongs to; one that was deleted is none, until it is brought back."""
        team: Team | None = self.team
        return team if team is not None and team.deleted_at is None else None

    def resolve(self, *, now: datetime) -> None:
        """Set the conversation as answered for good."""
        self.status, self.resolved_at, self.waiting_since = ConversationStatus.RESOLVED, now, None

    def reopen(self, *, now: datetime) -> None:
        """Set the conversation open again."""
        self.status, self.resolved_at, self.waiting_since = ConversationStatus.OPEN, None, now
