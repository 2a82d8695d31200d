from django.db import models
from django.db.models import F, Q

from chat.models.message import Message
from tenants.models import Membership, TenantForeignKey, TenantModel


class ReportKind(models.TextChoices):
    MISS = "miss", "Miss"
    FALSE_ALARM = "false_alarm", "False alarm"


class ReportState(models.TextChoices):
    NEW = "new", "New"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"


class Outcome(models.TextChoices):
    """What came of an accepted report."""

    RULE = "rule", "A rule was added"
    EXEMPT = "exempt", "Ids of this form are left alone"
    NOTED = "noted", "Accepted, no rule added"


class DeclineReason(models.TextChoices):
    """Why nothing comes of a report. Chosen and not written: people write values into reasons."""

    NOT_PRIVATE = "not_private", "This is nothing private"
    RIGHT = "right", "Masking this is right"
    TOO_RARE = "too_rare", "Too rare for a rule"
    TOO_WIDE = "too_wide", "A rule for it would hide too much else"
    KNOWN = "known", "Known already"


class MaskingReport(TenantModel):
    """What a member says masking missed in a message, or hid without need: its shape and kind, never the value."""

    message = TenantForeignKey(Message, models.CASCADE, related_name="reports")
    kind = models.CharField(max_length=12, choices=ReportKind)
    entity = models.CharField(max_length=16, help_text="What it is said to be, or was taken for.")
    detector = models.CharField(max_length=40, blank=True, help_text="Of a false alarm: what took it for that.")
    start = models.PositiveIntegerField(help_text="Code points into the text as it was then, half-open.")
    end = models.PositiveIntegerField()
    before = models.CharField(max_length=400, blank=True, help_text="Shape of what stands before it.")
    value = models.CharField(max_length=200, blank=True, help_text="Its shape; of a false alarm nothing is left.")
    after = models.CharField(max_length=400, blank=True)
    words = models.JSONField(default=list, help_text="Words of the masking lexicon near it.")
    masked_now = models.BooleanField(default=False, help_text="Whether the reporter had it masked at once.")
    rule_set_number = models.PositiveIntegerField()
    reported_by = TenantForeignKey(Membership, models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=ReportState, default=ReportState.NEW)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)
    reason = models.CharField(max_length=12, choices=DeclineReason, blank=True)
    decided_by = TenantForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(value__regex="^[^0-8b-zB-Z]*$", before__regex="^[^0-8]*$", after__regex="^[^0-8]*$"),
                name="masking_report_shapes",
            ),
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="masking_report_not_empty"),
            models.CheckConstraint(
                condition=Q(state=ReportState.NEW, outcome="", reason="")
                | (Q(state=ReportState.ACCEPTED, reason="") & ~Q(outcome=""))
                | (Q(state=ReportState.DECLINED, outcome="") & ~Q(reason="")),
                name="masking_report_decided",
            ),
            models.UniqueConstraint(
                fields=("tenant", "message", "kind", "start", "end"),
                condition=Q(state=ReportState.NEW),
                name="masking_report_once",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "state", "-reported_at"], name="masking_report_queue")]
