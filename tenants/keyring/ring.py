"""Make keys and find the cipher for a piece of work.

Hierarchy: the provider's key-encryption key wraps tenant keys, one per purpose and version; the content key
wraps a random key per contact, which seals that contact's messages. Wrapping is bound to
`key | tenant | purpose or contact | version`, so a wrapped key moved elsewhere does not open (PCI DSS 3.7.1).
"""

import hashlib
from datetime import datetime
from typing import Final
from uuid import UUID

from helpdesk.core import aead
from tenants import kms
from tenants.keyring.cache import KeyCache
from tenants.keyring.models import ContactKey, KeyState, Purpose, TenantKey
from tenants.keyring.scope import keys_scope

_cache: Final = KeyCache()


class KeyUnavailableError(Exception):
    """There is no such key: never made, or destroyed. What was sealed with it cannot be read."""


def create_tenant_keys(tenant_id: UUID, *, now: datetime) -> None:
    """Give an organisation its key ring: one key per purpose, version 1."""
    with keys_scope(tenant_id):
        TenantKey.objects.bulk_create(_new_tenant_key(tenant_id, purpose, 1, now) for purpose in Purpose)


def create_contact_key(tenant_id: UUID, contact_id: UUID, *, now: datetime) -> None:
    """Give a contact its first key, wrapped by the organisation's newest content key."""
    content = tenant_cipher(tenant_id, Purpose.CONTENT)
    key = aead.new_key()
    with keys_scope(tenant_id):
        ContactKey.objects.create(
            tenant_id=tenant_id,
            contact_id=contact_id,
            version=1,
            wrapped=content.seal(key, _wrapping_context(tenant_id, str(contact_id), 1)),
            created_at=now,
        )
    _cache.put((tenant_id, contact_id, Purpose.CONTENT, None), aead.Cipher(key, 1))


def destroy_contact_keys(tenant_id: UUID, contact_ids: list[UUID]) -> int:
    """Erase contacts cryptographically: without their keys nothing they wrote can be opened."""
    with keys_scope(tenant_id):
        destroyed, _ = ContactKey.objects.filter(contact_id__in=contact_ids).delete()
    _cache.evict_tenant(tenant_id)
    return int(destroyed)


def tenant_cipher(tenant_id: UUID, purpose: Purpose, version: int | None = None) -> aead.Cipher:
    """Return the cipher of a tenant key; the newest version when none is named.

    Raises:
        KeyUnavailableError: There is no such key.
        KeyProviderError: The provider cannot unwrap it.
    """
    cache_key = (tenant_id, None, purpose.value, version)
    if (cipher := _cache.get(cache_key)) is not None:
        return cipher
    with keys_scope(tenant_id):
        keys = TenantKey.objects.filter(purpose=purpose).order_by("-version")
        row = (keys.filter(state=KeyState.ACTIVE) if version is None else keys.filter(version=version)).first()
    if row is None:
        raise KeyUnavailableError(purpose.value)
    context = _wrapping_context(tenant_id, row.purpose, row.version)
    cipher = aead.Cipher(kms.provider().unwrap(bytes(row.wrapped), context), row.version)
    _cache.put(cache_key, cipher)
    return cipher


def contact_cipher(tenant_id: UUID, contact_id: UUID, version: int | None = None) -> aead.Cipher:
    """Return the cipher of a contact's key; the newest version when none is named.

    Raises:
        KeyUnavailableError: The contact has no such key, or it was destroyed.
        KeyProviderError: The provider cannot unwrap the organisation's content key.
    """
    cache_key = (tenant_id, contact_id, Purpose.CONTENT.value, version)
    if (cipher := _cache.get(cache_key)) is not None:
        return cipher
    with keys_scope(tenant_id):
        keys = ContactKey.objects.filter(contact_id=contact_id).order_by("-version")
        row = (keys if version is None else keys.filter(version=version)).first()
    if row is None:
        raise KeyUnavailableError("contact")
    wrapped = bytes(row.wrapped)
    content = tenant_cipher(tenant_id, Purpose.CONTENT, aead.key_version(wrapped))
    context = _wrapping_context(tenant_id, str(contact_id), row.version)
    cipher = aead.Cipher(content.open(wrapped, context), row.version)
    _cache.put(cache_key, cipher)
    return cipher


def forget_cached_keys(tenant_id: UUID | None = None) -> None:
    """Drop unwrapped keys from this process, of one organisation or of all."""
    if tenant_id is None:
        _cache.clear()
    else:
        _cache.evict_tenant(tenant_id)


def _new_tenant_key(tenant_id: UUID, purpose: Purpose, version: int, now: datetime) -> TenantKey:
    provider = kms.provider()
    wrapped = provider.wrap(aead.new_key(), _wrapping_context(tenant_id, purpose.value, version))
    return TenantKey(
        tenant_id=tenant_id,
        purpose=purpose,
        version=version,
        provider=provider.name,
        wrapped=wrapped,
        fingerprint=hashlib.sha256(wrapped).hexdigest()[:16],
        created_at=now,
    )


def _wrapping_context(tenant_id: UUID, what: str, version: int) -> bytes:
    return f"key|{tenant_id}|{what}|{version}".encode()
