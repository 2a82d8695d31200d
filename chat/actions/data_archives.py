"""Let archives go: at their time, and with the visitor they are of.

What puts one together is `chat.archive_building`, above the doors to plaintext.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chat.files.store import store
from chat.models import DataArchive
from tenants.scoping import current_tenant_id, tenant_scope


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
