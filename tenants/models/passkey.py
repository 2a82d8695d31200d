from typing import TYPE_CHECKING

from django.db import models
from django_otp_webauthn.models import AbstractWebAuthnCredential

from tenants.models.factor import Factor


class Passkey(Factor, AbstractWebAuthnCredential):
    """A key pair of the person's device or key store (W3C Web Authentication Level 3); here is its public half.

    What it signs it signs for this site alone, so it cannot be phished (PCI DSS 8.5.1). Which make it is, is neither
    asked for nor kept.
    """

    # The authenticator counts in 32 bits without a sign (section 6.1.1); the library's column holds 31.
    sign_count: "models.BigIntegerField[int, int]" = models.BigIntegerField(default=0, editable=False)

    if TYPE_CHECKING:
        objects: models.Manager["Passkey"]

    class Meta(Factor.Meta):
        verbose_name = "passkey"
        # The hash it is found by is unique, and so has an index already.
        indexes = ()
