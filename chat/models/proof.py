"""A visitor's proof of who they are: asked for, given, over. No code is kept, only a keyed hash of one."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import models

from chat.models.contact import Contact
from chat.models.conversation import Conversation
from compliance.sealed_text import SealedTextField
from tenants.encryption import Slot, column_of
from tenants.models import Membership, TenantForeignKey, TenantModel

MAX_SCOPE: Final = 80
#: Tries that may fail, and how long no other is looked at after them.
TRIES: Final = 5
COOL_DOWN: Final = timedelta(minutes=15)


class ProofState(models.TextChoices):
    ASKED = "asked", "Waiting for the visitor"
    SENT = "sent", "A code was sent"
    PROVEN = "proven", "Proven"
    DECLINED = "declined", "Declined"
    EXPIRED = "expired", "Run out"
    CANCELLED = "cancelled", "Withdrawn"
    ENDED = "ended", "Proven once, and over"


#: The visitor has not proven it yet; and nothing of it is over.
WAITING: Final = (ProofState.ASKED, ProofState.SENT)
UNENDED: Final = (*WAITING, ProofState.PROVEN)


class ProofMethod(models.TextChoices):
    MAIL = "mail", "a code sent to their e-mail address"
    APP = "app", "a code of their authenticator app"
    PASSKEY = "key", "a passkey"


class ProofRequest(TenantModel):
    """One proof asked of one visitor, for one purpose, and how it went; while it is proven, until when it counts.

    It counts for the browser that gave it (`session_id`) and for the address that was known then (`address_token`).
    """

    conversation = TenantForeignKey(Conversation, models.CASCADE, related_name="proofs")
    contact = TenantForeignKey(Contact, models.CASCADE, related_name="+")
    scope = SealedTextField(null=True, help_text="What it is asked for; empty for a visitor's own data.")
    masked_with = models.PositiveIntegerField(
        db_default=0, default=0, help_text="Number of the rule set that scanned the scope."
    )
    asked_by = TenantForeignKey(
        Membership, models.PROTECT, null=True, related_name="+", help_text="Empty where the visitor began it."
    )
    state = models.CharField(max_length=10, choices=ProofState, default=ProofState.ASKED)
    why = models.CharField(max_length=12, blank=True, help_text="What ended it early: a name out of the code.")
    method = models.CharField(max_length=4, choices=ProofMethod, blank=True)
    is_pinned = models.BooleanField(default=True, help_text="Whether its card is shown in the visitor's chat.")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="When the present state runs out.")
    proven_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    session_id = models.UUIDField(null=True, help_text="The visitor's browser that asked for the code, and proved it.")
    code_hash = models.BinaryField(max_length=32, null=True, help_text="Keyed, of the code that was sent last.")
    code_until = models.DateTimeField(null=True)
    address_token = models.BinaryField(max_length=20, null=True, help_text="Of the address that it was sent to.")
    challenge = models.BinaryField(max_length=64, null=True, help_text="What a passkey has to sign; it goes with that.")
    challenge_until = models.DateTimeField(null=True)
    challenge_session_id = models.UUIDField(null=True, help_text="The visitor's browser that the challenge is for.")

    #: What is good for nothing any more once a proof was given, or is over.
    SECRETS = (
        "code_hash", "code_until", "address_token", "challenge", "challenge_until", "challenge_session_id",
    )  # fmt: skip

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=("tenant", "conversation"),
                condition=models.Q(state__in=["asked", "sent"]),
                name="proof_request_one_waiting",
            ),
            models.UniqueConstraint(
                fields=("tenant", "conversation"),
                condition=models.Q(state="proven"),
                name="proof_request_one_proven",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["asked", "sent", "proven"]) ^ models.Q(ended_at__isnull=False),
                name="proof_request_ends_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state="sent") | models.Q(code_hash__isnull=True), name="proof_request_code_in_time"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "expires_at"], condition=models.Q(ended_at__isnull=True), name="proof_request_live"
            )
        ]

    @staticmethod
    def slot(tenant_id: UUID, contact_id: UUID, row_id: UUID) -> Slot:
        """Where the scope lives."""
        return Slot(tenant_id, contact_id, column_of("chat_proofrequest", "scope"), row_id)

    @property
    def is_waiting(self) -> bool:
        return self.state in WAITING

    @property
    def is_live(self) -> bool:
        return self.state in UNENDED

    def forget_code(self) -> None:
        """Let the code that was sent be none any more."""
        self.code_hash = self.code_until = self.address_token = None
        if self.state == ProofState.SENT:
            self.state = ProofState.ASKED

    def forget_challenge(self) -> None:
        """Let nothing that is signed from now on be an answer."""
        self.challenge = self.challenge_until = self.challenge_session_id = None

    def end(self, state: ProofState, *, why: str = "", now: datetime) -> None:
        """Set the last state."""
        self.forget_code()
        self.forget_challenge()
        self.state, self.why, self.ended_at = state, why, now


class VisitorFactor(TenantModel):
    """How often somebody's code was tried of late, over all that was asked of them; and their authenticator app."""

    contact = TenantForeignKey(Contact, models.CASCADE, related_name="+")
    tries = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    sealed_seed = models.BinaryField(max_length=400, null=True, help_text="Of the app (RFC 6238), sealed.")
    confirmed_at = models.DateTimeField(null=True, help_text="When the app's first code came.")
    last_step = models.BigIntegerField(default=-1, help_text="The last time step that was accepted.")

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant", "contact"), name="visitor_factor_once")]

    def locked_until(self, now: datetime) -> datetime | None:
        """Return until when no code is looked at; None if one is."""
        if self.tries < TRIES or self.tried_at is None or now - self.tried_at >= COOL_DOWN:
            return None
        until: datetime = self.tried_at + COOL_DOWN
        return until
