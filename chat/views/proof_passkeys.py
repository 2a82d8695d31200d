"""Passkeys on the card on which a visitor proves who they are: each act is two posts, one for what is to be signed."""

import json
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from chat.actions import proof_passkeys
from chat.secure_forms.passes import ProofPass
from chat.views.form_pages import answer, told
from chat.views.proof_pages import BadBodyError, asked, outcome, own_proof, proof_step, which

#: The longest answers are those of security keys with RSA and long ids, of some 3 KB.
MAX_ANSWER: Final = 16 * 1024


@proof_step
def begin(request: HttpRequest, shown: ProofPass) -> HttpResponse:
    """Say what a new passkey has to sign, to who has proven who they are."""
    _, options = proof_passkeys.begin_passkey(**which(shown))
    return answer(options)


@proof_step
def keep(request: HttpRequest, shown: ProofPass) -> HttpResponse:
    """Keep a new passkey."""
    if not proof_passkeys.keep_passkey(**which(shown), answer=_credential(request)):
        return told("wrong_passkey", HTTPStatus.CONFLICT)
    return answer(asked(own_proof(shown), shown))


@proof_step
def ask(request: HttpRequest, shown: ProofPass) -> HttpResponse:
    """Say what a passkey has to sign, to who is asked who they are."""
    _, options = proof_passkeys.ask_passkey(**which(shown))
    return answer(options)


@proof_step
def prove(request: HttpRequest, shown: ProofPass) -> HttpResponse:
    """Take what a passkey has signed."""
    return outcome(proof_passkeys.try_passkey(**which(shown), answer=_credential(request)), shown)


@proof_step
def give_up(request: HttpRequest, shown: ProofPass) -> HttpResponse:
    """Use no passkey any more."""
    proof_passkeys.give_up_passkeys(**which(shown))
    return answer(asked(own_proof(shown), shown))


def _credential(request: HttpRequest) -> dict[str, Any]:
    """Return what a browser's passkey answered.

    Raises:
        BadBodyError: It is nothing that the page sends.
    """
    if len(request.body) > MAX_ANSWER:
        raise BadBodyError
    try:
        given = json.loads(request.body)["credential"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadBodyError from None
    if not isinstance(given, dict):
        raise BadBodyError
    return given
