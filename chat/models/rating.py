"""What a visitor said of a conversation that is over: a value, and a comment if they liked."""

from typing import Final
from uuid import UUID

from django.db import models

from chat.models.contact import Contact
from chat.models.conversation import Conversation
from compliance.sealed_text import SealedTextField
from tenants.encryption import Slot, column_of
from tenants.models import TenantForeignKey, TenantModel

MAX_COMMENT: Final = 1000


class RatingScale(models.TextChoices):
    THUMBS = "thumbs", "Good or bad"
    FIVE = "five", "1 to 5"


#: Values of each scale, from the worst to the best.
VALUES: Final = {RatingScale.THUMBS: (1, 5), RatingScale.FIVE: (1, 2, 3, 4, 5)}
#: From here on it was good.
GOOD: Final = 4


class Rating(TenantModel):
    """One conversation's; the visitor may change it for a while."""

    conversation = TenantForeignKey(Conversation, models.CASCADE, related_name="ratings")
    contact = TenantForeignKey(Contact, models.CASCADE, related_name="+")
    scale = models.CharField(max_length=6, choices=RatingScale)
    value = models.PositiveSmallIntegerField()
    comment = SealedTextField(null=True)
    masked_with = models.PositiveIntegerField(help_text="Number of the rule set that scanned the comment.")
    rated_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "conversation"), name="rating_once"),
            models.CheckConstraint(condition=models.Q(value__gte=1, value__lte=5), name="rating_1_to_5"),
        ]
        indexes = [models.Index(fields=["tenant", "-rated_at"], name="rating_recent")]

    @staticmethod
    def slot(tenant_id: UUID, contact_id: UUID, row_id: UUID) -> Slot:
        """Where the comment lives."""
        return Slot(tenant_id, contact_id, column_of("chat_rating", "comment"), row_id)

    @property
    def words(self) -> str:
        """The value as a member reads it."""
        if self.scale == RatingScale.THUMBS:
            return "Good" if self.value >= GOOD else "Bad"
        return f"{self.value} of 5"
