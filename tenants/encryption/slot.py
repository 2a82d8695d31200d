from dataclasses import dataclass
from functools import cache
from uuid import UUID

from helpdesk.core.aead import Cipher
from tenants.keyring import ring
from tenants.keyring.models import Purpose


@cache
def _between(table: str, column: str) -> bytes:
    return f"|{table}|{column}|".encode()


@dataclass(frozen=True, slots=True)
class Slot:
    """The place where a sealed value lives. An envelope moved to another place does not open (RFC 5116)."""

    tenant_id: UUID
    contact_id: UUID | None
    table: str
    column: str
    row_id: UUID

    @property
    def aad(self) -> bytes:
        """Associated data: tenant | table | column | row id."""
        tenant, row = self.tenant_id.int, self.row_id.int
        return tenant.to_bytes(16, "big") + _between(self.table, self.column) + row.to_bytes(16, "big")

    def cipher(self, version: int | None = None) -> Cipher:
        """The contact's key, or the organisation's content key where there is no contact."""
        if self.contact_id is None:
            return ring.tenant_cipher(self.tenant_id, Purpose.CONTENT, version)
        return ring.contact_cipher(self.tenant_id, self.contact_id, version)
