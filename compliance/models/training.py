from django.db import models

from tenants.models import Membership, TenantForeignKey, TenantModel


class OwnCourse(TenantModel):
    """A course that an organisation has written for its own people. What it says stands in its versions."""

    version = models.PositiveIntegerField(default=1, help_text="The one that is taken now.")
    least_version = models.PositiveIntegerField(default=1, help_text="Who has done an older one takes it again.")
    roles = models.JSONField(default=list, help_text="For whom it is.")
    closes = models.BooleanField(default=False, help_text="Whether the workspace is closed without it.")
    is_in_use = models.BooleanField(default=True)
    changed_at = models.DateTimeField()


class OwnCourseVersion(TenantModel):
    """What a course of an organisation said in one version: kept, since people have signed it."""

    course = TenantForeignKey(OwnCourse, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField(help_text="As `compliance.training.course` reads it.")
    written_by = models.UUIDField(help_text="Membership.")
    written_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "course", "number"), name="own_course_version_once"),
        ]


class TrainingStep(models.TextChoices):
    FAILED = "failed", "Quiz not passed"
    PASSED = "passed", "Quiz passed"
    SIGNED = "signed", "Signed and completed"


class TrainingRecord(TenantModel):
    """What a member did in a course: added and never changed. The last step of a course is the signature."""

    membership = TenantForeignKey(Membership, models.PROTECT, related_name="+")
    course = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    step = models.CharField(max_length=6, choices=TrainingStep)
    right = models.PositiveSmallIntegerField(default=0, help_text="Questions answered rightly.")
    asked = models.PositiveSmallIntegerField(default=0)
    signed_as = models.CharField(
        max_length=80, blank=True, default="", help_text="The account's name, as its owner typed it to sign."
    )
    text_hash = models.BinaryField(
        max_length=32, null=True, blank=True, help_text="SHA-256 of the course's lessons and statement, as signed."
    )
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "membership", "course", "at"], name="training_record_of")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(step="signed") | models.Q(text_hash__isnull=False),
                name="training_record_signed_with_a_hash",
            ),
        ]
