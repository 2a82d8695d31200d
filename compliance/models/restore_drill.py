from django.db import models

from helpdesk.core.models import UuidModel


class DrillFault(models.TextChoices):
    """Why a restore drill did not hold."""

    UNREADABLE = "unreadable", "The backup cannot be read"
    RESTORING = "restoring", "It cannot be restored"
    MIGRATIONS = "migrations", "It is of an older release"
    ROWS = "rows", "Rows are missing"
    FENCES = "fences", "Organisations would not be fenced off"
    TRAIL = "trail", "An audit trail or its anchors do not verify"
    KEYS = "keys", "What is sealed does not open"
    ERASED = "erased", "What was erased since can be read"
    SCRATCH = "scratch", "A scratch database is left"


class RestoreDrill(UuidModel):
    """One drill: a backup of the whole service was restored on trial. Written by the owner's role alone, only added to.

    Holds counts and names out of the code (45 CFR 164.308(a)(7)(ii)(D); PCI DSS v4.0.1, 12.10.2; SOC 2 A1.2, A1.3).
    """

    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    backup_made_at = models.DateTimeField(null=True, help_text="When the backup was begun; none if it is unreadable.")
    is_own = models.BooleanField(help_text="Whether the drill made the backup itself.")
    held = models.BooleanField(help_text="Whether everything was as it has to be.")
    faults = models.CharField(max_length=120, blank=True, help_text="What was not, by name, with commas between.")
    restored_ms = models.PositiveBigIntegerField(help_text="How long both databases took to be restored.")
    databases = models.PositiveIntegerField(help_text="How many were restored.")
    tenants = models.PositiveIntegerField(help_text="Organisations in the backup.")
    rows = models.PositiveBigIntegerField()
    entries = models.PositiveBigIntegerField(help_text="Audit entries verified, in every chain.")
    anchor = models.PositiveIntegerField(help_text="Number of the newest anchor that was verified; 0 for none.")
    opened = models.PositiveIntegerField(help_text="Sealed texts of the sample that opened.")
    withheld = models.PositiveIntegerField(
        help_text="Those whose key an organisation keeps to itself, or is suspended."
    )
    unreadable = models.PositiveIntegerField(help_text="Texts of erased people that stay unreadable.")

    class Meta:
        indexes = [models.Index(fields=["-started_at"], name="restore_drill_recent")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(held=True, faults="") | (models.Q(held=False) & ~models.Q(faults="")),
                name="restore_drill_held_or_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"
