"""The register of what people ask about their own data, and every step that was taken."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import models
from django.db.models import F, Q

from compliance.sealed_text import SealedTextField
from tenants.encryption import Slot, column_of
from tenants.models import Membership, TenantForeignKey, TenantModel

MAX_WORDS: Final = 1000
MAX_NOTE: Final = 1000


class RequestKind(models.TextChoices):
    """A right somebody makes use of."""

    ACCESS = "access", "Access: see what is kept"
    PORTABILITY = "portability", "Portability: take it along"
    RECTIFICATION = "rectification", "Rectification: put it right"
    RESTRICTION = "restriction", "Restriction: keep it, and do not use it"
    OBJECTION = "objection", "Objection: stop using it"
    ERASURE = "erasure", "Erasure: delete it"


class RequestRegime(models.TextChoices):
    """The law it is made under."""

    GDPR = "gdpr", "GDPR (EU, EEA)"
    UK = "uk", "UK GDPR"
    QUEBEC = "quebec", "Quebec Law 25"
    PIPEDA = "pipeda", "PIPEDA (Canada)"
    CCPA = "ccpa", "CCPA (California)"
    US_STATES = "us", "Other US states"
    HIPAA = "hipaa", "HIPAA (patients)"


class RequestState(models.TextChoices):
    RECEIVED = "received", "Received"
    IDENTITY = "identity", "Waiting for proof of identity"
    IN_PROGRESS = "progress", "In progress"
    APPROVAL = "approval", "Waiting for a second person"
    CARRIED_OUT = "carrying", "Being carried out"
    ANSWERED = "answered", "Answered"
    REFUSED = "refused", "Refused"


class Identity(models.TextChoices):
    """How it is known that whoever asks is the one."""

    PROOF = "proof", "Proven in the chat"
    SITE = "site", "Signed in at the website, which vouches for them"
    CHECKED = "checked", "Checked by a member, as noted"
    NOT_NEEDED = "none", "Not needed for this, as noted"


class RefusalReason(models.TextChoices):
    """Why the law allows, or asks, not to do it."""

    IDENTITY = "identity", "Identity not proven (GDPR 12(2), (6); 45 CFR 164.514(h))"
    NOT_HELD = "not_held", "Nothing is kept of this person"
    DUTY = "duty", "A law asks to keep it (GDPR 17(3)(b); CCPA 1798.105(d)(8))"
    CLAIMS = "claims", "Legal claims, or a legal hold (GDPR 17(3)(e), 18(2))"
    OTHERS = "others", "Rights of others (GDPR 15(4))"
    EXCESSIVE = "excessive", "Manifestly unfounded or excessive (GDPR 12(5))"
    RIGHT_AS_IS = "accurate", "What is kept is accurate and complete (45 CFR 164.526(a)(2)(iv))"
    TAKEN_BACK = "taken_back", "Taken back by who had asked"
    NO_RIGHT = "no_right", "The law gives no such right"


class ExtensionReason(models.TextChoices):
    COMPLEX = "complex", "It is complex"
    MANY = "many", "There are many requests"


CLOSED: Final = (RequestState.ANSWERED, RequestState.REFUSED)
OPEN_REQUEST: Final = ~Q(state__in=CLOSED)
#: Stages of mails, as days that are left: it came in, then a week, a day, none.
NEW, WEEK, DAY, OVERDUE = 1000, 7, 1, 0


class SubjectRequest(TenantModel):
    """What one person asks about their data, by when an answer is due, and how it ended. Kept when the person is gone.

    `words` are the visitor's, sealed with their own key, and go with them. A member's words stand in the steps.
    """

    kind = models.CharField(max_length=16, choices=RequestKind)
    regime = models.CharField(max_length=8, choices=RequestRegime)
    state = models.CharField(max_length=12, choices=RequestState, default=RequestState.RECEIVED)
    contact_id = models.UUIDField(null=True, help_text="The visitor; empty where nobody is known.")
    by_visitor = models.BooleanField(default=False, help_text="Asked in the chat by the visitor.")
    opened_by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    words = SealedTextField(null=True, help_text="What the visitor wrote.")
    masked_with = models.PositiveIntegerField(help_text="Number of the rule set that scanned the words.")
    identity = models.CharField(max_length=8, choices=Identity, blank=True)
    identity_at = models.DateTimeField(null=True)
    assignee = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    extended_at = models.DateTimeField(null=True)
    extended_for = models.CharField(max_length=8, choices=ExtensionReason, blank=True)
    told_on = models.DateField(null=True, help_text="When who asked was told that it takes longer.")
    outcome = models.CharField(max_length=8, blank=True, choices=[(each.value, each.label) for each in CLOSED])
    refused_for = models.CharField(max_length=12, choices=RefusalReason, blank=True)
    decided_by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    agreed_by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    certificate = models.JSONField(null=True, help_text="Of an erasure: ids, counts by kind and the time.")
    certificate_sha256 = models.CharField(max_length=64, blank=True)
    mailed_stage = models.PositiveSmallIntegerField(null=True, help_text="Of the mail that was sent last.")

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CLOSED) ^ Q(closed_at=None), name="subject_request_closed_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(refused_for=""), name="subject_request_refused_for_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(agreed_by=None) | (Q(decided_by__isnull=False) & ~Q(agreed_by=F("decided_by"))),
                name="subject_request_agreed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(extended_at=None, told_on=None, extended_for="")
                | (Q(extended_at__isnull=False, told_on__isnull=False) & ~Q(extended_for="")),
                name="subject_request_extended_with_notice",
            ),
            models.CheckConstraint(
                condition=Q(words=None) | Q(contact_id__isnull=False), name="subject_request_words_of_somebody"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "due_at"], condition=OPEN_REQUEST, name="subject_request_open"),
            models.Index(fields=["tenant", "-received_at"], name="subject_request_recent"),
            models.Index(fields=["tenant", "contact_id"], name="subject_request_of_contact"),
        ]

    @staticmethod
    def slot(tenant_id: UUID, contact_id: UUID, row_id: UUID) -> Slot:
        """Where the visitor's words live."""
        return Slot(tenant_id, contact_id, column_of("compliance_subjectrequest", "words"), row_id)

    @property
    def is_open(self) -> bool:
        return self.state not in CLOSED

    def is_overdue(self, now: datetime) -> bool:
        """Whether it is open past its day."""
        late: bool = self.is_open and self.due_at <= now
        return late


