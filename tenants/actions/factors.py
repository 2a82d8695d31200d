"""The second factor: enrolling an authenticator app, checking its codes."""

import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from helpdesk.core.ids import uuid7
from tenants.actions.people import tell_organisations
from tenants.models import SealedTOTPDevice, User

SEED_BYTES: Final = 20  # RFC 4226, section 4, R6: 160 bits


class WrongCodeError(Exception):
    """The code is not the present one, was used already, or came too soon after wrong ones."""

    def __init__(self, wait_s: float = 0.0) -> None:
        super().__init__()
        self.wait_s = wait_s


class NoEnrolmentError(Exception):
    """The enrolment was begun elsewhere again, or is complete."""


@transaction.atomic
def begin_enrolment(*, person: User) -> SealedTOTPDevice:
    """Give a person a fresh seed, in place of those that were never confirmed.

    Raises:
        NoEnrolmentError: They have a second factor already.
    """
    User.objects.select_for_update().get(id=person.id)
    devices = SealedTOTPDevice.objects.filter(user=person)
    if devices.filter(confirmed=True).exists():
        raise NoEnrolmentError
    devices.delete()
    return _make_device(person, secrets.token_bytes(SEED_BYTES), confirmed=False)


@transaction.atomic
def finish_enrolment(*, person: User, device_id: UUID, code: str, now: datetime) -> SealedTOTPDevice:
    """Confirm a new authenticator app by its first code.

    Raises:
        NoEnrolmentError: The seed is not the one handed out last.
    """
    User.objects.select_for_update().get(id=person.id)
    device = SealedTOTPDevice.objects.filter(user=person, id=device_id, confirmed=False).first()
    if device is None or SealedTOTPDevice.objects.filter(user=person, confirmed=True).exists():
        raise NoEnrolmentError
    if device.verify_token(code):
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        tell_organisations(person, "member.factor_enrolled", at=now)
    return device


@transaction.atomic
def give_factor(*, person: User, seed: bytes) -> SealedTOTPDevice:
    """Give a person a second factor whose seed is known beforehand: for the demo and for tests."""
    return _make_device(person, seed, confirmed=True)


def factor_of(person: User) -> SealedTOTPDevice | None:
    """Return the person's second factor, if enrolled."""
    return SealedTOTPDevice.objects.filter(user=person, confirmed=True).order_by("id").first()


def check_code(*, device: SealedTOTPDevice, code: str, now: datetime) -> None:
    """Accept a code once.

    Raises:
        WrongCodeError: It is not accepted; says how long to wait before the next try.
    """
    if not device.verify_token(code):
        raise WrongCodeError(wait_s(device, now=now))


def wait_s(device: SealedTOTPDevice, *, now: datetime) -> float:
    """Return the seconds until the next code may be tried, 0.0 when at once."""
    allowed, reason = device.verify_is_allowed()
    if allowed or not reason:
        return 0.0
    return max(0.0, float((reason["locked_until"] - now).total_seconds()))


def _make_device(person: User, seed: bytes, *, confirmed: bool) -> SealedTOTPDevice:
    identifier = uuid7()
    return SealedTOTPDevice.objects.create(
        id=identifier,
        user=person,
        name="Authenticator app",
        confirmed=confirmed,
        sealed_seed=SealedTOTPDevice.seal_seed(identifier, seed),
    )
