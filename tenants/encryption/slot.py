import time
from functools import cache
from typing import Final, NamedTuple
from uuid import UUID

from helpdesk.core.aead import Cipher, key_version
from tenants.keyring import ring
from tenants.keyring.models import Purpose

_CONTENT: Final = Purpose.CONTENT.value
_entries: Final = ring.entries
_monotonic: Final = time.monotonic


@cache
def column_of(table: str, column: str) -> bytes:
    """Return what stands for a column in the associated data."""
    return f"|{table}|{column}|".encode()


class Slot(NamedTuple):
    """The place where a sealed value lives. An envelope moved to another place does not open (RFC 5116).

    A named tuple: one is made for every message, and a frozen dataclass takes four times as long to make.
    """

    tenant_id: UUID
    contact_id: UUID | None
    # From `column_of`.
    column: bytes
    row_id: UUID

    def key(self, header: bytes | None = None) -> tuple[Cipher, bytes]:
        """Return what seals and opens here: the cipher, and the associated data, tenant | table | column | row id.

        The key is the contact's, or the organisation's content key where there is no contact; of the version that an
        envelope's header names, or else the newest. Both in one call: every message passes here several times.

        Raises:
            KeyUnavailableError: There is no such key.
            KeyProviderError: The provider does not unwrap it.
            UnreadableEnvelopeError: That is no header.
        """
        tenant_id, contact_id, column, row_id = self
        tenant = tenant_id.int
        aad = tenant.to_bytes(16) + column + row_id.int.to_bytes(16)
        if contact_id is None:
            version = None if header is None else key_version(header)
            return ring.tenant_cipher(tenant_id, Purpose.CONTENT, version), aad
        known = _entries.get((tenant, contact_id.int, _CONTENT, header))
        if known is not None and known[0] > _monotonic():
            return known[1], aad
        return ring.contact_cipher(tenant_id, contact_id, header), aad
