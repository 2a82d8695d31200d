from django.db import models

from chat.models.conversation import Conversation
from tenants.models import TenantForeignKey, TenantModel


class ReadSide(models.TextChoices):
    VISITOR = "visitor", "The visitor"
    TEAM = "team", "Whoever answers"


class ReadMark(TenantModel):
    """How far one side of a conversation has read: numbers only, neither who nor when.

    A row of its own, so that reading never waits for the lock under which messages are numbered.
    """

    conversation = TenantForeignKey(Conversation, models.CASCADE, related_name="read_marks")
    side = models.CharField(max_length=8, choices=ReadSide)
    sequence = models.PositiveIntegerField(default=0)
    public_sequence = models.PositiveIntegerField(default=0, help_text="The same place as the visitor counts.")

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant", "conversation", "side"), name="read_mark_one_a_side")]
