"""A visitor's authenticator app (RFC 6238): set up by who has proven themselves, used in place of a mail, given up.

The seed is sealed by a key of the organisation's. A code works once: `last_step` is the last time step accepted.
"""

import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from django.views.decorators.debug import sensitive_variables
from django_otp.oath import TOTP

from chat.actions.proof_codes import Tried, locked_factor, tried, waiting
from chat.actions.proofs import require_proven
from chat.actions.row_secrets import APP_SEED, opened, sealed
from chat.identity import codes
from chat.models import ProofMethod, ProofRequest, VisitorFactor
from compliance import audit, audit_events
from helpdesk.core.aead import UnreadableEnvelopeError
from tenants.actors import Actor
from tenants.keyring.ring import KeyUnavailableError

SEED_BYTES: Final = 20  # RFC 4226, section 4, R6: 160 bits
STEP_S: Final = 30
DIGITS: Final = 6
# One step either way: people type slowly and phones' clocks drift.
TOLERANCE_STEPS: Final = 1


class NoAppError(Exception):
    """The visitor has no authenticator app, or none that is being set up."""


class AppThereError(Exception):
    """The visitor has set one up already; it is given up first."""


@sensitive_variables("seed")
def begin_app(*, proof_id: UUID, contact_id: UUID, session_id: UUID, now: datetime) -> tuple[ProofRequest, bytes]:
    """Give a visitor who has proven who they are a fresh seed, in place of one that was never confirmed.

    Raises:
        ProofNotFoundError, NotProvenError, ProofEndedError: Nothing that they have proven counts.
        AppThereError: They have one.
    """
    proof = require_proven(proof_id=proof_id, contact_id=contact_id, session_id=session_id, now=now)
    factor = locked_factor(contact_id, proof.tenant_id)
    if factor.confirmed_at is not None:
        raise AppThereError
    seed = secrets.token_bytes(SEED_BYTES)
    factor.sealed_seed, factor.last_step = sealed(APP_SEED, factor.tenant_id, factor.id, seed), -1
    factor.save(update_fields=["sealed_seed", "last_step"])
    return proof, seed


@sensitive_variables("code")
def confirm_app(*, proof_id: UUID, contact_id: UUID, session_id: UUID, code: str, now: datetime) -> bool:
    """Take an app into use by its first code; return whether that was it.

    Raises:
        ProofNotFoundError, NotProvenError, ProofEndedError: Nothing that they have proven counts.
        NoAppError: None is being set up.
    """
    proof = require_proven(proof_id=proof_id, contact_id=contact_id, session_id=session_id, now=now)
    factor = locked_factor(contact_id, proof.tenant_id)
    if factor.sealed_seed is None or factor.confirmed_at is not None:
        raise NoAppError
    if not _accepts(factor, code, now):
        return False
    factor.confirmed_at = now
    factor.save(update_fields=["confirmed_at", "last_step"])
    audit.record(Actor.visitor(session_id), audit_events.PROOF_APP_ENROLLED, factor, at=now, contact=contact_id)
    return True


def give_up_app(*, proof_id: UUID, contact_id: UUID, session_id: UUID, now: datetime) -> None:
    """Use no app any more.

    Raises:
        ProofNotFoundError, NotProvenError, ProofEndedError: Nothing that they have proven counts.
        NoAppError: They have none.
    """
    proof = require_proven(proof_id=proof_id, contact_id=contact_id, session_id=session_id, now=now)
    factor = locked_factor(contact_id, proof.tenant_id)
    if factor.confirmed_at is None:
        raise NoAppError
    factor.sealed_seed = factor.confirmed_at = None
    factor.save(update_fields=["sealed_seed", "confirmed_at"])
    audit.record(Actor.visitor(session_id), audit_events.PROOF_APP_REMOVED, factor, at=now, contact=contact_id)


@sensitive_variables("code")
def try_app_code(*, proof_id: UUID, contact_id: UUID, session_id: UUID, code: str, now: datetime) -> Tried:
    """Take a code of the visitor's app. A wrong one counts as a wrong one that was mailed.

    Raises:
        ProofNotFoundError: It is not theirs.
        ProofEndedError: It is over, or was proven already.
        NoAppError: They have none.
    """
    proof = waiting(proof_id, contact_id, session_id, now)
    if not has_app(contact_id):
        raise NoAppError
    return tried(proof, session_id, ProofMethod.APP, lambda factor: _accepts(factor, code, now), now)


def has_app(contact_id: UUID) -> bool:
    """Whether a contact has an app that was confirmed."""
    return bool(VisitorFactor.objects.filter(contact_id=contact_id, confirmed_at__isnull=False).exists())


def _accepts(factor: VisitorFactor, given: str, now: datetime) -> bool:
    """Whether it is the present code and was not used; sets the step that is used up. The row has to be locked."""
    code = codes.plain(given)
    if len(code) != DIGITS or not (code.isascii() and code.isdigit()) or factor.sealed_seed is None:
        return False
    try:
        totp = TOTP(opened(APP_SEED, factor.tenant_id, factor.id, bytes(factor.sealed_seed)), STEP_S)
    except (KeyUnavailableError, UnreadableEnvelopeError):
        return False
    totp.time = now.timestamp()
    if not totp.verify(int(code), TOLERANCE_STEPS, factor.last_step + 1):
        return False
    factor.last_step = totp.t()
    return True
