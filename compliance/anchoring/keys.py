"""The service's own keys that sign anchors: made, rotated, wrapped again."""

from datetime import datetime

from django.db import transaction

from compliance import audit, audit_events
from compliance.models import AnchorKey
from helpdesk.core import ed25519
from tenants import kms


def newest(*, now: datetime) -> AnchorKey:
    """Return the key that signs from now on; the first one is made when it is needed."""
    key: AnchorKey | None = AnchorKey.objects.order_by("-number").first()
    return key or _made(1, now)


def rotate(*, now: datetime) -> AnchorKey:
    """Make a new key. The next anchor, signed by the former, names it; all after that are signed by the new one."""
    with transaction.atomic():
        key = _made(newest(now=now).number + 1, now)
        audit.record_of_operators(None, audit_events.AUDIT_KEY_ROTATED, key, at=now, number=key.number)
    return key


def sign(key: AnchorKey, message: bytes) -> bytes:
    """Sign a message.

    Raises:
        KeyProviderError: The provider does not give the seed.
    """
    wrapped = bytes(key.wrapped)
    return ed25519.sign(kms.wrapper_of(wrapped).unwrap(wrapped, _context(key)), message)


def rewrap() -> int:
    """Wrap the seeds under the provider's newest key, where they are not; return how many were not."""
    moved = 0
    for key in AnchorKey.objects.order_by("number"):
        wrapped, provider = bytes(key.wrapped), kms.provider()
        if kms.wrapper_of(wrapped) is provider and provider.is_current(wrapped):
            continue
        seed = kms.wrapper_of(wrapped).unwrap(wrapped, _context(key))
        key.wrapped = provider.wrap(seed, _context(key))
        key.save(update_fields=["wrapped"])
        moved += 1
    return moved


def _made(number: int, now: datetime) -> AnchorKey:
    seed = ed25519.make_seed()
    key = AnchorKey(number=number, public=ed25519.public_of(seed).hex(), made_at=now)
    key.wrapped = kms.provider().wrap(seed, _context(key))
    key.save(force_insert=True)
    return key


def _context(key: AnchorKey) -> bytes:
    return f"anchor|{key.id}".encode()
