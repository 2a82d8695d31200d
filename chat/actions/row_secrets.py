"""Small secrets of rows, each sealed for its own; sealed again when their key is turned."""

import logging
from itertools import islice
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.models import BinaryField
from django.db.models.functions import Substr

from chat.models import FormEndpoint, IdentityKey, PaymentAccount, VisitorFactor
from helpdesk.core.aead import UnreadableEnvelopeError
from helpdesk.core.models import UuidModel
from tenants.encryption.small_secrets import VERSION_BYTES, SecretPlace, open_secret, seal_secret
from tenants.keyring import ring
from tenants.keyring.models import Purpose
from tenants.scoping import tenant_scope

logger = logging.getLogger(__name__)


class SecretColumn(NamedTuple):
    """Where a secret lives."""

    model: type[UuidModel]
    name: str

    def place(self, tenant_id: UUID, row_id: UUID) -> SecretPlace:
        return SecretPlace(tenant_id, self.model._meta.db_table, self.name, row_id)


ENDPOINT_SEED: Final = SecretColumn(FormEndpoint, "signing_seed")
IDENTITY_SECRET: Final = SecretColumn(IdentityKey, "secret")
APP_SEED: Final = SecretColumn(VisitorFactor, "sealed_seed")
PAY_SECRET_KEY: Final = SecretColumn(PaymentAccount, "secret_key")
PAY_WEBHOOK_SECRET: Final = SecretColumn(PaymentAccount, "webhook_secret")
COLUMNS: Final = (ENDPOINT_SEED, IDENTITY_SECRET, APP_SEED, PAY_SECRET_KEY, PAY_WEBHOOK_SECRET)


def sealed(column: SecretColumn, tenant_id: UUID, row_id: UUID, secret: bytes) -> bytes:
    """Return a secret sealed for its row."""
    return seal_secret(column.place(tenant_id, row_id), secret)


def opened(column: SecretColumn, tenant_id: UUID, row_id: UUID, kept: bytes) -> bytes:
    """Return the secret of a row.

    Raises:
        UnreadableEnvelopeError: It was altered, or sealed for another row.
        KeyUnavailableError: Its key does not exist any more.
    """
    return open_secret(column.place(tenant_id, row_id), kept)


class SecretsOfRows:
    """What is sealed with the organisation's key for small secrets (`tenants.keyring.uses`)."""

    def move(self, tenant_id: UUID, subject: str, old_version: int, *, limit: int) -> int:
        if ring.tenant_cipher(tenant_id, Purpose.EXPORT).version <= old_version:
            # Remembered from before the key was turned.
            ring.forget_cached_keys(tenant_id)
        with tenant_scope(tenant_id):
            due = (
                (column, row)
                for column in COLUMNS
                for row in _old(column, old_version).order_by("id").select_for_update(skip_locked=True)[:limit]
            )
            return sum(_moved(column, row) for column, row in islice(due, limit))

    def remains(self, tenant_id: UUID, subject: str, old_version: int) -> bool:
        with tenant_scope(tenant_id):
            return any(_old(column, old_version).exists() for column in COLUMNS)


def _old(column: SecretColumn, old_version: int) -> Any:
    """The rows whose secret is of a version or of one before it: it stands in front, big-endian, so bytes compare as
    numbers do."""
    version = Substr(column.name, 1, VERSION_BYTES, output_field=BinaryField())
    rows = column.model._default_manager.annotate(sealed_with=version)
    return rows.filter(sealed_with__lte=old_version.to_bytes(VERSION_BYTES, "big"))


def _moved(column: SecretColumn, row: Any) -> bool:
    """Seal a secret with the newest key; one that does not open stays as it is, and keeps the old key alive."""
    try:
        secret = opened(column, row.tenant_id, row.id, bytes(getattr(row, column.name)))
    except UnreadableEnvelopeError:
        logger.error("a secret does not open in its place", extra={"reason": row._meta.db_table})
        return False
    setattr(row, column.name, sealed(column, row.tenant_id, row.id, secret))
    row.save(update_fields=[column.name])
    return True
