"""Turn a key without downtime: a new version, new writes at once, the rest by a job, then the old one is destroyed.

A rotation is a row. It can be taken up by any worker at any time: what is left to do is seen in the data.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from tenants.keyring import ring, uses
from tenants.keyring.cache import LIFETIME_S
from tenants.keyring.models import ContactKey, KeyState, Rotation, RotationKind, RotationState, TenantKey
from tenants.keyring.scope import ALIAS, keys_scope
from tenants.keyring.wrapping import chosen_provider, new_tenant_key

BATCH: Final = 1_000
# A process that heard of no eviction seals with the old version until its cache lets go, and then commits. Longer than
# that by a minute, for clocks that differ.
GRACE: Final = timedelta(seconds=LIFETIME_S + 60)


class RotationRunningError(Exception):
    """This key is being turned already."""


def begin_tenant_rotation(tenant_id: UUID, purpose: str, *, now: datetime) -> Rotation:
    """Give a purpose a new key; from now on it seals, and the one before it only opens.

    Raises:
        RotationRunningError: Another rotation of it is not done yet. Of two at once, one wins.
        KeyUnavailableError: The organisation has no such key.
        KeyProviderError: The provider does not wrap the new key. Nothing is changed.
    """
    with keys_scope(tenant_id):
        # Without the wrapped key, which operators turn and cannot read.
        keys = TenantKey.objects.select_for_update().defer("wrapped", "check_value")
        active = keys.filter(purpose=purpose, state=KeyState.ACTIVE).first()
        _refuse_running(RotationKind.TENANT, purpose)
        if active is None:
            raise ring.KeyUnavailableError(purpose)
        fresh = new_tenant_key(tenant_id, purpose, active.version + 1, under=chosen_provider(), now=now)
        active.state = KeyState.RETIRED
        active.save(update_fields=["state"])
        fresh.save(force_insert=True)
        rotation = _start(RotationKind.TENANT, tenant_id, purpose, active.version, now)
    ring.forget_everywhere(tenant_id)
    return rotation


def begin_contact_rotation(tenant_id: UUID, contact_id: UUID, *, now: datetime) -> Rotation:
    """Give a contact a new key after a compromise; what they wrote is sealed again by the job.

    Raises:
        RotationRunningError: Another rotation of it is not done yet.
        KeyUnavailableError: The contact has no key.
    """
    with keys_scope(tenant_id):
        newest = ContactKey.objects.filter(contact_id=contact_id).order_by("-version").first()
        if newest is None:
            raise ring.KeyUnavailableError("contact")
        rotation = _start(RotationKind.CONTACT, tenant_id, str(contact_id), newest.version, now)
    _ensure_contact_key(rotation, now)
    ring.forget_everywhere(tenant_id)
    return rotation


def unfinished(tenant_id: UUID) -> list[Rotation]:
    """Return the organisation's rotations that are not done, oldest first."""
    with keys_scope(tenant_id):
        return list(Rotation.objects.exclude(state=RotationState.DONE).order_by("started_at", "id"))


def latest_of_contact(tenant_id: UUID, contact_id: UUID) -> Rotation | None:
    """Return the last rotation of a contact's key, under way or done; None if there was none."""
    with keys_scope(tenant_id):
        rows = Rotation.objects.filter(kind=RotationKind.CONTACT, subject=str(contact_id))
        last: Rotation | None = rows.order_by("-started_at", "-id").first()
    return last


def contact_key_of(tenant_id: UUID, contact_id: UUID) -> ContactKey | None:
    """Return version and age of a contact's newest key; None if it was destroyed."""
    with keys_scope(tenant_id):
        rows = ContactKey.objects.filter(contact_id=contact_id).defer("wrapped")
        newest: ContactKey | None = rows.order_by("-version").first()
    return newest


def move_batches(rotation: Rotation, *, now: datetime, batch: int = BATCH) -> Iterator[int]:
    """Bring everything to the new version, yielding after each batch how many it moved."""
    if rotation.kind == RotationKind.CONTACT:
        _ensure_contact_key(rotation, now)
    for use in _uses_of(rotation):
        while moved := use.move(rotation.tenant_id, rotation.subject, rotation.old_version, limit=batch):
            _count(rotation, moved)
            yield moved


def destroy_old(rotation: Rotation, *, now: datetime, grace: timedelta = GRACE) -> bool:
    """Destroy the old version once nothing uses it and nothing can any more; return whether it is gone."""
    if rotation.state != RotationState.RUNNING:
        return True
    if now < rotation.started_at + grace or remains(rotation):
        return False
    with keys_scope(rotation.tenant_id):
        held = Rotation.objects.select_for_update().get(id=rotation.id)
        if held.state == RotationState.RUNNING:
            _old_versions(held).delete()
            held.state = RotationState.DESTROYED
            held.save(update_fields=["state"])
        rotation.state = held.state
    ring.forget_everywhere(rotation.tenant_id)
    return True


def finish(rotation: Rotation, *, now: datetime) -> None:
    """Note that the evidence is written: only now another rotation of the key may begin."""
    with keys_scope(rotation.tenant_id):
        Rotation.objects.filter(id=rotation.id).update(state=RotationState.DONE, finished_at=now)
    rotation.state, rotation.finished_at = RotationState.DONE, now


def _uses_of(rotation: Rotation) -> list[uses.KeyUse]:
    return uses.of(uses.CONTACT if rotation.kind == RotationKind.CONTACT else rotation.subject)


def remains(rotation: Rotation) -> bool:
    """Whether something still needs the old version; what was locked a moment ago was passed over."""
    return any(use.remains(rotation.tenant_id, rotation.subject, rotation.old_version) for use in _uses_of(rotation))


def _old_versions(rotation: Rotation) -> QuerySet[Any]:
    if rotation.kind == RotationKind.CONTACT:
        rows = ContactKey.objects.filter(contact_id=UUID(rotation.subject))
    else:
        rows = TenantKey.objects.filter(purpose=rotation.subject)
    return rows.filter(version__lte=rotation.old_version)


def _refuse_running(kind: RotationKind, subject: str) -> None:
    if Rotation.objects.filter(kind=kind, subject=subject).exclude(state=RotationState.DONE).exists():
        raise RotationRunningError(subject)


def _start(kind: RotationKind, tenant_id: UUID, subject: str, old_version: int, now: datetime) -> Rotation:
    rotation = Rotation(
        tenant_id=tenant_id, kind=kind, subject=subject, old_version=old_version, new_version=old_version + 1,
        started_at=now,
    )  # fmt: skip
    try:
        with transaction.atomic(using=ALIAS):
            rotation.save(force_insert=True)
    except IntegrityError:
        raise RotationRunningError(subject) from None
    return rotation


def _ensure_contact_key(rotation: Rotation, now: datetime) -> None:
    """Give the contact the new version unless it is there: a kill may have come in between."""
    contact_id = UUID(rotation.subject)
    with keys_scope(rotation.tenant_id):
        if ContactKey.objects.filter(contact_id=contact_id, version=rotation.new_version).exists():
            return
    try:
        ring.add_contact_key(rotation.tenant_id, contact_id, rotation.new_version, now=now)
    except IntegrityError:
        return  # by another worker, at the same moment


def _count(rotation: Rotation, moved: int) -> None:
    with keys_scope(rotation.tenant_id):
        Rotation.objects.filter(id=rotation.id).update(moved=F("moved") + moved)
    rotation.moved += moved
