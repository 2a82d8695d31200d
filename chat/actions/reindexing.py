"""Keep the details of contacts under the newest keys: sealed again, and their tokens made again."""

import logging
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.db import connection

from chat.models import INDEXED, SEALED, Contact
from compliance.sealed_text import renew_sealed
from helpdesk.core import aead
from tenants.encryption import resealing
from tenants.keyring import ring
from tenants.keyring.blind_index import Field, UnindexableError
from tenants.keyring.models import Purpose
from tenants.scoping import tenant_scope

logger = logging.getLogger(__name__)

# The key version stands in the envelope behind one byte, and at the beginning of a token: big-endian, so bytes compare
# as numbers do.
_SEALED_BEFORE: Final = """
    FROM chat_contact WHERE tenant_id = %(tenant)s AND id = %(contact)s AND %(header)s >= LEAST(
        substring(name FROM 2 FOR 4), substring(email FROM 2 FOR 4), substring(phone FROM 2 FOR 4),
        substring(subject FROM 2 FOR 4)
    )
"""
_INDEXED_BEFORE: Final = """
    FROM chat_contact WHERE tenant_id = %(tenant)s AND (
        email_token IS NOT NULL AND substring(email_token FROM 1 FOR 4) <= %(header)s
        OR phone_token IS NOT NULL AND substring(phone_token FROM 1 FOR 4) <= %(header)s
        OR subject_token IS NOT NULL AND substring(subject_token FROM 1 FOR 4) <= %(header)s
    )
"""
_LOCKED: Final = "ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED"
_TAKE_SEALED: Final = f"SELECT * {_SEALED_BEFORE} {_LOCKED}"
_TAKE_INDEXED: Final = f"SELECT * {_INDEXED_BEFORE} {_LOCKED}"
_ANY_SEALED: Final = f"SELECT EXISTS (SELECT 1 {_SEALED_BEFORE})"
_ANY_INDEXED: Final = f"SELECT EXISTS (SELECT 1 {_INDEXED_BEFORE})"


class DetailsOfContact:
    """What a contact's key seals beside messages."""

    def move(self, tenant_id: UUID, subject: str, old_version: int, *, limit: int) -> int:
        contact_id = UUID(subject)
        if ring.contact_cipher(tenant_id, contact_id).version <= old_version:
            # The cache was filled a moment before the rotation, and the eviction was not heard yet.
            ring.forget_cached_keys(tenant_id)
        asked = {"tenant": tenant_id, "contact": contact_id, "header": _header(old_version), "limit": limit}
        return _each(_TAKE_SEALED, asked, lambda contact: _sealed_again(contact, old_version))

    def remains(self, tenant_id: UUID, subject: str, old_version: int) -> bool:
        asked = {"tenant": tenant_id, "contact": UUID(subject), "header": _header(old_version)}
        return _any(_ANY_SEALED, asked)


class ContactTokens:
    """What is derived with the index key."""

    def move(self, tenant_id: UUID, subject: str, old_version: int, *, limit: int) -> int:
        if ring.tenant_cipher(tenant_id, Purpose.INDEX).version <= old_version:
            ring.forget_cached_keys(tenant_id)
        asked = {"tenant": tenant_id, "header": _header(old_version), "limit": limit}
        return _each(_TAKE_INDEXED, asked, _indexed_again)

    def remains(self, tenant_id: UUID, subject: str, old_version: int) -> bool:
        return _any(_ANY_INDEXED, {"tenant": tenant_id, "header": _header(old_version)})


def _each(query: str, asked: dict[str, Any], change: Callable[[Contact], list[str]]) -> int:
    """Change a batch of contacts that nobody else holds; return how many were changed."""
    with tenant_scope(asked["tenant"]):
        moved = 0
        for contact in Contact.objects.raw(query, asked):
            if changed := change(contact):
                contact.save(update_fields=changed)
                moved += 1
    return moved


def _any(query: str, asked: dict[str, Any]) -> bool:
    with tenant_scope(asked["tenant"]), connection.cursor() as cursor:
        cursor.execute(query, asked)
        return bool(cursor.fetchone()[0])


def _header(version: int) -> bytes:
    return version.to_bytes(4, "big")


def _sealed_again(contact: Contact, old_version: int) -> list[str]:
    """Seal again what an old key sealed; what does not open stays as it is and keeps that key alive."""
    changed = []
    for detail in SEALED:
        sealed = contact.sealed(detail)
        if sealed is None or int.from_bytes(sealed[1:5], "big") > old_version:
            continue
        try:
            renewed = renew_sealed(Contact.slot(contact.tenant_id, contact.id, detail), sealed)
        except aead.UnreadableEnvelopeError:
            logger.error("an envelope does not open in its place", extra={"contact": contact.id})
            continue
        setattr(contact, detail, renewed)
        changed.append(detail)
    return changed


def _indexed_again(contact: Contact) -> list[str]:
    """Make tokens again; of what does not open any more there is nothing to be found, so its token goes."""
    for detail in INDEXED:
        setattr(contact, f"{detail}_token", _token(contact, detail))
    return [f"{detail}_token" for detail in INDEXED]


def _token(contact: Contact, detail: str) -> bytes | None:
    sealed = contact.sealed(detail)
    if sealed is None:
        return None
    try:
        return resealing.index_token(Contact.slot(contact.tenant_id, contact.id, detail), sealed, Field(detail))
    except ring.KeyUnavailableError:
        return None  # the contact was erased
    except (aead.UnreadableEnvelopeError, UnindexableError):
        logger.error("a detail cannot be indexed in its place", extra={"contact": contact.id})
        return None
