"""Make keys and find the cipher for a piece of work.

Hierarchy: the provider's key-encryption key wraps tenant keys, one per purpose and version; the content key
wraps a random key per contact, which seals that contact's messages. Wrapping is bound to
`key | tenant | purpose or contact | version`, so a wrapped key moved elsewhere does not open (PCI DSS 3.7.1).
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from django.db import connections

from helpdesk.core import aead
from helpdesk.core.prepared import columns_of, prepared_cursor
from tenants.keyring import eviction
from tenants.keyring.cache import KeyCache
from tenants.keyring.models import ContactKey, KeyState, Purpose, TenantKey
from tenants.keyring.scope import ALIAS, keys_scope
from tenants.keyring.standing import lifetime_s
from tenants.keyring.wrapping import (
    OwnKeyRevokedError,
    context_of,
    new_tenant_key,
    provider_of_the_service,
    unwrapped,
)

_cache: Final = KeyCache()
# For `Slot.key` alone, which every message passes several times.
entries: Final = _cache.entries
_listener: Final = eviction.Listener(_cache)
_CONTENT: Final = Purpose.CONTENT.value

_TENANT_KEY, _TENANT_KEY_SQL = columns_of(TenantKey, "key")
# One row always: whether the organisation has revoked its own key, and the wrapped key, of NULLs if there is none.
_LOOK: Final = f"""
SELECT EXISTS (SELECT FROM keyring_ownkey WHERE tenant_id = %(tenant)s AND state = 'revoked'), {_TENANT_KEY_SQL}
FROM (VALUES (1)) AS always LEFT JOIN (
    SELECT * FROM keyring_tenantkey
    WHERE tenant_id = %(tenant)s AND purpose = %(purpose)s
        AND CASE WHEN %(version)s::bigint IS NULL THEN state = 'active' ELSE version = %(version)s::bigint END
    ORDER BY version DESC LIMIT 1
) AS key ON true
"""  # noqa: S608 (names of our own columns; every value is a parameter)

WrappedKey = tuple[UUID, int, bytes]


class KeyUnavailableError(Exception):
    """There is no such key: never made, or destroyed. What was sealed with it cannot be read."""


class _StaleKeyError(Exception):
    """The key at hand is not the newest any more."""


def create_tenant_keys(tenant_id: UUID, *, now: datetime) -> None:
    """Give an organisation its key ring: one key per purpose, version 1."""
    with keys_scope(tenant_id):
        # Nobody has brought a key of their own yet.
        under = provider_of_the_service()
        TenantKey.objects.bulk_create(
            new_tenant_key(tenant_id, purpose.value, 1, under=under, now=now) for purpose in Purpose
        )


def create_contact_key(tenant_id: UUID, contact_id: UUID, *, now: datetime) -> None:
    """Give a contact its first key, wrapped by the organisation's newest content key."""
    add_contact_key(tenant_id, contact_id, 1, now=now)


def add_contact_key(tenant_id: UUID, contact_id: UUID, version: int, *, now: datetime) -> None:
    """Give a contact a key of a version.

    The content key may be turned at any moment. Its row is held while the new key is stored, so that none is ever
    stored under a version that is retired, and then destroyed.
    """
    key = aead.new_key()
    try:
        _store_contact_key(tenant_id, contact_id, version, key, now)
    except _StaleKeyError:
        _cache.evict_tenant(tenant_id)
        try:
            _store_contact_key(tenant_id, contact_id, version, key, now)
        except _StaleKeyError:
            raise KeyUnavailableError(_CONTENT) from None
    _cache.put((tenant_id, contact_id, _CONTENT, None), aead.Cipher(key, version), lifetime_s=lifetime_s(tenant_id))


def destroy_contact_keys(tenant_id: UUID, contact_ids: list[UUID]) -> int:
    """Erase contacts cryptographically: without their keys nothing they wrote can be opened."""
    with keys_scope(tenant_id):
        destroyed, _ = ContactKey.objects.filter(contact_id__in=contact_ids).delete()
    forget_everywhere(tenant_id)
    return int(destroyed)


def tenant_cipher(tenant_id: UUID, purpose: Purpose, version: int | None = None) -> aead.Cipher:
    """Return the cipher of a tenant key; the newest version when none is named.

    Raises:
        KeyUnavailableError: There is no such key.
        KeyProviderError: The provider cannot unwrap it, or the organisation is suspended, closed or has revoked it.
    """
    cache_key = (tenant_id, None, purpose.value, version)
    if (cipher := _cache.get(cache_key)) is not None:
        return cipher
    epoch, lifetime = _begin(tenant_id)
    with keys_scope(tenant_id):
        is_revoked, row = _tenant_key(tenant_id, purpose, version)
    if is_revoked:
        raise OwnKeyRevokedError("revoked")
    if row is None:
        raise KeyUnavailableError(purpose.value)
    cipher = aead.Cipher(unwrapped(row), row.version)
    _cache.put(cache_key, cipher, lifetime_s=lifetime, epoch=epoch)
    return cipher


def contact_cipher(tenant_id: UUID, contact_id: UUID, header: bytes | None = None) -> aead.Cipher:
    """Return the cipher of a contact's key: of the version an envelope's header names, or else the newest.

    Raises:
        KeyUnavailableError: The contact has no such key, or it was destroyed.
        KeyProviderError: The provider cannot unwrap the organisation's content key.
        UnreadableEnvelopeError: That is no header.
    """
    cache_key = (tenant_id, contact_id, _CONTENT, header)
    if (known := _cache.get(cache_key)) is not None:
        return known
    version = None if header is None else aead.key_version(header)
    epoch, lifetime = _begin(tenant_id)
    try:
        cipher = _contact_cipher(tenant_id, contact_id, version)
    except KeyUnavailableError:
        # Wrapped again between two looks, and the old content key destroyed: the row is a new one now.
        cipher = _contact_cipher(tenant_id, contact_id, version)
    _cache.put(cache_key, cipher, lifetime_s=lifetime, epoch=epoch)
    return cipher


