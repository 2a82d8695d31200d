"""Let archives go: at their time, and with the visitor they are of. And their keys, when the visitor's key is turned.

What puts one together is `chat.archive_building`, above the doors to plaintext.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chat.files.store import store
from chat.models import DataArchive
from helpdesk.core import aead
from tenants.encryption import resealing
from tenants.keyring import ring
from tenants.scoping import current_tenant_id, tenant_scope

logger = logging.getLogger(__name__)


def drop_of_contacts(contact_ids: Sequence[UUID]) -> None:
    """Remove the archives of visitors who are being erased, those under way included."""
    rows = DataArchive.objects.filter(contact_id__in=contact_ids)
    for name in rows.values_list("stored", flat=True):
        if name is not None:
            store().delete(current_tenant_id(), name)
    rows.delete()


def drop_expired(*, now: datetime) -> int:
    """Remove the archives whose time is over; return how many. Call it inside the tenant's scope."""
    over = DataArchive.objects.select_for_update(skip_locked=True).filter(stored__isnull=False, expires_at__lte=now)
    gone = 0
    for archive in over.order_by("expires_at", "id"):
        if archive.stored is not None:
            store().delete(archive.tenant_id, archive.stored)
        archive.stored = archive.key = None
        archive.gone_at = now
        archive.save(update_fields=["stored", "key", "gone_at"])
        gone += 1
    return gone


def is_any_expired(tenant_id: UUID, *, now: datetime) -> bool:
    """Whether the time of an archive that lies in the store is over."""
    with tenant_scope(tenant_id):
        return bool(DataArchive.objects.filter(stored__isnull=False, expires_at__lte=now).exists())


class ArchiveKeysOfContact:
    """The keys of archives, sealed with a contact's key; the archives themselves stay as they are."""

    def move(self, tenant_id: UUID, subject: str, old_version: int, *, limit: int) -> int:
        contact_id, moved = UUID(subject), 0
        if ring.contact_cipher(tenant_id, contact_id).version <= old_version:
            # The cache was filled a moment before the rotation, and the eviction was not heard yet.
            ring.forget_cached_keys(tenant_id)
        with tenant_scope(tenant_id):
            rows = DataArchive.objects.select_for_update(skip_locked=True).filter(contact_id=contact_id)
            for archive in rows.exclude(key=None).order_by("id")[:limit]:
                sealed = bytes(archive.key or b"")
                if _version(sealed) > old_version:
                    continue
                try:
                    archive.key = resealing.renew(DataArchive.slot(tenant_id, contact_id, archive.id), sealed)
                except aead.UnreadableEnvelopeError:
                    logger.error("an envelope does not open in its place", extra={"reason": "chat_dataarchive"})
                    continue
                archive.save(update_fields=["key"])
                moved += 1
        return moved

    def remains(self, tenant_id: UUID, subject: str, old_version: int) -> bool:
        with tenant_scope(tenant_id):
            held = DataArchive.objects.filter(contact_id=UUID(subject)).exclude(key=None).order_by("id")
            return any(_version(bytes(key)) <= old_version for key in held.values_list("key", flat=True) if key)


def _version(sealed: bytes) -> int:
    return aead.key_version(sealed[: aead.HEADER_BYTES])
