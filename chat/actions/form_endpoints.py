"""The organisation's own endpoint for secure forms, and its keys: two count at once, so that they can be exchanged."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import unquote
from uuid import UUID

from chat.actions import form_endings
from chat.actions.form_keys import fingerprint_of
from chat.actions.row_secrets import ENDPOINT_SEED, opened, sealed
from chat.models import EndpointKey, FormEndpoint
from chat.secure_forms import endpoint_call, facts
from chat.secure_forms.endpoint_call import Signer
from chat.secure_forms.public_address import PublicAddress
from chat.secure_forms.public_keys import point_of
from chat.secure_forms.sealing import seal
from compliance import audit, audit_events
from compliance.ingest import refuse_sensitive
from helpdesk.core.ids import uuid7
from helpdesk.core.signatures import signing_point
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability

MAX_KEYS: Final = 2
SEED_BYTES: Final = 32


class NoEndpointError(Exception):
    """The organisation has no endpoint, or no key of it, that anything could be forwarded to."""


class TooManyKeysError(Exception):
    """Two keys count already; one has to be retired first. Or the key was retired: one does not come back."""


class NoSuchKeyError(Exception):
    """The organisation has no such key."""


def endpoint() -> FormEndpoint | None:
    """Return the endpoint of the organisation in scope."""
    found: FormEndpoint | None = FormEndpoint.objects.first()
    return found


def active_keys() -> list[EndpointKey]:
    """Return the keys that count, the newest first."""
    return list(EndpointKey.objects.filter(retired_at=None).order_by("-added_at", "-id"))


def key_for_forms() -> EndpointKey:
    """Return the key that visitors seal for: the newest.

    Raises:
        NoEndpointError: There is no endpoint, or no key.
    """
    counted = active_keys() if endpoint() is not None else []
    if not counted:
        raise NoEndpointError
    return counted[0]


def set_endpoint(*, address: str, actor: Membership, now: datetime) -> FormEndpoint:
    """Say where sealed answers are brought. What is under way goes there too: it opens by the same keys.

    Raises:
        NotPermittedError: The member may not.
        BadAddressError: It is no address that may be.
        HoldsSensitiveDataError: It holds what must not be kept.
        MaskingError: That could not be looked at.
    """
    require(actor, Capability.MANAGE_FORMS)
    PublicAddress.of(address)
    for spoken in (address, unquote(address)):
        refuse_sensitive(spoken)
    row: FormEndpoint | None = FormEndpoint.objects.select_for_update().first()
    if row is None:
        seed, row_id = os.urandom(SEED_BYTES), uuid7()
        row = FormEndpoint.objects.create(
            id=row_id, tenant_id=actor.tenant_id, address=address, changed_at=now, signing_point=signing_point(seed),
            signing_seed=sealed(ENDPOINT_SEED, actor.tenant_id, row_id, seed),
        )  # fmt: skip
    elif row.address == address:
        return row
    else:
        row.address, row.changed_at = address, now
        row.save(update_fields=["address", "changed_at"])
    _record(actor, row, "address", now)
    made: FormEndpoint = row
    return made


def remove_endpoint(*, actor: Membership, now: datetime) -> None:
    """Forward nothing any more: its keys are retired, and what is under way to it ends.

    Raises:
        NotPermittedError: The member may not.
    """
    require(actor, Capability.MANAGE_FORMS)
    row = FormEndpoint.objects.select_for_update().first()
    if row is None:
        return
    EndpointKey.objects.filter(retired_at=None).update(retired_at=now)
    _record(actor, row, "removed", now)
    row.delete()
    form_endings.look_after(now=now)


def add_key(*, text: str, actor: Membership, now: datetime) -> EndpointKey:
    """Take a public key of the organisation's; again is no change. From now on visitors seal for it.

    Raises:
        NotPermittedError: The member may not.
        NoEndpointError: There is no endpoint yet.
        BadKeyError: It is no public key of P-256.
        TooManyKeysError: Two count already, or it was retired.
    """
    require(actor, Capability.MANAGE_FORMS)
    # The endpoint's row is the lock of its keys.
    if FormEndpoint.objects.select_for_update().first() is None:
        raise NoEndpointError
    point = point_of(text)
    fingerprint = fingerprint_of(point)
    known: EndpointKey | None = EndpointKey.objects.filter(fingerprint=fingerprint).first()
    if known is not None and known.retired_at is None:
        return known
    if known is not None or EndpointKey.objects.filter(retired_at=None).count() >= MAX_KEYS:
        raise TooManyKeysError
    key: EndpointKey = EndpointKey.objects.create(
        tenant_id=actor.tenant_id, point=point, fingerprint=fingerprint, added_at=now
    )
    audit.record(
        Actor.member(actor), audit_events.ENDPOINT_KEY_ADDED, key, at=now, fingerprint=fingerprint.hex()
    )  # fmt: skip
    return key


def retire_key(*, key_id: UUID, actor: Membership, now: datetime) -> EndpointKey:
    """Seal nothing more for a key, and destroy what waits for it.

    Raises:
        NotPermittedError: The member may not.
        NoSuchKeyError: There is none.
    """
    require(actor, Capability.MANAGE_FORMS)
    key: EndpointKey | None = EndpointKey.objects.select_for_update().filter(id=key_id).first()
    if key is None:
        raise NoSuchKeyError
    if key.retired_at is None:
        key.retired_at = now
        key.save(update_fields=["retired_at"])
        fingerprint = bytes(key.fingerprint).hex()
        audit.record(Actor.member(actor), audit_events.ENDPOINT_KEY_RETIRED, key, at=now, fingerprint=fingerprint)
        form_endings.look_after(now=now)
    return key


def signer_of(row: FormEndpoint) -> Signer:
    """Return our key for an endpoint."""
    return Signer(opened(ENDPOINT_SEED, row.tenant_id, row.id, bytes(row.signing_seed)))


@dataclass(frozen=True, slots=True)
class Trial:
    """A test that is ready to be sent, outside of every transaction: it takes as long as the endpoint does."""

    address: str
    signer: Signer
    message: UUID
    facts: Mapping[str, str]
    point: bytes

    def is_opened(self, now: datetime) -> bool:
        """Send it: a word sealed for the newest key. Return whether the endpoint gave the word back as its reference.

        Raises:
            NotReachedError, NotTakenError: As their names say.
        """
        word = secrets.token_hex(8)
        test = facts.test_body(self.facts, seal({"test": word}, self.facts, self.point))
        told = endpoint_call.call(self.address, test, signer=self.signer, message=self.message, now=now)
        return told.receipt == word


def trial(*, actor: Membership) -> Trial:
    """Make a test of the endpoint ready.

    Raises:
        NotPermittedError: The member may not.
        NoEndpointError: There is none, or no key of it.
    """
    require(actor, Capability.MANAGE_FORMS)
    key, row = key_for_forms(), endpoint()
    if row is None:
        raise NoEndpointError
    message = uuid7()
    bound = facts.facts_of_test(row.tenant_id, message, bytes(key.fingerprint))
    return Trial(row.address, signer_of(row), message, bound, bytes(key.point))


def _record(actor: Membership, row: FormEndpoint, act: str, now: datetime) -> None:
    audit.record(Actor.member(actor), audit_events.FORM_ENDPOINT_CHANGED, row, at=now, act=act)
