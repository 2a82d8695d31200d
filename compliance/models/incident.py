from datetime import datetime
from uuid import UUID

from django.db import models

from compliance.models.job_run import JobRun
from compliance.sealed_text import SealedTextField
from tenants.encryption import Slot, column_of
from tenants.models import TenantForeignKey, TenantModel


class IncidentState(models.TextChoices):
    OPEN = "open", "Open"
    ACKNOWLEDGED = "seen", "Acknowledged"
    CLOSED = "closed", "Closed"


class IncidentCause(models.TextChoices):
    CARD = "card", "Card data in stored chats"
    DRIFT = "drift", "Settings changed behind the application"
    TRAIL = "trail", "The audit trail does not hold"
    PROBE = "probe", "Somebody else has tried to get in"
    CONTROL = "control", "A control has failed or was missed"
    PERSON = "person", "Reported by a person"


class Decision(models.TextChoices):
    """Whether an incident is a breach: what the clocks hang on."""

    OPEN = "", "Not decided yet"
    BREACH = "breach", "A breach"
    NONE = "none", "No breach"


class Incident(TenantModel):
    """One entry of the register (45 CFR 164.308(a)(6)(ii); GDPR 33(5); PCI DSS v4.0.1, 12.10.1, 12.10.7).

    Ids, kinds and counts, never a value. What a detector sees again while its entry is open is counted in `records`;
    of settings `kinds` are their keys. What people write about it are its lines and its note, sealed.
    """

    cause = models.CharField(max_length=8, choices=IncidentCause, default=IncidentCause.CARD, db_default="card")
    about = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="Which control, or what of the trail."
    )
    seen_at = models.DateTimeField(null=True, blank=True, help_text="When a detector last saw it again.")
    aware_at = models.DateTimeField(
        null=True, blank=True, help_text="From when the clocks run, if not from when it was opened."
    )
    decision = models.CharField(max_length=8, choices=Decision, blank=True, default=Decision.OPEN, db_default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.UUIDField(null=True, blank=True)
    verdict = models.JSONField(null=True, blank=True, help_text="What it rests on: names of ours, and how many people.")

    run = TenantForeignKey(
        JobRun, models.PROTECT, null=True, blank=True, related_name="+", help_text="The re-scan that found it."
    )
    report_id = models.UUIDField(null=True, blank=True, help_text="Or the report of a person who saw it.")
    state = models.CharField(max_length=8, choices=IncidentState, default=IncidentState.OPEN)
    kinds = models.JSONField(default=dict, help_text="Per kind: how many were found.")
    records = models.PositiveIntegerField(default=0, help_text="In how many texts.")
    let_pass_from = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Oldest rule set that had let one pass."
    )
    let_pass_to = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Newest rule set that had let one pass."
    )
    found_with = models.PositiveIntegerField(default=0, db_default=0, help_text="Rule set that found them.")
    opened_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True, help_text="When the owners were told by mail.")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.UUIDField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.UUIDField(null=True, blank=True)
    note = SealedTextField(null=True, blank=True, help_text="Why it was closed.")
    masked_with = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Number of the rule set that scanned the note."
    )

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "run"), name="incident_once_per_run"),
            models.UniqueConstraint(fields=("tenant", "report_id"), name="incident_once_per_report"),
            models.CheckConstraint(
                condition=models.Q(cause="card", run=None, report_id__isnull=False)
                | models.Q(cause="card", run__isnull=False, report_id=None)
                | models.Q(~models.Q(cause="card"), run=None, report_id=None),
                name="incident_of_a_run_or_a_report",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="closed") | models.Q(note__isnull=False), name="incident_closed_with_a_note"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-opened_at"], name="incident_recent")]

    @property
    def clocks_from(self) -> datetime:
        """When the organisation came to know of it."""
        return self.aware_at or self.opened_at

    @staticmethod
    def slot(tenant_id: UUID, row_id: UUID) -> Slot:
        """Where the note lives: under the organisation's own key."""
        return Slot(tenant_id, None, column_of("compliance_incident", "note"), row_id)


class IncidentRecord(TenantModel):
    """One text of an incident: which, and how many of a kind were in it."""

    incident = TenantForeignKey(Incident, models.CASCADE, related_name="items")
    record_kind = models.CharField(max_length=40, help_text="Table, and column where it has several texts.")
    record_id = models.UUIDField()
    conversation_id = models.UUIDField(null=True, blank=True)
    entity = models.CharField(max_length=16)
    count = models.PositiveIntegerField()
    let_pass = models.PositiveIntegerField(help_text="Rule set that had let it pass.")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "incident", "record_id", "entity"), name="incident_record_once")
        ]
