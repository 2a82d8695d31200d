"""Browsers of an organisation's people: asked for, approved, revoked; and their proofs that they hold their keys."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from helpdesk.core.machine import Machine
from helpdesk.core.signatures import is_signed
from tenants.actions.place_due import require_left
from tenants.actors import Actor
from tenants.devices import challenge
from tenants.models import DeviceKind, DeviceState, Membership, PolicyChoice, StaffDevice, StaffSession
from tenants.permissions import require
from tenants.places.rule import in_force
from tenants.places.stored import rulings
from tenants.policy_names import ANY_DEVICE, DEVICE_RULE, ENROLLED_DEVICE
from tenants.roles import Capability
from tenants.signals import announce

#: A browser is enrolled soon after both factors were given in it, so that a cookie alone enrols nothing.
ASK_WITHIN: Final = timedelta(minutes=15)
MAX_DEVICES: Final = 20
_TOLD: Final = {DeviceState.APPROVED: "device.approved", DeviceState.REVOKED: "device.revoked"}


class BadProofError(Exception):
    """The signature is not that of the key, or of another challenge."""


class AnotherKeyError(Exception):
    """The session is bound to another key: its cookie is not where it was given."""


class SignInAnewError(Exception):
    """Both factors were given too long ago in this session to enrol its browser."""


class TooManyDevicesError(Exception):
    """The member has as many devices as one may have."""


class NoDeviceError(Exception):
    """There is no such device of that member or organisation."""


class NotOnApprovedDeviceError(Exception):
    """Whoever asks for approved devices alone is not at one: it would lock them out."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser gives as proof: the challenge it was given, its public point, and its signature."""

    challenge: str
    point: bytes
    signature: bytes


def prove(session: StaffSession, answer: Answer, *, machine: Machine, now: datetime) -> None:
    """Note that a session's browser holds a key. The first key that is shown stays the session's.

    Raises:
        BadChallengeError: The challenge is none to answer.
        BadProofError: It was not signed by that key.
        AnotherKeyError: The session is bound to another key.
        redis.RedisError: Nobody can say whether the challenge was answered before.
    """
    message = challenge.spend(answer.challenge, bytes(session.session_hash), now=now.timestamp())
    if not is_signed(message, signature=answer.signature, point=answer.point):
        raise BadProofError
    key_hash = key_hash_of(answer.point)
    with transaction.atomic():
        held = StaffSession.objects.select_for_update().filter(id=session.id).first()
        if held is None:
            raise AnotherKeyError
        if held.device_key_hash is not None and bytes(held.device_key_hash) != key_hash:
            raise AnotherKeyError
        held.device_key_hash, held.proved_at, held.proved_looks = key_hash, now, machine.looks
        held.save(update_fields=["device_key_hash", "proved_at", "proved_looks"])
    session.device_key_hash = key_hash


def key_hash_of(point: bytes) -> bytes:
    """Return what a public key is known by."""
    return hashlib.sha256(point).digest()


@transaction.atomic
def ask(*, member: Membership, session: StaffSession | None, machine: Machine, now: datetime) -> StaffDevice:
    """Ask for the browser of a session, which has just proved its key or shows a certificate; again is no change.

    Raises:
        SignInAnewError: Both factors were given too long ago.
        TooManyDevicesError: The member has too many.
        NoDeviceError: The session has shown no key and no certificate.
    """
    if session is None or now - session.began_at >= ASK_WITHIN:
        raise SignInAnewError
    if machine.certificate:
        kind, key_hash = DeviceKind.CERTIFICATE, bytes.fromhex(machine.certificate)
    elif session.device_key_hash is not None:
        kind, key_hash = DeviceKind.KEY, bytes(session.device_key_hash)
    else:
        raise NoDeviceError
    Membership.objects.select_for_update(no_key=True).get(id=member.id)
    mine = StaffDevice.objects.filter(membership=member)
    known = mine.filter(key_hash=key_hash).first()
    if known is not None and known.state != DeviceState.REVOKED:
        return known
    if known is None and mine.count() >= MAX_DEVICES:
        raise TooManyDevicesError
    device: StaffDevice
    device, _ = StaffDevice.objects.update_or_create(
        tenant_id=member.tenant_id, membership=member, key_hash=key_hash,
        defaults={
            "kind": kind, "browser": session.browser, "address": machine.address, "state": DeviceState.ASKED,
            "asked_at": now, "decided_by": None, "decided_at": None,
        },
    )  # fmt: skip
    announce("device.asked", actor=Actor.member(member), subject=device, at=now, kind=kind.value)
    return device


