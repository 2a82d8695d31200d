"""The keys with which an organisation's site signs for whom it vouches: made, rotated, retired; and who must be vouched
for. Two may be active, so that a new one is in use everywhere before the old one goes."""

import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.views.decorators.debug import sensitive_variables

from chat.identity.tokens import Algorithm
from chat.models import IdentityKey, VisitorSession
from chat.models.identity_key import MAX_ACTIVE
from compliance import audit, audit_events
from helpdesk.core.ids import uuid7
from helpdesk.core.public_keys import public_key_of
from tenants.actors import Actor
from tenants.encryption.small_secrets import seal_secret
from tenants.models import Membership, PolicyChoice
from tenants.permissions import require
from tenants.policy_names import IDENTITY
from tenants.policy_table import POLICIES
from tenants.roles import Capability
from tenants.signals import announce

#: So that a secret that lies around is known for what it is.
PREFIX: Final = "hdi_"
SECRET_BYTES: Final = 32
RETIRED_SHOWN: Final = 10


class TooManyIdentityKeysError(Exception):
    """Two are active; one has to be retired first."""


class NoSuchIdentityKeyError(Exception):
    """The organisation has no such key."""


class NoActiveKeyError(Exception):
    """Nobody could be vouched for: there is no active key."""


class LastKeyInUseError(Exception):
    """Without this key nobody could be vouched for, which the organisation asks of its visitors."""


@sensitive_variables("secret")
def make_shared_key(*, actor: Membership, now: datetime) -> tuple[IdentityKey, str]:
    """Make a secret for HS256; what is returned is shown once and can't be read again.

    The secret is text, and its characters are the key: nothing has to be decoded.

    Raises:
        NotPermittedError: The member may not.
        TooManyIdentityKeysError: Two are active.
    """
    require(actor, Capability.MANAGE_KEYS)
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    row = _new(Algorithm.HS256, actor, now)
    row.secret = seal_secret(row.secret_place, secret.encode())
    return _stored(row, actor, now), secret


@sensitive_variables("pasted")
def add_public_key(*, pasted: str, actor: Membership, now: datetime) -> IdentityKey:
    """Take the public half of a key that the organisation made, as PEM or JWK.

    Raises:
        NotPermittedError: The member may not.
        NotAPublicKeyError: It is none of Ed25519.
        PrivateKeyPastedError: It holds the private half. Nothing of it is stored.
        TooManyIdentityKeysError: Two are active.
    """
    require(actor, Capability.MANAGE_KEYS)
    row = _new(Algorithm.EDDSA, actor, now)
    row.public = public_key_of(pasted)
    return _stored(row, actor, now)


def retire_key(*, key_id: UUID, ends_sessions: bool, actor: Membership, now: datetime) -> IdentityKey:
    """Accept no more tokens of a key. Its secret is destroyed, so it does not come back.

    Args:
        key_id: Which.
        ends_sessions: Whether whom it has vouched for is signed out as well, as after a leak.
        actor: Who wants it.
        now: When.

    Raises:
        NotPermittedError: The member may not.
        NoSuchIdentityKeyError: There is none.
        LastKeyInUseError: It is the last one, and visitors must be vouched for.
    """
    require(actor, Capability.MANAGE_KEYS)
    # All that are active, in one order: two that retire at once must not each think the other one stays.
    active = list(IdentityKey.objects.filter(place__isnull=False).order_by("id").select_for_update())
    row = next((one for one in active if one.id == key_id), None)
    if row is None:
        return _retired(key_id)
    if len(active) == 1 and must_be_vouched_for():
        raise LastKeyInUseError
    row.place, row.retired_at, row.secret = None, now, None
    row.save(update_fields=["place", "retired_at", "secret"])
    ended = 0
    if ends_sessions:
        theirs = VisitorSession.objects.filter(signed_with=row.id, signed_until__gt=now)
        ended = theirs.update(signed_until=now, expires_at=now)
    audit.record(Actor.member(actor), audit_events.IDENTITY_KEY_RETIRED, row, at=now, kid=row.kid, sessions_ended=ended)
    return row


def choose_who_may_write(*, value: str, actor: Membership, now: datetime) -> PolicyChoice:
    """Hear anyone, or only visitors for whom the site vouches: from their next message on.

    Raises:
        NotPermittedError: The member may not.
        ValueError: There is no such value.
        NoActiveKeyError: Nobody could be vouched for.
    """
    require(actor, Capability.MANAGE_KEYS)
    policy = POLICIES[IDENTITY]
    if value not in policy.values:
        raise ValueError("no such value")
    has_key = IdentityKey.objects.filter(place__isnull=False).order_by("id").select_for_update().first() is not None
    if value != policy.default and not has_key:
        raise NoActiveKeyError
    choice: PolicyChoice
    choice, is_new = PolicyChoice.objects.select_for_update().get_or_create(
        tenant_id=actor.tenant_id, key=IDENTITY, defaults={"value": value, "changed_at": now}
    )
    if is_new or choice.value != value:
        choice.value, choice.changed_at = value, now
        choice.save(update_fields=["value", "changed_at"])
        announce("policy.chosen", actor=Actor.member(actor), subject=choice, at=now, key=IDENTITY, value=value)
    return choice


def must_be_vouched_for() -> bool:
    """Whether the organisation in scope hears only visitors for whom its site vouches."""
    chosen = PolicyChoice.objects.filter(key=IDENTITY).values_list("value", flat=True).first()
    return chosen is not None and chosen != POLICIES[IDENTITY].default


def keys_of_organisation() -> tuple[list[IdentityKey], list[IdentityKey]]:
    """Return the active keys, the newest first, and the last ones that were retired."""
    rows = IdentityKey.objects.select_related("made_by__user")
    active = list(rows.filter(place__isnull=False).order_by("-created_at", "-id"))
    return active, list(rows.filter(place__isnull=True).order_by("-retired_at", "-id")[:RETIRED_SHOWN])


def _new(algorithm: Algorithm, actor: Membership, now: datetime) -> IdentityKey:
    taken = set(IdentityKey.objects.filter(place__isnull=False).values_list("place", flat=True))
    free = next((place for place in range(1, MAX_ACTIVE + 1) if place not in taken), None)
    if free is None:
        raise TooManyIdentityKeysError
    return IdentityKey(
        id=uuid7(), tenant_id=actor.tenant_id, kid=f"key-{secrets.token_hex(5)}", algorithm=algorithm.value, place=free,
        made_by=actor, created_at=now,
    )  # fmt: skip


def _stored(row: IdentityKey, actor: Membership, now: datetime) -> IdentityKey:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        # Somebody else took the place a moment ago.
        raise TooManyIdentityKeysError from None
    audit.record(Actor.member(actor), audit_events.IDENTITY_KEY_MADE, row, at=now, kid=row.kid, algorithm=row.algorithm)
    return row


def _retired(key_id: UUID) -> IdentityKey:
    row: IdentityKey | None = IdentityKey.objects.filter(id=key_id).first()
    if row is None:
        raise NoSuchIdentityKeyError
    return row
