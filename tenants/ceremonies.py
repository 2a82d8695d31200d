"""What passkeys sign, of the staff and of visitors alike (W3C Web Authentication Level 3, sections 7.1 and 7.2).

A passkey belongs to one host, and to what was made there: each side has a host, an origin and a table of its own, so
that what is good for one is nothing to the other. The person is verified by the device every time.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

# What else the parsers raise for bytes that are not what they should be.
MALFORMED: Final = (WebAuthnException, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)
#: As long as the standard lets an id be (section 5.8.3), and longer than any public key that is asked for.
MAX_ID: Final = 1023
MAX_KEY: Final = 2048
TIMEOUT_MS: Final = 300_000


class BadPasskeyError(Exception):
    """What the browser sent is no answer to this challenge by a passkey that may give it."""


@dataclass(frozen=True, slots=True)
class Party:
    """For whom a passkey is: the host that it belongs to, the one origin that asks for it, and the origins of pages
    that may hold that one's in a frame meanwhile."""

    host: str
    origin: str
    framed_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Key:
    """A passkey as a browser is told of it."""

    id: bytes
    transports: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed says: how often the passkey was used, whether it is kept elsewhere too, and whose it is."""

    count: int
    is_backed_up: bool
    handle: bytes | None


@dataclass(frozen=True, slots=True)
class Made:
    """A new passkey: its public half. Who made the device is not asked for."""

    id: bytes
    public_key: bytes
    count: int
    transports: list[str]


def request_by(party: Party, keys: Sequence[Key]) -> tuple[dict[str, Any], bytes]:
    """Return what a browser is told to ask one of some passkeys by, and the challenge in it."""
    options = generate_authentication_options(
        rp_id=party.host, timeout=TIMEOUT_MS, allow_credentials=_descriptors(keys),
        user_verification=UserVerificationRequirement.REQUIRED,
    )  # fmt: skip
    return options_to_json_dict(options), options.challenge


def creation_by(
    party: Party, *, organisation: str, name: str, handle: bytes, known: Sequence[Key]
) -> tuple[dict[str, Any], bytes]:
    """Return what a browser is told to make a passkey by, and the challenge in it.

    Args:
        party: Whose it will be.
        organisation: What the device calls the other side.
        name: What it calls the person, in its own list.
        handle: Whose it is; says nothing by itself (section 14.6.1).
        known: Those there are, of which none is made again.
    """
    options = generate_registration_options(
        rp_id=party.host, rp_name=organisation, user_name=name, user_display_name=name, user_id=handle,
        timeout=TIMEOUT_MS, exclude_credentials=_descriptors(known),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )  # fmt: skip
    return options_to_json_dict(options), options.challenge


def id_of(answer: Any) -> bytes:
    """Return the id of the passkey that answers.

    Raises:
        BadPasskeyError: It is no answer at all.
    """
    return _parsed(answer).raw_id


def made_by(party: Party, challenge: bytes, answer: Any) -> Made:
    """Verify that a passkey was made here, just now, after its owner was verified.

    Args:
        party: For whom.
        challenge: What was asked.
        answer: What `navigator.credentials.create()` gave, as JSON.

    Raises:
        BadPasskeyError: It was not.
    """
    try:
        credential = parse_registration_credential_json(answer)
        seen = verify_registration_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=party.host,
            expected_origin=party.origin, require_user_verification=True,
        )  # fmt: skip
    except MALFORMED as error:
        raise BadPasskeyError from error
    _require_frame(party, credential.response.client_data_json)
    if len(seen.credential_id) > MAX_ID or len(seen.credential_public_key) > MAX_KEY:
        raise BadPasskeyError
    transports = sorted({each.value for each in credential.response.transports or ()})
    return Made(seen.credential_id, seen.credential_public_key, seen.sign_count, transports)


def signed_by(party: Party, public_key: bytes, challenge: bytes, answer: Any) -> Signed:
    """Verify what a passkey signed. What its count means is for the caller.

    The library would judge the count before the signature, so that anyone could make a passkey look copied.

    Args:
        party: For whom.
        public_key: What verifies.
        challenge: What it had to sign.
        answer: What `navigator.credentials.get()` gave, as JSON.

    Raises:
        BadPasskeyError: It is not signed by this passkey, here, just now, after verifying its owner.
    """
    credential = _parsed(answer)
    try:
        seen = verify_authentication_response(
            credential=credential, credential_current_sign_count=0, credential_public_key=public_key,
            expected_challenge=challenge, expected_rp_id=party.host, expected_origin=party.origin,
            require_user_verification=True,
        )  # fmt: skip
    except MALFORMED as error:
        raise BadPasskeyError from error
    _require_frame(party, credential.response.client_data_json)
    return Signed(seen.new_sign_count, seen.credential_backed_up, credential.response.user_handle)


def challenge_of(text: str) -> bytes:
    """Return a challenge that was kept as text."""
    return base64url_to_bytes(text)


def _parsed(answer: Any) -> AuthenticationCredential:
    try:
        return parse_authentication_credential_json(answer)
    except MALFORMED as error:
        raise BadPasskeyError from error


def _require_frame(party: Party, client_data: bytes) -> None:
    """A frame may ask on the pages alone that may hold it (sections 7.1 and 7.2, on `crossOrigin` and `topOrigin`).

    Browsers that do not say on which page it was are believed that it was in a frame at all.
    """
    told = json.loads(client_data)
    if not told.get("crossOrigin"):
        return
    if not party.framed_by or told.get("topOrigin") not in (None, *party.framed_by):
        raise BadPasskeyError


def _descriptors(keys: Sequence[Key]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=key.id, transports=[AuthenticatorTransport(one) for one in key.transports])
        for key in keys
    ]
