"""An organisation's account at a payment provider that takes cards on a page of its own."""

from django.db import models

from tenants.models import TenantModel


class Provider(models.TextChoices):
    STRIPE = "stripe", "Stripe"


class PaymentAccount(TenantModel):
    """The one account of an organisation. Both secrets are sealed (`tenants.encryption.small_secrets`)."""

    provider = models.CharField(max_length=10, choices=Provider)
    secret_key = models.BinaryField()
    webhook_secret = models.BinaryField()
    connected_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant",), name="payment_account_once")]
