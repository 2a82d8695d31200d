"""Wrap contact keys again under the newest content key, and tenant keys under the newest key of the provider."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db import connections

from helpdesk.core import aead
from tenants import kms
from tenants.keyring import ring
from tenants.keyring.models import ContactKey, Purpose, TenantKey
from tenants.keyring.scope import ALIAS, keys_scope
from tenants.keyring.wrapping import chosen_provider, context_of, unwrapped, wrap_into

logger = logging.getLogger(__name__)

_TAKE: Final = """
    SELECT id, contact_id, version, wrapped_with, wrapped FROM keyring_contactkey
    WHERE tenant_id = %s AND wrapped_with = ANY(%s) ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""
_PUT: Final = """
    UPDATE keyring_contactkey AS held SET wrapped = given.wrapped, wrapped_with = %s
    FROM unnest(%s::uuid[], %s::bytea[]) AS given (id, wrapped)
    WHERE held.tenant_id = %s AND held.id = given.id
"""


class ContactKeys:
    """Contact keys are what the content key wraps."""

    def move(self, tenant_id: UUID, subject: str, old_version: int, *, limit: int) -> int:
        newest = ring.tenant_cipher(tenant_id, Purpose.CONTENT)
        if newest.version <= old_version:
            # The cache was filled a moment before the rotation, and the eviction was not heard yet.
            ring.forget_cached_keys(tenant_id)
            newest = ring.tenant_cipher(tenant_id, Purpose.CONTENT)
        with keys_scope(tenant_id):
            rows = ContactKey.objects.filter(wrapped_with__lte=old_version)
            versions = list(rows.order_by("wrapped_with").values_list("wrapped_with", flat=True).distinct())
        olds = {version: ring.tenant_cipher(tenant_id, Purpose.CONTENT, version) for version in versions}
        with keys_scope(tenant_id), connections[ALIAS].cursor() as cursor:
            cursor.execute(_TAKE, [tenant_id, [*olds], limit])
            moved = [pair for row in cursor.fetchall() if (pair := _wrapped_again(tenant_id, row, newest, olds))]
            if moved:
                ids, wrapped = zip(*moved, strict=True)
                cursor.execute(_PUT, [newest.version, [*ids], [*wrapped], tenant_id])
        return len(moved)

    def remains(self, tenant_id: UUID, subject: str, old_version: int) -> bool:
        with keys_scope(tenant_id):
            return bool(ContactKey.objects.filter(wrapped_with__lte=old_version).exists())


def _wrapped_again(
    tenant_id: UUID, row: Sequence[Any], newest: aead.Cipher, olds: Mapping[int, aead.Cipher]
) -> tuple[UUID, bytes] | None:
    """Return a contact key's row id and its key under the newest content key; None for one that does not open."""
    row_id, contact_id, version, wrapped_with, wrapped = row
    context = context_of(tenant_id, str(contact_id), version)
    try:
        return row_id, newest.seal(olds[wrapped_with].open(bytes(wrapped), context), context)
    except aead.UnreadableEnvelopeError:
        logger.error("a contact key does not open and is left as it is", extra={"contact": contact_id})
        return None


def rewrap_tenant_keys(tenant_id: UUID, *, every: bool = False) -> int:
    """Wrap an organisation's tenant keys under the newest key of its provider; return how many were not.

    In one transaction: they are a handful. Of two at once the second finds nothing to do.

    Args:
        every: Also those that are under it already.

    Raises:
        KeyProviderError: The old or the new provider does not do its part. Nothing is changed.
    """
    with keys_scope(tenant_id):
        return rewrap_in_scope(every=every)


def rewrap_in_scope(*, every: bool = False) -> int:
    """Do what `rewrap_tenant_keys` does, as a part of the caller's transaction."""
    provider, reference = chosen_provider()
    wrapper = kms.wrapper(provider, reference)
    moved = 0
    for row in TenantKey.objects.select_for_update().order_by("id"):
        same = (row.provider, row.key_reference) == (provider, reference)
        if same and not every and wrapper.is_current(bytes(row.wrapped)):
            continue
        wrap_into(row, unwrapped(row), provider, reference)
        row.save()
        moved += 1
    return moved