def load_contact_ciphers(tenant_id: UUID, contact_ids: Collection[UUID]) -> None:
    """Unwrap the keys of many contacts by one query, for work that goes through all of them.

    A contact without a key is passed over: `contact_cipher` tells.

    Raises:
        KeyProviderError: The provider cannot unwrap the organisation's content key.
    """
    wanted = [one for one in contact_ids if _cache.get((tenant_id, one, _CONTENT, None)) is None]
    if not wanted:
        return
    epoch, lifetime = _begin(tenant_id)
    with keys_scope(tenant_id):
        rows = ContactKey.objects.filter(contact_id__in=wanted).order_by("version")
        wrapped = [(row.contact_id, row.version, bytes(row.wrapped)) for row in rows]
    keep_contact_keys(tenant_id, wrapped, lifetime_s=lifetime, epoch=epoch)


def keep_contact_keys(
    tenant_id: UUID, wrapped: Iterable[WrappedKey], *, lifetime_s: float, epoch: tuple[int, int]
) -> None:
    """Unwrap keys that were just read and keep them for their lifetime. One that does not open is passed over.

    Args:
        wrapped: Contact, version and wrapped key, in order of version: the newest stays as the one to seal with.
        epoch: The organisation's before anything was read.

    Raises:
        KeyProviderError: The provider cannot unwrap the organisation's content key.
    """
    for contact_id, version, key in wrapped:
        try:
            cipher = _unwrapped_contact_key(tenant_id, contact_id, version, key)
        except (KeyUnavailableError, aead.UnreadableEnvelopeError):
            continue
        for header in (cipher.header, None):
            _cache.put((tenant_id, contact_id, _CONTENT, header), cipher, lifetime_s=lifetime_s, epoch=epoch)


def is_at_hand(tenant_id: UUID, contact_id: UUID) -> bool:
    """Whether a contact's newest key is known in this process."""
    return _cache.get((tenant_id, contact_id, _CONTENT, None)) is not None


def listened_epoch(tenant_id: UUID) -> tuple[int, int]:
    """Listen for evictions and return the organisation's epoch, to be noted before keys are read."""
    _listener.ensure()
    return _cache.epoch(tenant_id)


def forget_cached_keys(tenant_id: UUID | None = None) -> None:
    """Drop unwrapped keys from this process, of one organisation or of all."""
    if tenant_id is None:
        _cache.clear()
    else:
        _cache.evict_tenant(tenant_id)


def forget_everywhere(tenant_id: UUID) -> None:
    """Drop an organisation's unwrapped keys from every process: rotated, suspended, revoked, destroyed."""
    _cache.evict_tenant(tenant_id)
    eviction.tell(tenant_id)


def _begin(tenant_id: UUID) -> tuple[tuple[int, int], float]:
    """Listen for evictions and note the epoch, before anything is read."""
    return listened_epoch(tenant_id), lifetime_s(tenant_id)


def _tenant_key(tenant_id: UUID, purpose: Purpose, version: int | None) -> tuple[bool, TenantKey | None]:
    """Return whether the organisation has revoked its own key, and the wrapped key; call it inside the keys scope."""
    with prepared_cursor(ALIAS) as cursor:
        cursor.execute(_LOOK, {"tenant": tenant_id, "purpose": purpose.value, "version": version})
        is_revoked, *values = cast("tuple[Any, ...]", cursor.fetchone())
    return is_revoked, None if values[0] is None else TenantKey.from_db(ALIAS, _TENANT_KEY, values)


def _contact_cipher(tenant_id: UUID, contact_id: UUID, version: int | None) -> aead.Cipher:
    with keys_scope(tenant_id):
        keys = ContactKey.objects.filter(contact_id=contact_id).order_by("-version")
        row = (keys if version is None else keys.filter(version=version)).first()
    if row is None:
        raise KeyUnavailableError("contact")
    return _unwrapped_contact_key(tenant_id, row.contact_id, row.version, bytes(row.wrapped))


def _unwrapped_contact_key(tenant_id: UUID, contact_id: UUID, version: int, wrapped: bytes) -> aead.Cipher:
    content = tenant_cipher(tenant_id, Purpose.CONTENT, aead.key_version(wrapped))
    return aead.Cipher(content.open(wrapped, context_of(tenant_id, str(contact_id), version)), version)


def _store_contact_key(tenant_id: UUID, contact_id: UUID, version: int, key: bytes, now: datetime) -> None:
    content = tenant_cipher(tenant_id, Purpose.CONTENT)
    with keys_scope(tenant_id):
        if not _hold_active(content.version):
            raise _StaleKeyError
        ContactKey.objects.create(
            tenant_id=tenant_id,
            contact_id=contact_id,
            version=version,
            wrapped=content.seal(key, context_of(tenant_id, str(contact_id), version)),
            wrapped_with=content.version,
            created_at=now,
        )


def _hold_active(version: int) -> bool:
    """Keep the content key's row as it is until the end of the transaction; whether that version is the active one."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM keyring_tenantkey WHERE purpose = %s AND version = %s AND state = %s FOR SHARE",
            [_CONTENT, version, KeyState.ACTIVE.value],
        )
        return cursor.fetchone() is not None
