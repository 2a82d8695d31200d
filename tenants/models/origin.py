from django.db import models

from tenants.models.base import TenantModel


class AllowedOrigin(TenantModel):
    """A site on which the organisation's widget may run, as `https://www.example.com`."""

    origin = models.CharField(max_length=255)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant", "origin"), name="origin_once")]

    def __str__(self) -> str:
        return self.origin
