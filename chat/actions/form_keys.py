"""Keys of members' browsers to which visitors seal what they send: enrolled, revoked. The audit trail is their log."""

import hashlib
from datetime import datetime
from typing import Final
from uuid import UUID

from chat.actions import form_endings
from chat.models import FormKey
from compliance import audit, audit_events
from helpdesk.core.signatures import is_point
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability

MAX_KEYS: Final = 10


class BadPointError(Exception):
    """It is no point of the curve."""


class TooManyKeysError(Exception):
    """The member has as many keys as one may have."""


class NoSuchKeyError(Exception):
    """There is no such key of that member or organisation."""


def fingerprint_of(point: bytes) -> bytes:
    """Return what a public key is known by."""
    return hashlib.sha256(point).digest()


def enrol_key(*, point: bytes, browser: str, actor: Membership, now: datetime) -> FormKey:
    """Take the public half of a browser's key; again is no change. A factor given just now is asked for at the door.

    Raises:
        NotPermittedError: The member may not ask for forms.
        BadPointError: It is no point of the curve.
        TooManyKeysError: The member has too many; one that was revoked does not come back.
    """
    require(actor, Capability.REQUEST_FORMS)
    if not is_point(point):
        raise BadPointError
    Membership.objects.select_for_update(no_key=True).get(id=actor.id)
    mine = FormKey.objects.filter(membership=actor)
    fingerprint = fingerprint_of(point)
    known: FormKey | None = mine.filter(fingerprint=fingerprint).first()
    if known is not None and known.revoked_at is None:
        return known
    if known is not None or mine.filter(revoked_at=None).count() >= MAX_KEYS:
        raise TooManyKeysError
    key: FormKey = FormKey.objects.create(
        tenant_id=actor.tenant_id, membership=actor, point=point, fingerprint=fingerprint, browser=browser[:80],
        enrolled_at=now,
    )  # fmt: skip
    audit.record(
        Actor.member(actor), audit_events.FORM_KEY_ENROLLED, key, at=now, fingerprint=fingerprint.hex(), member=actor.id
    )
    return key


def revoke_key(*, key_id: UUID, actor: Membership, now: datetime) -> FormKey:
    """Seal nothing more to a key, and destroy what waits for it: one's own, or any for who manages forms.

    Raises:
        NotPermittedError: The member may not.
        NoSuchKeyError: There is none.
    """
    key: FormKey | None = FormKey.objects.select_for_update().filter(id=key_id).first()
    if key is None:
        raise NoSuchKeyError
    require(actor, Capability.REQUEST_FORMS if key.membership_id == actor.id else Capability.MANAGE_FORMS)
    if key.revoked_at is None:
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
        fingerprint = bytes(key.fingerprint).hex()
        audit.record(
            Actor.member(actor), audit_events.FORM_KEY_REVOKED, key, at=now, fingerprint=fingerprint,
            member=key.membership_id,
        )  # fmt: skip
        form_endings.look_after(now=now)
    return key


def keys_of(membership: Membership) -> list[FormKey]:
    """Return a member's keys that count, the last enrolled first."""
    return list(FormKey.objects.filter(membership=membership, revoked_at=None).order_by("-enrolled_at", "-id"))
