"""A visitor's passkeys: public halves of keys that their devices hold."""

from django.db import models

from chat.models.contact import Contact
from tenants.ceremonies import MAX_ID, MAX_KEY
from tenants.models import TenantForeignKey, TenantModel


class VisitorPasskey(TenantModel):
    """A key pair of a visitor's device or key store (W3C Web Authentication Level 3); here is its public half.

    It belongs to the host of forms, so that it is nothing at the staff's sign-in, and a member's passkey nothing here.
    """

    contact = TenantForeignKey(Contact, models.CASCADE, related_name="+")
    credential_id = models.BinaryField(max_length=MAX_ID, help_text="Made by the device, at random.")
    public_key = models.BinaryField(max_length=MAX_KEY)
    # The device counts in 32 bits without a sign (section 6.1.1).
    sign_count = models.BigIntegerField(default=0, help_text="How often it was used, as it said last.")
    transports = models.JSONField(default=list, help_text="How its device is reached: names out of the standard.")
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant", "credential_id"), name="visitor_passkey_once")]
        indexes = [models.Index(fields=["tenant", "contact"], name="visitor_passkey_contact")]