class RequestStep(TenantModel):
    """One thing that was done about a request, or said of it. Added and never changed."""

    class Step(models.TextChoices):
        OPENED = "opened", "Received"
        IDENTITY_ASKED = "asked", "Proof of identity was asked for in the chat"
        IDENTITY_KNOWN = "known", "Identity is settled"
        ASSIGNED = "assigned", "Handed over"
        EXTENDED = "extended", "The deadline was extended"
        NOTE = "note", "Note"
        PROPOSED = "proposed", "Decided; another person has to agree"
        SENT_BACK = "sent_back", "Not agreed to"
        AGREED = "agreed", "Agreed to"
        RECTIFIED = "rectified", "Details of the visitor were put right"
        OBJECTED = "objected", "The visitor is not written to or asked for a rating any more"
        RESTRICTED = "restricted", "What is kept of the visitor is not used any more"
        LIFTED = "lifted", "Lifted"
        HANDED_OUT = "archived", "What is kept was put together, to be handed over"
        GONE = "gone", "Nothing is handed out: the visitor was erased meanwhile"
        HELD = "held", "Not erased: a legal hold is in force"
        ANSWERED = "answered", "Answered"
        REFUSED = "refused", "Refused"
        ERASED = "erased", "Everything of the visitor was erased"

    request = TenantForeignKey(SubjectRequest, models.CASCADE, related_name="steps")
    number = models.PositiveIntegerField(help_text="Within its request, from 1.")
    step = models.CharField(max_length=10, choices=Step)
    at = models.DateTimeField()
    by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+", help_text="Empty: they, or us.")
    to = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+", help_text="Who it was handed to.")
    note = SealedTextField(null=True)
    masked_with = models.PositiveIntegerField(help_text="Number of the rule set that scanned the note.")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "request", "number"), name="request_step_in_order"),
        ]

    @staticmethod
    def slot(tenant_id: UUID, row_id: UUID) -> Slot:
        """Where the note lives: under the organisation's own key, which outlives every contact's."""
        return Slot(tenant_id, None, column_of("compliance_requeststep", "note"), row_id)
