from django.db import models

from tenants.models import Membership, TenantForeignKey, TenantModel


class Status(models.TextChoices):
    ONLINE = "online", "Online"
    AWAY = "away", "Away"
    OFFLINE = "offline", "Offline"


class Availability(TenantModel):
    """What a member has chosen to be for others. Whether they are there at all is known of their sockets alone."""

    membership = TenantForeignKey(Membership, models.CASCADE, related_name="+")
    status = models.CharField(max_length=8, choices=Status)
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant", "membership"), name="availability_one_a_member")]
