from django.db import models

from chat.models.message import Message
from tenants.models import TenantForeignKey, TenantModel


class Finding(TenantModel):
    """What was masked in a message: kind and place, never the value."""

    message = TenantForeignKey(Message, models.CASCADE, related_name="findings")
    entity = models.CharField(max_length=16)
    start = models.PositiveIntegerField(help_text="Code points into the masked text, half-open.")
    end = models.PositiveIntegerField()
    detector = models.CharField(max_length=40)
    rule_set_number = models.PositiveIntegerField()
    last_four = models.CharField(max_length=4, blank=True, help_text="Of a card number only.")

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_four="") | models.Q(entity="CARD"), name="finding_last_four_of_cards_only"
            ),
            models.CheckConstraint(condition=models.Q(start__lt=models.F("end")), name="finding_not_empty"),
        ]
        indexes = [models.Index(fields=["tenant", "message"], name="finding_message")]
