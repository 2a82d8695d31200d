from typing import Final
from uuid import UUID

from django.db import models
from django.db.models import F, Q

from compliance.sealed_text import SealedTextField
from tenants.encryption import Slot, column_of
from tenants.models import Membership, TenantForeignKey, TenantModel


class HoldKind(models.TextChoices):
    CONVERSATION = "conversation", "One conversation"
    CONTACT = "contact", "Everything of one visitor"
    QUERY = "query", "Every conversation that matches a search"


class HoldState(models.TextChoices):
    IN_FORCE = "in_force", "In force"
    RELEASE_ASKED = "asked", "In force; its release was asked for"
    RELEASED = "released", "Released"


#: A hold that keeps records.
IN_FORCE: Final = Q(released_at=None)


class LegalHold(TenantModel):
    """Forbids to dispose of named records, whatever retention says and whoever asks, until two people release it.

    `target_id` is a conversation or a contact. `query` has ids and days alone, and only of facts that no later change
    takes away (`chat.holds`): what it covers once it covers until it is released.
    """

    kind = models.CharField(max_length=12, choices=HoldKind)
    target_id = models.UUIDField(null=True)
    query = models.JSONField(null=True, help_text="Ids and days.")
    reason = SealedTextField(help_text="Why it was placed.")
    masked_with = models.PositiveIntegerField(help_text="Number of the rule set that scanned the reason.")
    placed_by = TenantForeignKey(Membership, models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    release_asked_by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    release_asked_at = models.DateTimeField(null=True)
    released_by = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="query", target_id=None, query__isnull=False)
                | (~Q(kind="query") & Q(target_id__isnull=False, query=None)),
                name="legal_hold_on_something",
            ),
            models.CheckConstraint(
                condition=Q(release_asked_by=None, release_asked_at=None)
                | Q(release_asked_by__isnull=False, release_asked_at__isnull=False),
                name="legal_hold_release_asked",
            ),
            models.CheckConstraint(
                condition=Q(released_by=None, released_at=None)
                | (
                    Q(released_by__isnull=False, released_at__isnull=False, release_asked_by__isnull=False)
                    & ~Q(released_by=F("release_asked_by"))
                ),
                name="legal_hold_released_by_two",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "kind", "target_id"], condition=IN_FORCE, name="legal_hold_in_force"),
            models.Index(fields=["tenant", "-placed_at"], name="legal_hold_recent"),
        ]

    @staticmethod
    def slot(tenant_id: UUID, row_id: UUID) -> Slot:
        """Where the reason lives: under the organisation's own key, which outlives every contact's."""
        return Slot(tenant_id, None, column_of("compliance_legalhold", "reason"), row_id)

    @property
    def state(self) -> HoldState:
        if self.released_at is not None:
            return HoldState.RELEASED
        return HoldState.IN_FORCE if self.release_asked_at is None else HoldState.RELEASE_ASKED
