from datetime import date, datetime
from uuid import UUID

from django.db import models

from compliance.models.incident import Incident
from compliance.sealed_text import SealedTextField
from tenants.encryption import Slot, column_of
from tenants.models import Membership, TenantForeignKey, TenantModel


class LineKind(models.TextChoices):
    """What a line of an incident is."""

    REPORT = "report", "Report"
    ASSESSMENT = "assess", "Assessment"
    REMARK = "remark", "Remark"
    TASK = "task", "Task"
    LEFT_OPEN = "open", "Why it was closed with something open"


class IncidentClock(TenantModel):
    """A deadline that a rule sets for one incident; `regime` names it in `compliance.breach.regimes`."""

    incident = TenantForeignKey(Incident, models.CASCADE, related_name="clocks")
    regime = models.CharField(max_length=24)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True, help_text="When it was done, as somebody has said.")
    done_by = models.UUIDField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True, help_text="When a mail said that it is near.")
    overdue_told_at = models.DateTimeField(null=True, blank=True, help_text="When a mail said that it is over.")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "incident", "regime"), name="incident_clock_once"),
            models.CheckConstraint(condition=models.Q(due_at__gte=models.F("started_at")), name="incident_clock_ahead"),
        ]
        indexes = [
            models.Index(fields=["tenant", "due_at"], condition=models.Q(done_at=None), name="incident_clock_running")
        ]

    def is_overdue(self, now: datetime) -> bool:
        return self.done_at is None and self.due_at < now


class IncidentLine(TenantModel):
    """Something that a person wrote about an incident, or has to do for it. Masked and sealed."""

    incident = TenantForeignKey(Incident, models.CASCADE, related_name="lines")
    kind = models.CharField(max_length=8, choices=LineKind)
    text = SealedTextField()
    masked_with = models.PositiveIntegerField(help_text="Number of the rule set that scanned the text.")
    at = models.DateTimeField()
    by = models.UUIDField(null=True, blank=True)
    assignee = TenantForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    due_on = models.DateField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.UUIDField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True, help_text="When a mail said that it is due.")

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="task")
                | models.Q(assignee=None, due_on=None, done_at=None, done_by=None, reminded_at=None),
                name="incident_line_only_tasks_are_done",
            )
        ]
        indexes = [models.Index(fields=["tenant", "incident", "at"], name="incident_line_of")]

    def is_overdue(self, today: date) -> bool:
        return self.due_on is not None and self.done_at is None and self.due_on < today

    @staticmethod
    def slot(tenant_id: UUID, row_id: UUID) -> Slot:
        """Where the text lives: under the organisation's own key."""
        return Slot(tenant_id, None, column_of("compliance_incidentline", "text"), row_id)


class FoundBy(models.TextChoices):
    """How a person came onto an incident's list."""

    RECORDS = "records", "A text of theirs is among those found"
    QUERY = "query", "A search of conversations"


class IncidentContact(TenantModel):
    """A person whom an incident concerns: an id, and the conversation through which they are looked at."""

    incident = TenantForeignKey(Incident, models.CASCADE, related_name="people")
    contact_id = models.UUIDField()
    conversation_id = models.UUIDField()
    found_by = models.CharField(max_length=8, choices=FoundBy)
    added_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "incident", "contact_id"), name="incident_contact_once")
        ]
