from datetime import datetime, timedelta
from typing import Final

from django.db import models

from tenants.models import Membership, TenantForeignKey, TenantModel, User

#: The longest an owner may let an operator in for, held by the database (PCI DSS 8.2.7).
LONGEST: Final = timedelta(minutes=60)
#: An operator's question that no owner has answered by then is over.
ASKED_FOR: Final = timedelta(hours=24)


class SupportState(models.TextChoices):
    """What a grant is now. It is not stored: it follows from the moments, so time alone ends it."""

    ASKED = "asked", "Waiting for an owner"
    OPEN = "open", "Open"
    OVER = "over", "Over"


class SupportEnd(models.TextChoices):
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Taken back by the operator"
    BY_OWNER = "by_owner", "Ended by an owner"
    BY_OPERATOR = "by_operator", "Ended by the operator"
    BY_TIME = "by_time", "Time was over"
    VOID = "void", "Ended by itself: what it stood on is gone"


class SupportGrant(TenantModel):
    """An operator's question to look into an organisation, and an owner's answer: read only, for an hour at most.

    Whether one is in force is said by one function of the database, `support_grants()`, on which the policies stand
    that let messages through. It looks besides at whether operator and owner are still what they were, at the
    organisation's state and at its modes.
    """

    operator = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, help_text="The operator's, masked by every rule there is.")
    asked_at = models.DateTimeField()
    approved_by = TenantForeignKey(Membership, models.PROTECT, related_name="+", null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    is_break_glass = models.BooleanField(default=False, help_text="Whether a break-glass code was given for it.")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_as = models.CharField(max_length=12, choices=SupportEnd, blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = "support access"
        verbose_name_plural = "support access"
        constraints = [
            models.UniqueConstraint(
                fields=("tenant", "operator"), condition=models.Q(ended_at=None), name="support_grant_once"
            ),
            models.CheckConstraint(
                condition=models.Q(approved_at=None, approved_by=None, until=None)
                | models.Q(
                    approved_at__isnull=False,
                    approved_by__isnull=False,
                    until__gt=models.F("approved_at"),
                    until__lte=models.F("approved_at") + LONGEST,
                ),
                name="support_grant_an_hour_at_most",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ended_as="")
                | (models.Q(ended_at__isnull=False) & ~models.Q(ended_as="")),
                name="support_grant_ended_as",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["tenant", "-asked_at"], name="support_grant_recent"),
            models.Index(fields=["operator"], name="support_grant_operator"),
        ]

    def state(self, now: datetime) -> SupportState:
        """Return what its moments make of it at one."""
        if self.ended_at is not None:
            return SupportState.OVER
        if self.until is not None:
            return SupportState.OPEN if now < self.until else SupportState.OVER
        return SupportState.ASKED if now < self.asked_at + ASKED_FOR else SupportState.OVER
