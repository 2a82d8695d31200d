"""An organisation's own key-encryption key: connected, tried, revoked. No secret of theirs is kept.

The service asks KMS or Vault in its own name; the organisation lets it, in its key's policy, and can stop that there
at any time. Revoking it here as well takes hold at once, caches included.
"""

import hmac
from datetime import datetime
from uuid import UUID

from django.conf import settings

from helpdesk.core import aead
from tenants import kms
from tenants.keyring import ring
from tenants.keyring.models import OwnKey, OwnKeyState
from tenants.keyring.rewrapping import rewrap_in_scope
from tenants.keyring.scope import keys_scope


class NoOwnKeyError(Exception):
    """The organisation has connected no key of its own."""


def own_key_of(tenant_id: UUID) -> OwnKey | None:
    """Return what the organisation has connected."""
    with keys_scope(tenant_id):
        found: OwnKey | None = OwnKey.objects.first()
    return found


def try_out(tenant_id: UUID, provider: str, reference: str) -> None:
    """See that a key can be used: it wraps, opens what it wrapped, and not for another organisation.

    Raises:
        BadReferenceError: The reference names no key of that provider, or the service's own.
        KeyProviderError: The key cannot be used; the kind of error tells why.
    """
    kms.check_reference(provider, reference)
    if reference in {settings.AWS_KMS_KEY, settings.VAULT_TRANSIT_KEY}:
        raise kms.BadReferenceError(provider)
    wrapper, key = kms.wrapper(provider, reference), aead.new_key()
    wrapper.health()
    context = f"key|{tenant_id}|test|1".encode()
    wrapped = wrapper.wrap(key, context)
    if not hmac.compare_digest(wrapper.unwrap(wrapped, context), key):
        raise kms.WrongAnswerError("the provider wrapped something else")
    try:
        wrapper.unwrap(wrapped, b"key|another|test|1")
    except kms.ProviderRefusedError:
        return
    raise kms.WrongAnswerError("the key opens for another organisation")


def connect(tenant_id: UUID, provider: str, reference: str, *, now: datetime) -> int:
    """Wrap the organisation's keys under a key of its own from now on; return how many were wrapped.

    All of it in one transaction: with the provider failing half-way everything stays as it was.

    Raises:
        BadReferenceError: The reference names no key of that provider, or the service's own.
        KeyProviderError: The key cannot be used.
    """
    try_out(tenant_id, provider, reference)
    with keys_scope(tenant_id):
        OwnKey.objects.update_or_create(
            tenant_id=tenant_id,
            defaults={"provider": provider, "reference": reference, "state": OwnKeyState.CONNECTED, "changed_at": now},
            create_defaults={
                "tenant_id": tenant_id,
                "provider": provider,
                "reference": reference,
                "connected_at": now,
                "changed_at": now,
            },
        )
        wrapped = rewrap_in_scope()
    ring.forget_everywhere(tenant_id)
    return wrapped


def disconnect(tenant_id: UUID) -> int:
    """Wrap the organisation's keys under the service's key again; return how many were wrapped.

    Raises:
        NoOwnKeyError: None is connected.
        KeyProviderError: The organisation's key does not open its keys; nothing is changed.
    """
    with keys_scope(tenant_id):
        if not OwnKey.objects.filter(state=OwnKeyState.CONNECTED).delete()[0]:
            raise NoOwnKeyError
        wrapped = rewrap_in_scope()
    ring.forget_everywhere(tenant_id)
    return wrapped


def revoke(tenant_id: UUID, *, now: datetime) -> None:
    """Stop using the organisation's key, and with it everything it protects, in every process.

    Raises:
        NoOwnKeyError: None is connected.
    """
    _set_state(tenant_id, OwnKeyState.CONNECTED, OwnKeyState.REVOKED, now)


def restore(tenant_id: UUID, *, now: datetime) -> None:
    """Use a revoked key again.

    Raises:
        NoOwnKeyError: None is revoked.
        KeyProviderError: It cannot be used.
    """
    own = own_key_of(tenant_id)
    if own is not None:
        try_out(tenant_id, own.provider, own.reference)
    _set_state(tenant_id, OwnKeyState.REVOKED, OwnKeyState.CONNECTED, now)


def _set_state(tenant_id: UUID, before: OwnKeyState, after: OwnKeyState, now: datetime) -> None:
    with keys_scope(tenant_id):
        if not OwnKey.objects.filter(state=before).update(state=after, changed_at=now):
            raise NoOwnKeyError
    ring.forget_everywhere(tenant_id)
