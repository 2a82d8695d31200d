"""Tenant keys as the provider keeps them: wrapped by the service's key or by the organisation's own."""

import hashlib
import hmac
from datetime import datetime
from uuid import UUID

from helpdesk.core import aead
from tenants import kms
from tenants.keyring.models import OwnKey, OwnKeyState, TenantKey


class OwnKeyRevokedError(kms.ProviderRefusedError):
    """The organisation has revoked its own key: nothing of it opens until the key is connected again."""


def context_of(tenant_id: UUID, what: str, version: int) -> bytes:
    """Return what a wrapped key is bound to, so that moved elsewhere it does not open (PCI DSS 3.7.1)."""
    return f"key|{tenant_id}|{what}|{version}".encode()


def new_tenant_key(tenant_id: UUID, purpose: str, version: int, *, under: tuple[str, str], now: datetime) -> TenantKey:
    """Return a fresh key, wrapped `under` a provider's key (`chosen_provider`) and not saved.

    Raises:
        KeyProviderError: The provider does not wrap, or not so that it opens again.
    """
    row = TenantKey(tenant_id=tenant_id, purpose=purpose, version=version, created_at=now)
    wrap_into(row, aead.new_key(), *under)
    return row


def wrap_into(row: TenantKey, key: bytes, provider: str, reference: str) -> None:
    """Wrap a key under a provider's key and look whether it opens again, before anything depends on it."""
    wrapper, context = kms.wrapper(provider, reference), context_of(row.tenant_id, row.purpose, row.version)
    wrapped = wrapper.wrap(key, context)
    if not hmac.compare_digest(wrapper.unwrap(wrapped, context), key):
        raise kms.WrongAnswerError("the provider wrapped something else")
    row.provider, row.key_reference, row.wrapped = provider, reference, wrapped
    row.fingerprint = hashlib.sha256(wrapped).hexdigest()[:16]
    row.check_value = _check_value(key, context)


def unwrapped(row: TenantKey) -> bytes:
    """Return the key of a row.

    Raises:
        KeyProviderError: The provider does not open it, or answers with another key.
    """
    context = context_of(row.tenant_id, row.purpose, row.version)
    key = kms.wrapper(row.provider, row.key_reference).unwrap(bytes(row.wrapped), context)
    known = row.check_value
    # Sealing with a key that is not the right one would lose what is sealed.
    if len(key) != aead.KEY_BYTES or not (
        known is None or hmac.compare_digest(bytes(known), _check_value(key, context))
    ):
        raise kms.WrongAnswerError("the provider answered with another key")
    return key


def provider_of_the_service() -> tuple[str, str]:
    """Return provider and key reference for new keys of an organisation that has brought no key of its own."""
    return kms.provider().name, ""


def chosen_provider() -> tuple[str, str]:
    """Return provider and key reference for new keys of the organisation in the keys scope.

    Raises:
        OwnKeyRevokedError: The organisation revoked its key.
    """
    own: OwnKey | None = OwnKey.objects.first()
    if own is None:
        return provider_of_the_service()
    if own.state == OwnKeyState.REVOKED:
        raise OwnKeyRevokedError("revoked")
    return own.provider, own.reference


def _check_value(key: bytes, context: bytes) -> bytes:
    return hmac.digest(key, b"check|" + context, "sha256")[:16]
