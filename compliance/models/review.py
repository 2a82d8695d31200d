from django.db import models

from tenants.models import Membership, TenantForeignKey, TenantModel
from tenants.roles import Role


class LineDecision(models.TextChoices):
    """What a reviewer says of one person's access."""

    OPEN = "", "Not looked at"
    KEEP = "keep", "Keep"
    CHANGE = "change", "Change the role"
    REMOVE = "remove", "Take away"


class AccessReview(TenantModel):
    """One round of looking at who has access, and who has signed for it (PCI DSS 7.2.4; 45 CFR 164.308(a)(4)(ii)(C)).

    There is at most one that is not signed; it says when it is due.
    """

    due_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True)
    begun_by = models.UUIDField(null=True, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.UUIDField(null=True, blank=True)
    counts = models.JSONField(null=True, blank=True, help_text="Of what was signed: per decision how many.")
    reminded_at = models.DateTimeField(null=True, blank=True, help_text="When a mail said that it is due soon.")
    overdue_told_at = models.DateTimeField(null=True, blank=True, help_text="When a mail said that it is overdue.")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=("tenant",), condition=models.Q(signed_at=None), name="access_review_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(signed_at=None, signed_by=None)
                | models.Q(signed_at__isnull=False, signed_by__isnull=False, begun_at__isnull=False),
                name="access_review_signed_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-signed_at"], name="access_review_recent")]


class AccessReviewLine(TenantModel):
    """One person in a review: what they had as it began, and what the reviewer says."""

    review = TenantForeignKey(AccessReview, models.CASCADE, related_name="lines")
    membership = TenantForeignKey(Membership, models.PROTECT, related_name="+")
    role = models.CharField(max_length=12, choices=Role, help_text="As the review began.")
    used_at = models.DateTimeField(help_text="When they last did something, as it began.")
    has_factor = models.BooleanField(help_text="Whether they had a second factor, as it began.")
    decision = models.CharField(max_length=8, choices=LineDecision, blank=True, default=LineDecision.OPEN)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.UUIDField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "review", "membership"), name="access_review_line_once"),
            models.CheckConstraint(
                condition=models.Q(decision="", decided_at=None)
                | (~models.Q(decision="") & models.Q(decided_at__isnull=False)),
                name="access_review_line_decided_at",
            ),
        ]
