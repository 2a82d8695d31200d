from typing import Final

from django.db import models

from tenants.models import Membership, TenantForeignKey, TenantModel

#: So often a worker begins a pack; one that kills its worker each time is given up.
MOST_TRIES: Final = 5
#: So many packs keep their file; an older one is built again, to the same hash.
KEPT: Final = 12


class PackState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    BUILDING = "building", "Being built"
    READY = "ready", "Ready"
    FAILED = "failed", "Not built"


class PackFault(models.TextChoices):
    """Why a pack was not built."""

    NOT_OVER = "not_over", "Its period is not over yet"
    NOT_SEALED = "not_sealed", "The audit trail is being sealed"
    NO_ANCHORS = "no_anchors", "The anchors of the audit trail are out of reach"
    NO_KEY = "no_key", "The key that signs is out of reach"
    LOST = "lost", "Its worker was lost again and again: build it at a quieter time, or tell the operators"
    EXPIRED = "expired", "Entries of its first days have expired in the audit trail: choose later days"
    TOO_LARGE = "too_large", "It would be larger than 4 GB: choose a shorter period"


class EvidencePack(TenantModel):
    """Evidence of one period: who asked for it, how far it is, and what came of it."""

    first_on = models.DateField(help_text="The first day, UTC.")
    last_on = models.DateField(help_text="The last day, UTC, included.")
    state = models.CharField(max_length=10, choices=PackState, default=PackState.WAITING)
    fault = models.CharField(max_length=12, choices=PackFault, blank=True, default="")
    asked_by = TenantForeignKey(Membership, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    moved_at = models.DateTimeField(help_text="When a worker last did something for it.")
    tries = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often a worker began it; the last one alone may go on."
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    done = models.PositiveBigIntegerField(default=0, help_text="Entries of the trail that are in it so far.")
    total = models.PositiveBigIntegerField(default=0, help_text="Of so many.")
    bytes = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, default="", help_text="The audit trail has it too.")

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(last_on__gte=models.F("first_on")), name="evidence_pack_period"),
            models.UniqueConstraint(
                fields=("tenant", "first_on", "last_on"),
                condition=models.Q(state__in=("waiting", "building")),
                name="evidence_pack_one_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-asked_at"], name="evidence_pack_recent")]

    @property
    def percent(self) -> int:
        """How far it is. What is being built has never all of it."""
        return min(99, 100 * self.done // self.total) if self.total else 0


class EvidencePart(TenantModel):
    """A piece of a pack's file: ids, states and counts, as in the audit trail."""

    pack = TenantForeignKey(EvidencePack, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField(help_text="From 0.")
    content = models.BinaryField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant", "pack", "number"), name="evidence_part_in_place")]
