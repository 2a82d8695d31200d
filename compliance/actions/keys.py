"""What owners and operators do with an organisation's keys. The keys lie in their own database and are committed first.

A crash in between leaves a change whose entry is missing; the job that finishes a rotation writes its own evidence.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from compliance import audit, audit_events, tasks
from compliance.actions.actors import require_actor
from tenants.actors import Actor
from tenants.keyring import own_key, rotation
from tenants.keyring.models import Purpose, Rotation
from tenants.models import Tenant
from tenants.roles import Capability
from tenants.scoping import tenant_scope


def rotate_tenant_key(*, tenant: Tenant, purpose: Purpose, actor: Actor, now: datetime) -> Rotation:
    """Turn a key: new writes take the new one at once, the job brings over the rest and destroys the old one.

    Raises:
        NotPermittedError: The actor is neither an operator nor an owner.
        RotationRunningError: It is being turned already.
        KeyProviderError: The provider does not wrap the new key.
    """
    return _rotate(tenant, actor, now, purpose.value, partial(rotation.begin_tenant_rotation, tenant.id, purpose.value))


def renew_contact_key(*, tenant: Tenant, contact_id: UUID, actor: Actor, now: datetime) -> Rotation:
    """Give a contact a new key after a compromise; what they wrote is sealed again, and the old key destroyed.

    Raises:
        NotPermittedError: The actor is neither an operator nor an owner.
        RotationRunningError: It is being turned already.
        KeyUnavailableError: The contact has no key.
    """
    begin = partial(rotation.begin_contact_rotation, tenant.id, contact_id)
    return _rotate(tenant, actor, now, str(contact_id), begin)


def connect_own_key(*, tenant: Tenant, provider: str, reference: str, actor: Actor, now: datetime) -> None:
    """Wrap the organisation's keys under a key of its own from now on.

    Raises:
        NotPermittedError: The actor is neither an operator nor an owner.
        BadReferenceError: The reference names no key of that provider.
        KeyProviderError: The key cannot be used; nothing is changed.
    """
    with tenant_scope(tenant):
        require_actor(actor, Capability.MANAGE_KEYS)
        audit.record(actor, audit_events.OWN_KEY_CONNECTED, tenant, at=now, provider=provider, reference=reference)
        own_key.connect(tenant.id, provider, reference, now=now)


def disconnect_own_key(*, tenant: Tenant, actor: Actor, now: datetime) -> None:
    """Wrap the organisation's keys under the service's key again.

    Raises:
        NotPermittedError: The actor is neither an operator nor an owner.
        NoOwnKeyError: None is connected.
        KeyProviderError: The organisation's key does not open its keys; nothing is changed.
    """
    _with_own_key(tenant, actor, now, audit_events.OWN_KEY_DISCONNECTED, partial(own_key.disconnect, tenant.id))


def revoke_own_key(*, tenant: Tenant, actor: Actor, now: datetime) -> None:
    """Stop using the organisation's key: at once nothing of it opens, in any process.

    Raises:
        NotPermittedError: The actor is neither an operator nor an owner.
        NoOwnKeyError: None is connected.
    """
    _with_own_key(tenant, actor, now, audit_events.OWN_KEY_REVOKED, partial(own_key.revoke, tenant.id, now=now))


def restore_own_key(*, tenant: Tenant, actor: Actor, now: datetime) -> None:
    """Use a revoked key again.

    Raises:
        NotPermittedError: The actor is neither an operator nor an owner.
        NoOwnKeyError: None is revoked.
        KeyProviderError: It cannot be used.
    """
    _with_own_key(tenant, actor, now, audit_events.OWN_KEY_RESTORED, partial(own_key.restore, tenant.id, now=now))


def _with_own_key(tenant: Tenant, actor: Actor, now: datetime, event: str, change: Callable[[], object]) -> None:
    with tenant_scope(tenant):
        require_actor(actor, Capability.MANAGE_KEYS)
        audit.record(actor, event, tenant, at=now)
        change()


def _rotate(tenant: Tenant, actor: Actor, now: datetime, of: str, begin: Callable[..., Rotation]) -> Rotation:
    with tenant_scope(tenant):
        require_actor(actor, Capability.MANAGE_KEYS)
        audit.record(actor, audit_events.KEY_ROTATION_BEGUN, tenant, at=now, of=of)
        begun = begin(now=now)
        # Robust: with Valkey away the key is turned all the same, and beat starts the job within minutes.
        transaction.on_commit(tasks.turn_tenant_keys.for_tenant(tenant.id).delay, robust=True)
    return begun
