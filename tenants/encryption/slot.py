from functools import cache
from typing import NamedTuple
from uuid import UUID

from helpdesk.core.aead import Cipher
from tenants.keyring import ring
from tenants.keyring.models import Purpose


@cache
def _between(table: str, column: str) -> bytes:
    return f"|{table}|{column}|".encode()


class Slot(NamedTuple):
    """The place where a sealed value lives. An envelope moved to another place does not open (RFC 5116).

    A named tuple: one is made for every message, and a frozen dataclass takes four times as long to make.
    """

    tenant_id: UUID
    contact_id: UUID | None
    table: str
    column: str
    row_id: UUID

    def key(self, version: int | None = None) -> tuple[Cipher, bytes]:
        """Return what seals and opens here: the cipher, and the associated data, tenant | table | column | row id.

        The key is the contact's, or the organisation's content key where there is no contact; the newest version when
        none is named. Both in one call: every message passes here several times.

        Raises:
            KeyUnavailableError: There is no such key.
            KeyProviderError: The provider does not unwrap it.
        """
        tenant_id, contact_id, table, column, row_id = self
        aad = tenant_id.int.to_bytes(16) + _between(table, column) + row_id.int.to_bytes(16)
        if contact_id is None:
            return ring.tenant_cipher(tenant_id, Purpose.CONTENT, version), aad
        return ring.contact_cipher(tenant_id, contact_id, version), aad
