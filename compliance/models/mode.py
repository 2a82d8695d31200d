from datetime import timedelta
from typing import Final

from django.db import models

from tenants.actors import ActorKind
from tenants.models import ModeState, TenantForeignKey, TenantModel

#: From the second person's word to the end of a mode, in which everyone sees the banner and it can be taken back.
NOTICE: Final = timedelta(hours=24)
#: A wish to switch a mode off to which nobody agrees is over after this.
ASKED_FOR: Final = timedelta(days=7)


class ModeName(models.TextChoices):
    HIPAA = "hipaa", "HIPAA mode"
    PCI = "pci", "PCI mode"


class SwitchEnd(models.TextChoices):
    DONE = "done", "Done"
    WITHDRAWN = "withdrawn", "Taken back"
    LAPSED = "lapsed", "Nobody agreed in time"
    OUTDATED = "outdated", "The mode was switched off before it was done"


class ModeSwitch(TenantModel):
    """One way of a mode, on or off: who asked for it and why, who agreed, and how it ended.

    The database holds what must not be bent: another person agrees, and a mode ends a day after that at the earliest.
    """

    mode = models.CharField(max_length=8, choices=ModeName)
    turns_on = models.BooleanField()
    was = models.CharField(max_length=10, choices=ModeState, help_text="Before, and again if it is taken back.")
    reason = models.CharField(max_length=200, help_text="Masked by every rule there is.")
    agreement = models.CharField(
        max_length=200, blank=True, default="", help_text="Where the agreement lies; masked by every rule there is."
    )
    agreed_on = models.DateField(null=True, blank=True)
    before = models.JSONField(default=dict, help_text="By setting: what was in force.")
    asked_kind = models.CharField(max_length=8, choices=ActorKind)
    asked_by = models.UUIDField(null=True, blank=True)
    asked_person = models.UUIDField(null=True, blank=True, help_text="Who that is, in whichever place they asked.")
    asked_at = models.DateTimeField()
    approved_kind = models.CharField(max_length=8, choices=ActorKind, blank=True, default="")
    approved_by = models.UUIDField(null=True, blank=True)
    approved_person = models.UUIDField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True, help_text="When it ends, once somebody agreed.")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_as = models.CharField(max_length=10, choices=SwitchEnd, blank=True, default="")

    class Meta(TenantModel.Meta):
        verbose_name_plural = "mode switches"
        constraints = [
            models.UniqueConstraint(
                fields=("tenant", "mode", "turns_on"), condition=models.Q(ended_at=None), name="mode_switch_once"
            ),
            models.CheckConstraint(
                condition=models.Q(approved_at=None, approved_person=None, due_at=None)
                | models.Q(
                    ~models.Q(approved_person=models.F("asked_person")),
                    turns_on=False,
                    approved_at__isnull=False,
                    approved_person__isnull=False,
                    due_at__gte=models.F("approved_at") + NOTICE,
                ),
                name="mode_switch_by_two_and_a_day",
            ),
            models.CheckConstraint(
                condition=models.Q(turns_on=True)
                | ~models.Q(ended_as="done")
                | models.Q(due_at__isnull=False, ended_at__gte=models.F("due_at")),
                name="mode_switch_off_when_due",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ended_as="")
                | (models.Q(ended_at__isnull=False) & ~models.Q(ended_as="")),
                name="mode_switch_ended_as",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["tenant", "-asked_at"], name="mode_switch_recent")]


class ModeCertificate(TenantModel):
    """What was done until a mode was on: counts by kind and settings, no values. Only ever added."""

    switch = TenantForeignKey(ModeSwitch, models.PROTECT, related_name="+")
    mode = models.CharField(max_length=8, choices=ModeName)
    number = models.PositiveIntegerField(help_text="From 1, for each mode.")
    facts = models.JSONField()
    sha256 = models.CharField(max_length=64, help_text="Of the facts; the audit trail has it too.")
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "mode", "number"), name="mode_certificate_number"),
            models.UniqueConstraint(fields=("tenant", "switch"), name="mode_certificate_once"),
        ]


class PolicyStanding(TenantModel):
    """What the application last wrote of an organisation's settings: what is found otherwise was changed behind it."""

    choices = models.JSONField(default=dict, help_text="By setting: what was chosen.")
    modes = models.JSONField(default=dict, help_text="By mode: its state.")
    retention = models.JSONField(default=dict, help_text="By class of records: days.")
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant",), name="policy_standing_once")]
