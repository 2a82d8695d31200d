"""This service as passkeys see it (W3C Web Authentication Level 3, sections 7.1 and 7.2), and what it asks of them.

The person is verified by the device every time, by finger, face or PIN; attestation is neither asked for nor kept.
"""

from typing import Any, Final

from django.db import IntegrityError, transaction
from django_otp_webauthn.helpers import WebAuthnHelper
from webauthn import verify_authentication_response
from webauthn.helpers import base64url_to_bytes, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import PublicKeyCredentialUserEntity, UserVerificationRequirement

from tenants.models import Passkey, User

# What else the parsers raise for bytes that are not what they should be.
MALFORMED: Final = (WebAuthnException, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)


class BadPasskeyError(Exception):
    """What the browser sent is no answer to this challenge by a passkey that may give it."""


class RelyingParty(WebAuthnHelper):
    """django-otp-webauthn's ceremonies, with what they leave open settled."""

    def __init__(self, name: str = "") -> None:
        super().__init__(request=None)
        self._name = name

    def get_user_entity(self, user: User) -> PublicKeyCredentialUserEntity:
        """Name the person for the device's own list. The handle is their id, which says nothing (section 14.6.1)."""
        return PublicKeyCredentialUserEntity(id=user.id.bytes, name=user.email, display_name=user.name)

    def get_generate_registration_options_kwargs(self, *, user: User) -> dict[str, Any]:
        options: dict[str, Any] = super().get_generate_registration_options_kwargs(user=user)
        options["authenticator_selection"].user_verification = UserVerificationRequirement.REQUIRED
        return options

    def create_credential(self, *args: Any, **kwargs: Any) -> Passkey:
        passkey: Passkey = super().create_credential(*args, **kwargs)
        passkey.name, passkey.aaguid = self._name, ""
        return passkey

    def create_attestation(self, *args: Any, **kwargs: Any) -> None:
        """Keep none."""


def creation_options(person: User) -> tuple[dict[str, Any], str]:
    """Return what a browser is told to make a passkey by, and the challenge in it."""
    options, state = RelyingParty().register_begin(user=person)
    return options, state["challenge"]


def request_options(person: User | None) -> tuple[dict[str, Any], str]:
    """Return what a browser is told to ask a passkey by, and the challenge in it.

    For a person whose password was given it names their passkeys; for nobody it names none, so that it tells nothing
    of who has one.
    """
    options, state = RelyingParty().authenticate_begin(user=person, require_user_verification=True)
    return options, state["challenge"]


def keep_passkey(person: User, challenge: str, answer: Any, name: str) -> Passkey:
    """Keep a new passkey.

    Raises:
        BadPasskeyError: The answer is not to this challenge, or is of no use, or the passkey is known already.
    """
    state = {"challenge": challenge, "require_user_verification": True}
    try:
        with transaction.atomic():
            made: Passkey = RelyingParty(name).register_complete(user=person, state=state, data=answer)
    except (*MALFORMED, IntegrityError) as error:
        raise BadPasskeyError from error
    return made


def credential_of(answer: Any) -> str:
    """Return what the passkey of an answer is found by.

    Raises:
        BadPasskeyError: It is no answer at all.
    """
    try:
        return str(Passkey.get_credential_id_sha256(parse_authentication_credential_json(answer).raw_id))
    except MALFORMED as error:
        raise BadPasskeyError from error


def verified_count(passkey: Passkey, challenge: str, answer: Any, *, names_person: bool) -> tuple[int, bool]:
    """Verify what a passkey signed; return how often it says it was used, and whether it is backed up elsewhere.

    What the count means is for the caller. The library would judge it before the signature, so that anyone could
    make a passkey look copied.

    Args:
        passkey: Whose public key verifies.
        challenge: What it had to sign.
        answer: What the browser sent.
        names_person: Whether the passkey itself has to say whose it is, since nobody else did (section 7.2, step 6).

    Raises:
        BadPasskeyError: It is not signed by this passkey, here, just now, after verifying the person.
    """
    party = RelyingParty()
    try:
        credential = parse_authentication_credential_json(answer)
        seen = verify_authentication_response(
            credential=credential,
            credential_current_sign_count=0,
            credential_public_key=bytes(passkey.public_key),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=party.get_relying_party_domain(),
            expected_origin=party.get_allowed_origins(),
            require_user_verification=True,
        )
    except MALFORMED as error:
        raise BadPasskeyError from error
    handle = credential.response.user_handle
    if (names_person or handle) and handle != passkey.user_id.bytes:
        raise BadPasskeyError
    return seen.new_sign_count, seen.credential_backed_up
