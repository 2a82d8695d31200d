"""The second factor: enrolling an authenticator app, accepting a code, naming and revoking what there is."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from helpdesk.core.ids import uuid7
from tenants import factor_list, limits
from tenants.actions.people import tell_organisations
from tenants.factor_list import LASTING, Lasting
from tenants.models import BackupCodes, SealedTOTPDevice, User, backup_codes

SEED_BYTES: Final = 20  # RFC 4226, section 4, R6: 160 bits
MAX_FACTORS: Final = 12

CodeDevice = SealedTOTPDevice | BackupCodes


class WrongCodeError(Exception):
    """The code is not the present one, was used already, or came too soon after wrong ones."""

    def __init__(self, wait_s: float = 0.0) -> None:
        super().__init__()
        self.wait_s = wait_s


class NoEnrolmentError(Exception):
    """The enrolment was begun elsewhere again, or is complete, or there are enough factors."""


class NoFactorError(Exception):
    """The person has no such factor."""


class LastFactorError(Exception):
    """It is the person's last factor, and they must have one."""


@transaction.atomic
def begin_enrolment(*, person: User, is_first: bool) -> SealedTOTPDevice:
    """Give a person a fresh seed, in place of those that were never confirmed.

    Args:
        person: Whose it is.
        is_first: Whether only the password was given: then it must be the first.

    Raises:
        NoEnrolmentError: They have a factor, or too many.
    """
    check_may_enrol(person, is_first=is_first)
    SealedTOTPDevice.objects.filter(user=person, confirmed=False).delete()
    return _make_device(person, secrets.token_bytes(SEED_BYTES), confirmed=False)


@transaction.atomic
def finish_enrolment(*, person: User, device_id: UUID, code: str, is_first: bool, now: datetime) -> SealedTOTPDevice:
    """Confirm a new authenticator app by its first code.

    Raises:
        NoEnrolmentError: The seed is not the one handed out last, or another factor was there sooner.
    """
    check_may_enrol(person, is_first=is_first)
    device = SealedTOTPDevice.objects.filter(user=person, id=device_id, confirmed=False).first()
    if device is None:
        raise NoEnrolmentError
    if device.verify_token(code):
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        tell_organisations(person, "member.factor_enrolled", at=now, kind="app")
    return device


def check_may_enrol(person: User, *, is_first: bool) -> None:
    """Lock a person's factors and see that one may be added: of two tabs that enrol the first, one is refused.

    Raises:
        NoEnrolmentError: It may not.
    """
    User.objects.select_for_update().get(id=person.id)
    count = len(factor_list.factors_of(person))
    if (is_first and count) or count >= MAX_FACTORS:
        raise NoEnrolmentError


def give_factor(*, person: User, seed: bytes) -> SealedTOTPDevice:
    """Give a person a second factor whose seed is known beforehand: for the demo and for tests."""
    return _make_device(person, seed, confirmed=True)


def factor_of(person: User) -> SealedTOTPDevice | None:
    """Return the person's first authenticator app, if enrolled."""
    return next(iter(factor_list.apps_of(person)), None)


def check_code(*, person: User, code: str, now: datetime) -> CodeDevice:
    """Accept a code once: the present one of one of the person's apps, or a backup code.

    Wrong ones are counted by device, each making the next wait longer, and by person over all devices.

    Raises:
        WrongCodeError: It is not accepted; says how long to wait before the next try.
        redis.RedisError, django.db.Error: What counts or keeps factors does not answer; nobody passes.
    """
    # Taken before the code is looked at: of a hundred tries at once no more get through than one by one.
    if (wait := limits.FACTORS_FAILED.wait_s(str(person.id))) > 0:
        raise WrongCodeError(wait)
    device, wait = _taken_by(person, code, now)
    if device is None:
        raise WrongCodeError(wait)
    limits.give_back(limits.FACTORS_FAILED, str(person.id))
    return device


def wait_s(devices: Iterable[CodeDevice], *, now: datetime) -> float:
    """Return the seconds until a code may be tried with one of these, 0.0 when at once."""
    return min((_wait_s(device, now) for device in devices), default=0.0)


@transaction.atomic
def rename_factor(*, person: User, factor_id: UUID, name: str, now: datetime) -> Lasting:
    """Call a factor something else. What it is called stands in no entry: people write names and numbers into it.

    Raises:
        NoFactorError: The person has no such factor.
    """
    factor = _find(person, factor_id)
    if factor.name != name:
        factor.name = name
        factor.save(update_fields=["name"])
        tell_organisations(person, "member.factor_renamed", at=now, kind=kind_of(factor))
    return factor


@transaction.atomic
def revoke_factor(*, person: User, factor_id: UUID, must_keep_one: bool, now: datetime) -> Lasting:
    """Take a factor away. Sessions that were opened by it end; without any other, backup codes go with it.

    Raises:
        NoFactorError: The person has no such factor.
        LastFactorError: It is the last, and one must stay.
    """
    User.objects.select_for_update().get(id=person.id)
    factor = _find(person, factor_id)
    if len(factor_list.factors_of(person)) == 1:
        if must_keep_one:
            raise LastFactorError
        BackupCodes.objects.filter(user=person).delete()
    type(factor).objects.filter(id=factor.id).delete()
    tell_organisations(person, "member.factor_revoked", at=now, kind=kind_of(factor))
    return factor


def kind_of(factor: Lasting) -> str:
    """Return the word for a factor's kind that entries of the audit keep."""
    return "app" if isinstance(factor, SealedTOTPDevice) else "passkey"


def _find(person: User, factor_id: UUID) -> Lasting:
    for kind in LASTING:
        found = kind.objects.filter(user=person, confirmed=True, id=factor_id).first()
        if found is not None:
            return found
    raise NoFactorError


@transaction.atomic
def _taken_by(person: User, code: str, now: datetime) -> tuple[CodeDevice | None, float]:
    """Return the device that took the code, and otherwise how long to wait.

    The devices of the code's kind are locked in one order, so of two requests with the same code one is refused. A
    wrong code counts against each of them: which one was meant, nobody knows.
    """
    kind = BackupCodes if backup_codes.looks_like_one(code) else SealedTOTPDevice
    locked = list(kind.objects.filter(user=person, confirmed=True).select_for_update().order_by("id"))
    tried: list[CodeDevice] = [device for device in locked if device.verify_is_allowed()[0]]
    plain = code.strip().replace(" ", "")
    for device in tried:
        if device.take(plain):
            if isinstance(device, BackupCodes):
                tell_organisations(person, "member.backup_code_used", at=now, left=device.left)
            return device, 0.0
    for device in tried:
        device.throttle_increment(commit=True)
    return None, wait_s(locked, now=now)


def _wait_s(device: CodeDevice, now: datetime) -> float:
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
