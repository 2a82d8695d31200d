"""Keys with which an organisation's site signs for whom it vouches, and which tokens were used."""

from typing import Final

from django.db import models

from tenants.encryption.small_secrets import SecretPlace
from tenants.models import Membership, TenantForeignKey, TenantModel

MAX_ACTIVE: Final = 2


class IdentityAlgorithm(models.TextChoices):
    HS256 = "HS256", "Shared secret (HS256)"
    EDDSA = "EdDSA", "Public key (EdDSA, Ed25519)"


class IdentityKey(TenantModel):
    """One key. An active one has one of two places, so that the database itself knows of no third.

    `secret` is sealed under the organisation's key and goes when the key is retired; of EdDSA there is only the public
    half here.
    """

    kid = models.CharField(max_length=16, help_text="Names the key in a token's header.")
    algorithm = models.CharField(max_length=5, choices=IdentityAlgorithm)
    secret = models.BinaryField(null=True)
    public = models.BinaryField(max_length=32, null=True)
    place = models.PositiveSmallIntegerField(null=True, help_text="1 or 2; empty when it is retired.")
    made_by = TenantForeignKey(Membership, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, help_text="When a token of it was last accepted, to the minute.")
    retired_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "kid"), name="identity_key_kid_once"),
            models.UniqueConstraint(fields=("tenant", "place"), name="identity_key_place_once"),
            models.CheckConstraint(
                condition=models.Q(place__in=[1, 2], retired_at__isnull=True)
                | models.Q(place__isnull=True, retired_at__isnull=False, secret__isnull=True),
                name="identity_key_two_at_most",
            ),
            models.CheckConstraint(
                condition=models.Q(algorithm="EdDSA", public__isnull=False, secret__isnull=True)
                | models.Q(algorithm="HS256", public__isnull=True, secret__isnull=False)
                | models.Q(algorithm="HS256", public__isnull=True, retired_at__isnull=False),
                name="identity_key_has_its_half",
            ),
        ]

    def __str__(self) -> str:
        return self.kid

    @property
    def secret_place(self) -> SecretPlace:
        """Where its secret is sealed."""
        return SecretPlace(self.tenant_id, "chat_identitykey", "secret", self.id)

    @property
    def is_active(self) -> bool:
        return self.place is not None


class UsedToken(TenantModel):
    """That a token was used, by which session: until it has run out, nobody else may use it."""

    jti_hash = models.BinaryField(max_length=32)
    session_id = models.UUIDField()
    expires_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant", "jti_hash"), name="used_token_once")]
        indexes = [models.Index(fields=["tenant", "expires_at"], name="used_token_expires")]
