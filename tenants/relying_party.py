"""This service as the staff's passkeys see it, and what it asks of them (`tenants.ceremonies`).

The person is verified by the device every time, by finger, face or PIN; attestation is neither asked for nor kept.
"""

from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django_otp_webauthn.helpers import WebAuthnHelper
from webauthn.helpers.structs import PublicKeyCredentialUserEntity, UserVerificationRequirement

from tenants.ceremonies import MALFORMED, BadPasskeyError, Party, challenge_of, id_of, signed_by
from tenants.models import Passkey, User

__all__ = ["BadPasskeyError", "creation_options", "credential_of", "keep_passkey", "request_options", "verified_count"]


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
    return str(Passkey.get_credential_id_sha256(id_of(answer)))


def verified_count(passkey: Passkey, challenge: str, answer: Any, *, names_person: bool) -> tuple[int, bool]:
    """Verify what a passkey signed; return how often it says it was used, and whether it is backed up elsewhere.

    Args:
        passkey: Whose public key verifies.
        challenge: What it had to sign.
        answer: What the browser sent.
        names_person: Whether the passkey itself has to say whose it is, since nobody else did (section 7.2, step 6).

    Raises:
        BadPasskeyError: It is not signed by this passkey, here, just now, after verifying the person.
    """
    party = Party(settings.OTP_WEBAUTHN_RP_ID, settings.SITE_ORIGIN)
    seen = signed_by(party, bytes(passkey.public_key), challenge_of(challenge), answer)
    if (names_person or seen.handle) and seen.handle != passkey.user_id.bytes:
        raise BadPasskeyError
    return seen.count, seen.is_backed_up
