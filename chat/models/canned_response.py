from typing import Final
from uuid import UUID

from django.db import models

from compliance.sealed_text import SealedTextField
from tenants.encryption import Slot, column_of
from tenants.models import TenantModel

# Kept readable, as it is looked for and must be one of its kind: too few digits for any number that matters.
SHORTCUT: Final = r"^[a-z][a-z0-9-]*$"
MANY_DIGITS: Final = r"[0-9][a-z-]*[0-9][a-z-]*[0-9][a-z-]*[0-9][a-z-]*[0-9]"
MAX_SHORTCUT: Final = 32
MAX_TEXT: Final = 4_000


class CannedResponse(TenantModel):
    """A reply kept for all agents of an organisation, found by a short name."""

    shortcut = models.CharField(max_length=MAX_SHORTCUT)
    text = SealedTextField()
    masked_with = models.PositiveIntegerField(help_text="Number of the rule set that scanned it.")
    changed_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="Gone, but can be brought back for a while.")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=("tenant", "shortcut"), condition=models.Q(deleted_at=None), name="canned_response_shortcut_once"
            ),
            models.CheckConstraint(
                condition=models.Q(shortcut__regex=SHORTCUT) & ~models.Q(shortcut__regex=MANY_DIGITS),
                name="canned_response_shortcut_few_digits",
            ),
        ]

    @staticmethod
    def slot(tenant_id: UUID, row_id: UUID) -> Slot:
        """Where the text lives: under the organisation's own key."""
        return Slot(tenant_id, None, column_of("chat_cannedresponse", "text"), row_id)