@transaction.atomic
def decide(*, device_id: UUID, approve: bool, actor: Membership, now: datetime) -> StaffDevice:
    """Approve a device, or revoke it. Open pages and sockets of a revoked one end at once.

    Raises:
        NotPermittedError: The member may not decide how colleagues sign in.
        NoDeviceError: There is no such device.
    """
    require(actor, Capability.MANAGE_SIGN_IN)
    device = StaffDevice.objects.select_for_update().filter(id=device_id).first()
    if device is None:
        raise NoDeviceError
    return _decided(device, DeviceState.APPROVED if approve else DeviceState.REVOKED, actor, now)


@transaction.atomic
def give_up(*, device_id: UUID, member: Membership, now: datetime) -> StaffDevice:
    """Revoke one of one's own devices.

    Raises:
        NoDeviceError: It is none of theirs.
    """
    device = StaffDevice.objects.select_for_update().filter(id=device_id, membership=member).first()
    if device is None:
        raise NoDeviceError
    return _decided(device, DeviceState.REVOKED, member, now)


def _decided(device: StaffDevice, state: DeviceState, actor: Membership, now: datetime) -> StaffDevice:
    if device.state != state:
        device.state, device.decided_by, device.decided_at = state, actor, now
        device.save(update_fields=["state", "decided_by", "decided_at"])
        by = Actor.member(actor)
        announce(_TOLD[state], actor=by, subject=device, at=now, member=device.membership_id)
    return device


@transaction.atomic
def choose_rule(
    *, only_approved: bool, actor: Membership, session: StaffSession | None, machine: Machine, now: datetime
) -> PolicyChoice:
    """Let the organisation's people use approved devices alone, or any. Whoever asks for it is at an approved one.

    Raises:
        NotPermittedError: The member may not decide how colleagues sign in.
        NotOnApprovedDeviceError: It would lock them out.
        HeldByModeError: A mode wants networks or browsers limited, and this would leave neither.
    """
    require(actor, Capability.MANAGE_SIGN_IN)
    if only_approved and not is_approved(actor, session, machine):
        raise NotOnApprovedDeviceError
    value = ENROLLED_DEVICE if only_approved else ANY_DEVICE
    require_left(actor.tenant, address_rule=in_force(rulings(), now.timestamp()), device_rule=value)
    choice: PolicyChoice
    choice, is_new = PolicyChoice.objects.select_for_update().get_or_create(
        tenant_id=actor.tenant_id, key=DEVICE_RULE, defaults={"value": value, "changed_at": now}
    )
    if is_new or choice.value != value:
        choice.value, choice.changed_at = value, now
        choice.save(update_fields=["value", "changed_at"])
        announce("policy.chosen", actor=Actor.member(actor), subject=choice, at=now, key=DEVICE_RULE, value=value)
    return choice


def is_approved(member: Membership, session: StaffSession | None, machine: Machine) -> bool:
    """Whether a member is at a device that is approved for them."""
    key_hash = session.device_key_hash if session is not None else None
    known = {DeviceKind.KEY: key_hash, DeviceKind.CERTIFICATE: bytes.fromhex(machine.certificate)}
    approved = StaffDevice.objects.filter(membership=member, state=DeviceState.APPROVED)
    return any(approved.filter(kind=kind, key_hash=bytes(key)).exists() for kind, key in known.items() if key)
