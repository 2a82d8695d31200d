"""Seal small texts again under the newest version of their key: subjects, answers, canned responses and the like."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol
from uuid import UUID

from django.db import connection

from chat.models import DataArchive
from chat.models.columns import OF_CONTACTS, OF_ORGANISATIONS, given
from helpdesk.core import aead
from tenants.encryption import Slot, resealing
from tenants.keyring import ring
from tenants.keyring.models import Purpose
from tenants.scoping import tenant_scope

logger = logging.getLogger(__name__)


class _Sealed(Protocol):
    """A column of envelopes."""

    @property
    def table(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def slot(self) -> Callable[[UUID, UUID | None, UUID], Slot]: ...


class _Columns(ABC):
    """Columns that are sealed with one kind of key."""

    columns: ClassVar[Sequence[_Sealed]]

    def move(self, tenant_id: UUID, subject: str, old_version: int, *, limit: int) -> int:
        contact_id = self._contact(subject)
        self._meet_newest(tenant_id, contact_id, old_version)
        with tenant_scope(tenant_id):
            return sum(self._move(column, tenant_id, contact_id, old_version, limit) for column in self.columns)

    def remains(self, tenant_id: UUID, subject: str, old_version: int) -> bool:
        contact_id = self._contact(subject)
        with tenant_scope(tenant_id), connection.cursor() as cursor:
            for column in self.columns:
                wanted, values = _sealed_before(column, tenant_id, contact_id, old_version)
                cursor.execute(f"SELECT EXISTS (SELECT 1 {wanted})", values)
                if cursor.fetchone()[0]:
                    return True
        return False

    def _move(self, column: _Sealed, tenant_id: UUID, contact_id: UUID | None, old_version: int, limit: int) -> int:
        wanted, values = _sealed_before(column, tenant_id, contact_id, old_version)
        with connection.cursor() as cursor:
            take = f"SELECT held.id, held.{column.name} {wanted} ORDER BY held.id LIMIT %s FOR UPDATE SKIP LOCKED"
            cursor.execute(take, [*values, limit])
            moved = [
                (again, tenant_id, row_id)
                for row_id, sealed in cursor.fetchall()
                if (again := _renewed(column, tenant_id, contact_id, row_id, bytes(sealed))) is not None
            ]
            put = f"UPDATE {column.table} SET {column.name} = %s WHERE tenant_id = %s AND id = %s"  # noqa: S608
            cursor.executemany(put, moved)
        return len(moved)

    @abstractmethod
    def _contact(self, subject: str) -> UUID | None:
        """Whose key a rotation's subject names; None for the organisation's own."""

    def _meet_newest(self, tenant_id: UUID, contact_id: UUID | None, old_version: int) -> None:
        """The cache was filled a moment before the rotation, and the eviction was not heard yet: drop it then."""
        cipher = (
            ring.tenant_cipher(tenant_id, Purpose.CONTENT)
            if contact_id is None
            else ring.contact_cipher(tenant_id, contact_id)
        )
        if cipher.version <= old_version:
            ring.forget_cached_keys(tenant_id)


class TextsOfContact(_Columns):
    """Small texts under a contact's key."""

    columns: ClassVar[Sequence[_Sealed]] = OF_CONTACTS

    def _contact(self, subject: str) -> UUID | None:
        return UUID(subject)


@dataclass(frozen=True, slots=True)
class _ArchiveKey:
    """The key of an archive, in its envelope; the archive itself stays as it is."""

    table: str = DataArchive._meta.db_table
    name: str = "key"

    def slot(self, tenant_id: UUID, contact_id: UUID | None, row_id: UUID) -> Slot:
        return DataArchive.slot(tenant_id, given(contact_id), row_id)


class ArchiveKeysOfContact(TextsOfContact):
    """The keys of archives that were put together for a contact."""

    columns = (_ArchiveKey(),)


class TextsOfOrganisation(_Columns):
    """Small texts under the organisation's content key."""

    columns = OF_ORGANISATIONS

    def _contact(self, subject: str) -> UUID | None:
        return None


def _sealed_before(
    column: _Sealed, tenant_id: UUID, contact_id: UUID | None, old_version: int
) -> tuple[str, list[Any]]:
    # The key version stands in the envelope, big-endian, so bytes compare as numbers do.
    wanted = (
        f"FROM {column.table} AS held WHERE held.tenant_id = %s AND substring(held.{column.name} FROM 2 FOR 4) <= %s"
    )
    values: list[Any] = [tenant_id, old_version.to_bytes(4, "big")]
    return (wanted, values) if contact_id is None else (f"{wanted} AND held.contact_id = %s", [*values, contact_id])


def _renewed(column: _Sealed, tenant_id: UUID, contact_id: UUID | None, row_id: UUID, sealed: bytes) -> bytes | None:
    """Return the new envelope; None for one that does not open, which then keeps its old key alive."""
    try:
        return resealing.renew(column.slot(tenant_id, contact_id, row_id), sealed)
    except aead.UnreadableEnvelopeError:
        logger.error("an envelope does not open in its place", extra={"reason": column.table})
        return None
