"""Keep the secrets of identity keys under the newest key of the organisation."""

import logging
from typing import Final
from uuid import UUID

from chat.models import IdentityKey
from helpdesk.core.aead import UnreadableEnvelopeError
from tenants.encryption.small_secrets import VERSION_BYTES, open_secret, seal_secret
from tenants.keyring import ring
from tenants.keyring.models import Purpose
from tenants.scoping import tenant_scope

logger = logging.getLogger(__name__)

# A handful in each organisation: looked through one by one.
_SEALED: Final = {"secret__isnull": False}


class IdentitySecrets:
    """What the key of exports seals beside them."""

    def move(self, tenant_id: UUID, subject: str, old_version: int, *, limit: int) -> int:
        if ring.tenant_cipher(tenant_id, Purpose.EXPORT).version <= old_version:
            # The cache was filled a moment before the rotation, and the eviction was not heard yet.
            ring.forget_cached_keys(tenant_id)
        with tenant_scope(tenant_id):
            rows = IdentityKey.objects.filter(**_SEALED).order_by("id").select_for_update(skip_locked=True)
            due = [row for row in rows if _version(row) <= old_version]
            return sum(_sealed_again(row) for row in due[:limit])

    def remains(self, tenant_id: UUID, subject: str, old_version: int) -> bool:
        with tenant_scope(tenant_id):
            return any(_version(row) <= old_version for row in IdentityKey.objects.filter(**_SEALED))


def _sealed_again(row: IdentityKey) -> bool:
    """Seal a secret with the newest key; one that does not open stays as it is, and keeps the old key alive."""
    place = row.secret_place
    try:
        row.secret = seal_secret(place, open_secret(place, bytes(row.secret or b"")))
    except UnreadableEnvelopeError:
        logger.error("a secret does not open in its place", extra={"reason": place.table})
        return False
    row.save(update_fields=["secret"])
    return True


def _version(row: IdentityKey) -> int:
    return int.from_bytes(bytes(row.secret or b"")[:VERSION_BYTES], "big")
