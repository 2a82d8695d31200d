"""Which second factors a person has. django-otp's `is_verified()` says whether one was given in a session."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from tenants.models import BackupCodes, Passkey, SealedTOTPDevice, User

Lasting = Passkey | SealedTOTPDevice
# What a person can always give again. Backup codes come beside these, for when none is at hand.
LASTING: Final[tuple[type[Passkey], type[SealedTOTPDevice]]] = (Passkey, SealedTOTPDevice)
KINDS: Final = (*LASTING, BackupCodes)


def has_factor(person: User) -> bool:
    """Whether a person has enrolled a second factor."""
    return any(kind.objects.filter(user=person, confirmed=True).exists() for kind in LASTING)


def enrolled_among(user_ids: Iterable[UUID]) -> set[UUID]:
    """Return which of these people have enrolled a second factor."""
    wanted = list(user_ids)
    found: set[UUID] = set()
    for kind in LASTING:
        found.update(kind.objects.filter(user_id__in=wanted, confirmed=True).values_list("user_id", flat=True))
    return found


def has_passkey(person: User) -> bool:
    return Passkey.objects.filter(user=person, confirmed=True).exists()


def factors_of(person: User) -> list[Lasting]:
    """Return a person's passkeys and authenticator apps, oldest first."""
    found: list[Lasting] = []
    for kind in LASTING:
        found += kind.objects.filter(user=person, confirmed=True)
    return sorted(found, key=lambda factor: factor.id)


def apps_of(person: User) -> list[SealedTOTPDevice]:
    """Return a person's authenticator apps, oldest first."""
    return list(SealedTOTPDevice.objects.filter(user=person, confirmed=True).order_by("id"))


def backup_codes_of(person: User) -> BackupCodes | None:
    """Return a person's set of backup codes, if they have made one."""
    return BackupCodes.objects.filter(user=person).first()
