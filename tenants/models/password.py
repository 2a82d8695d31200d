from django.db import models

from helpdesk.core.models import UuidModel
from tenants.models.user import User


class UsedPassword(UuidModel):
    """A password someone had before, as its hash: it is not to be chosen again for a while (PCI DSS 8.3.7)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    encoded = models.CharField(max_length=255)
    replaced_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=("user", "-replaced_at"), name="used_password_recent")]

    def __str__(self) -> str:
        return f"a password until {self.replaced_at:%Y-%m-%d}"
