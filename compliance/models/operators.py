from datetime import datetime, timedelta
from typing import Final

from django.db import models

from compliance.models.chained import Chained, chained
from helpdesk.core.models import UuidModel
from tenants.models import User

#: What nobody has answered by then is over.
ASKED_FOR: Final = timedelta(hours=24)


class OperatorEntry(Chained, UuidModel):
    """One thing an operator did or read, whichever organisation it was in: the operators' own trail.

    Written beside the organisation's entry, in the same transaction (`compliance.audit`). Nobody may change or delete
    it.
    """

    event = models.CharField(max_length=64)
    operator_id = models.UUIDField(null=True, blank=True, help_text="None: the service itself.")
    organisation_id = models.UUIDField(null=True, blank=True)
    object_kind = models.CharField(max_length=64)
    object_id = models.UUIDField(null=True, blank=True)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "operators' entry"
        verbose_name_plural = "operators' trail"
        constraints = [
            *chained("operator_entry"),
            models.UniqueConstraint(
                fields=("position",), condition=models.Q(position__isnull=False), name="operator_entry_in_place"
            ),
        ]
        indexes = [
            models.Index(fields=["-at"], name="operator_entry_recent"),
            models.Index(fields=["id"], condition=models.Q(position=None), name="operator_entry_waiting"),
        ]


class OperatorReset(UuidModel):
    """The question to take an operator's second factors away, and another operator's answer: three different people."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+", help_text="Who has lost them.")
    reason = models.CharField(max_length=200, help_text="Masked by every rule there is.")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    is_approved = models.BooleanField(default=False)

    class Meta:
        verbose_name = "operator's reset"
        verbose_name_plural = "operators' resets"
        constraints = [
            models.UniqueConstraint(
                fields=("user",), condition=models.Q(decided_at=None), name="operator_reset_asked_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(asked_by=models.F("user")), name="operator_reset_not_for_oneself"
            ),
            models.CheckConstraint(
                condition=models.Q(is_approved=False)
                | (
                    models.Q(decided_by__isnull=False, decided_at__isnull=False)
                    & ~models.Q(decided_by=models.F("user"))
                    & ~models.Q(decided_by=models.F("asked_by"))
                ),
                name="operator_reset_by_another",
            ),
        ]

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be answered."""
        return self.decided_at is None and now < self.asked_at + ASKED_FOR
