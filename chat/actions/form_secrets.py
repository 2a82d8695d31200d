"""Small secrets of secure forms, each sealed for its row; sealed again when their key is turned."""

from typing import Any, Final, NamedTuple
from uuid import UUID

from chat.models import FormEndpoint, PaymentAccount
from helpdesk.core.models import UuidModel
from tenants.encryption.small_secrets import VERSION_BYTES, SecretPlace, open_secret, seal_secret
from tenants.keyring import ring
from tenants.keyring.models import Purpose
from tenants.scoping import tenant_scope


class SecretColumn(NamedTuple):
    """Where a secret lives."""

    model: type[UuidModel]
    name: str

    def place(self, tenant_id: UUID, row_id: UUID) -> SecretPlace:
        return SecretPlace(tenant_id, self.model._meta.db_table, self.name, row_id)


ENDPOINT_SEED: Final = SecretColumn(FormEndpoint, "signing_seed")
PAY_SECRET_KEY: Final = SecretColumn(PaymentAccount, "secret_key")
PAY_WEBHOOK_SECRET: Final = SecretColumn(PaymentAccount, "webhook_secret")
COLUMNS: Final = (ENDPOINT_SEED, PAY_SECRET_KEY, PAY_WEBHOOK_SECRET)


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


class SecretsOfForms:
    """What of theirs is sealed with the organisation's key for small secrets (`tenants.keyring.uses`)."""

    def move(self, tenant_id: UUID, subject: str, old_version: int, *, limit: int) -> int:
        if ring.tenant_cipher(tenant_id, Purpose.EXPORT).version <= old_version:
            # Remembered from before the key was turned.
            ring.forget_cached_keys(tenant_id)
        with tenant_scope(tenant_id):
            return sum(_moved(column, row) for column in COLUMNS for row in _old(column, old_version)[:limit])

    def remains(self, tenant_id: UUID, subject: str, old_version: int) -> bool:
        with tenant_scope(tenant_id):
            return any(_old(column, old_version) for column in COLUMNS)


def _old(column: SecretColumn, old_version: int) -> list[Any]:
    """The rows, of which an organisation has a handful, whose secret is of a version or of one before it."""
    rows: Any = column.model._default_manager.select_for_update().exclude(**{column.name: b""})
    versions = ((row, bytes(getattr(row, column.name))[:VERSION_BYTES]) for row in rows)
    return [row for row, version in versions if int.from_bytes(version, "big") <= old_version]


def _moved(column: SecretColumn, row: Any) -> int:
    secret = opened(column, row.tenant_id, row.id, bytes(getattr(row, column.name)))
    setattr(row, column.name, sealed(column, row.tenant_id, row.id, secret))
    row.save(update_fields=[column.name])
    return 1
