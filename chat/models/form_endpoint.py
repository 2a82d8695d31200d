"""Where an organisation takes what visitors send by secure forms, and the keys that it opens it with. Never a value."""

from typing import Final

from django.db import models

from helpdesk.core.signatures import POINT_BYTES
from tenants.models import TenantModel

MAX_ADDRESS: Final = 300


class FormEndpoint(TenantModel):
    """The one address of an organisation to which sealed answers are forwarded.

    `signing_seed` is of the Ed25519 key that we sign with, sealed (`tenants.encryption.small_secrets`); `signing_point`
    is its public half, which the organisation checks our signature by.
    """

    address = models.CharField(max_length=MAX_ADDRESS)
    signing_seed = models.BinaryField()
    signing_point = models.BinaryField(max_length=32)
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant",), name="form_endpoint_once")]


class EndpointKey(TenantModel):
    """The public half of a key of the organisation's own. Two count at once, so that it can be exchanged.

    `point` is an uncompressed point of P-256 (SEC 1, section 2.3.3), `fingerprint` SHA-256 of it.
    """

    point = models.BinaryField(max_length=POINT_BYTES)
    fingerprint = models.BinaryField(max_length=32)
    added_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant", "fingerprint"), name="endpoint_key_once")]
