from typing import Final

from django.db import models

from tenants.models import Membership, TenantForeignKey, TenantModel

#: Of one member.
MOST_VIEWS: Final = 20


class TrailView(TenantModel):
    """Filters of the audit trail that a member keeps: ids, days and names of events, as they stand in an address."""

    membership = TenantForeignKey(Membership, models.CASCADE, related_name="+")
    query = models.CharField(max_length=300)
    saved_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "membership", "query"), name="trail_view_once"),
        ]
