from django.db import models

from tenants.models.base import TenantModel


class PolicyChoice(TenantModel):
    """What an organisation has chosen for a setting of `tenants.policies`. No row: the default.

    What is in force is never read from here alone: a mode's floor may lie above it.
    """

    key = models.CharField(max_length=40)
    value = models.CharField(max_length=20)
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant", "key"), name="policy_choice_once")]
