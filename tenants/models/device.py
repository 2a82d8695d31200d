from django.db import models

from tenants.models.base import TenantForeignKey, TenantModel
from tenants.models.membership import Membership


class DeviceKind(models.TextChoices):
    KEY = "key", "A key of the browser"
    CERTIFICATE = "certificate", "A client certificate"


class DeviceState(models.TextChoices):
    ASKED = "asked", "Waiting for an owner"
    APPROVED = "approved", "Approved"
    REVOKED = "revoked", "Revoked"


class StaffDevice(TenantModel):
    """A browser of a member's, known by SHA-256 of its public key or of its client certificate.

    The private key never leaves it: it is made so that no script can read it.
    """

    membership = TenantForeignKey(Membership, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=DeviceKind)
    key_hash = models.BinaryField(max_length=32)
    browser = models.CharField(max_length=80, help_text="Its name and system, from the User-Agent header.")
    address = models.GenericIPAddressField(help_text="Where it asked from.")
    state = models.CharField(max_length=8, choices=DeviceState)
    asked_at = models.DateTimeField()
    decided_by = TenantForeignKey(Membership, models.PROTECT, related_name="+", null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "membership", "key_hash"), name="staff_device_once"),
            models.CheckConstraint(
                condition=models.Q(state=DeviceState.ASKED) | models.Q(decided_at__isnull=False),
                name="staff_device_decided",
            ),
        ]
