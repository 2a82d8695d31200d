from django.db import models

from tenants.models.base import TenantForeignKey, TenantModel
from tenants.models.membership import Membership


class Guarded(models.TextChoices):
    """What is closed to a member whose course has lapsed."""

    WORKSPACE = "workspace", "The workspace"
    FORMS = "forms", "What visitors send by secure forms"
    HEALTH = "health", "Conversations about health"


class TrainingDuty(TenantModel):
    """A course that is asked of a member, how far they have come, and until when what they did is good for.

    Kept when the course is not asked for any more, so that it is known again when it is. The gate reads `due_at`.
    """

    membership = TenantForeignKey(Membership, models.PROTECT, related_name="+")
    course = models.CharField(max_length=40, help_text="Key of a course of the product, or id of one of their own.")
    is_assigned = models.BooleanField(default=True)
    closes = models.BooleanField(help_text="Whether what is guarded is closed once it is due.")
    guards = models.CharField(max_length=10, choices=Guarded, default=Guarded.WORKSPACE)
    assigned_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="Until when it has to be done, or done again.")
    version = models.PositiveIntegerField(default=0, help_text="Completed last; 0 for never.")
    completed_at = models.DateTimeField(null=True, blank=True)
    taking = models.PositiveIntegerField(default=0, help_text="The version being taken now.")
    lessons_seen = models.PositiveSmallIntegerField(default=0, help_text="Of the version being taken.")
    passed_at = models.DateTimeField(null=True, blank=True, help_text="When its quiz was passed; not signed yet.")
    reminded_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="The last reminder for this due date: so many days before it."
    )

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "membership", "course"), name="training_duty_once"),
            models.CheckConstraint(
                condition=models.Q(completed_at=None, version=0) | models.Q(completed_at__isnull=False, version__gte=1),
                name="training_duty_completed_in_a_version",
            ),
        ]
