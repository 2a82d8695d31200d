"""What an owner or an operator is shown of an organisation's keys: never a key, nor a wrapped one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from helpdesk.core.ids import reference
from tenants.keyring import rotation
from tenants.keyring.cache import LIFETIME_S
from tenants.keyring.models import ContactKey, KeyState, Purpose, Rotation, RotationKind, TenantKey
from tenants.keyring.scope import keys_scope

PROVIDERS: Final = {"local": "Key file of the service", "aws": "AWS KMS", "vault": "HashiCorp Vault"}
GRACE_MINUTES: Final = int(LIFETIME_S // 60) + 1


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A tenant key as it is listed."""

    purpose: str
    label: str
    version: int
    fingerprint: str
    age_days: int
    created_at: datetime
    provider: str
    is_own: bool
    is_active: bool


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A contact's key, and the fingerprint of the content key around it. `is_own`: a key of theirs is around that."""

    version: int
    made_at: datetime
    fingerprint: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class RotationLine:
    """A key on its way to the next version."""

    of: str
    old_version: int
    new_version: int
    moved: int
    what: str
    started_at: datetime


def keys_of(tenant_id: UUID, *, now: datetime) -> list[KeyLine]:
    """Return the tenant keys of an organisation, newest version of each purpose first."""
    shown = ("purpose", "version", "fingerprint", "created_at", "provider", "key_reference", "state")
    with keys_scope(tenant_id):
        rows = list(TenantKey.objects.only(*shown).order_by("purpose", "-version"))
    return [
        KeyLine(
            purpose=row.purpose,
            label=Purpose(row.purpose).label,
            version=row.version,
            fingerprint=row.fingerprint,
            age_days=max(0, (now - row.created_at) // timedelta(days=1)),
            created_at=row.created_at,
            provider=PROVIDERS.get(row.provider, row.provider),
            is_own=bool(row.key_reference),
            is_active=row.state == KeyState.ACTIVE,
        )
        for row in rows
    ]


def sealing_key_of(tenant_id: UUID, contact_id: UUID) -> SealingKey | None:
    """Return what seals a contact's texts now; None when it was destroyed."""
    with keys_scope(tenant_id):
        held = ContactKey.objects.filter(contact_id=contact_id, state=KeyState.ACTIVE)
        key = held.order_by("-version").values_list("version", "created_at", "wrapped_with").first()
        if key is None:
            return None
        version, made_at, wrapped_with = key
        content = TenantKey.objects.filter(purpose=Purpose.CONTENT, version=wrapped_with)
        wrapping = content.values_list("fingerprint", "key_reference").first()
    fingerprint, own = wrapping or ("", "")
    return SealingKey(version, made_at, fingerprint, is_own=bool(own))


def rotations_of(tenant_id: UUID) -> list[RotationLine]:
    """Return the rotations of an organisation that are under way, oldest first."""
    return [line_of(one) for one in rotation.unfinished(tenant_id)]


def line_of(one: Rotation) -> RotationLine:
    """Return a rotation as it is told: a contact by the short reference that agents know."""
    is_contact = one.kind == RotationKind.CONTACT
    return RotationLine(
        of=f"Visitor {reference(UUID(one.subject))}" if is_contact else Purpose(one.subject).label,
        old_version=one.old_version,
        new_version=one.new_version,
        moved=one.moved,
        what="sealed again" if is_contact or one.subject != Purpose.CONTENT else "wrapped or sealed again",
        started_at=one.started_at,
    )
