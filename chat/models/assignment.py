from django.db import models

from chat.models.conversation import Conversation
from tenants.models import Membership, TenantForeignKey, TenantModel


class Assignment(TenantModel):
    """A period during which a member held a conversation."""

    conversation = TenantForeignKey(Conversation, models.CASCADE, related_name="assignments")
    membership = TenantForeignKey(Membership, models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=("tenant", "conversation"), condition=models.Q(ended_at=None), name="assignment_one_at_a_time"
            )
        ]
