"""A visitor's passkeys: made by who has proven themselves, used in place of a mail, given up.

A challenge is for one organisation, person, request and browser, for two minutes, and goes with the first answer,
whatever that is: it lies in the row of the request, which is locked. What is signed for making a passkey is no answer
where one is used, since it says so itself.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from chat.actions.proof_codes import CoolingDownError, Tried, locked_factor, tried, waiting
from chat.actions.proofs import require_proven
from chat.models import ProofMethod, ProofRequest, VisitorFactor, VisitorPasskey
from compliance import audit, audit_events
from tenants.actors import Actor
from tenants.ceremonies import BadPasskeyError, Key, Party, creation_by, id_of, made_by, request_by, signed_by
from tenants.models import AllowedOrigin

CHALLENGE_LASTS: Final = timedelta(minutes=2)
MOST: Final = 5


class NoPasskeyError(Exception):
    """The visitor has no passkey."""


class PasskeysEnoughError(Exception):
    """The visitor has as many as anybody may have."""


def begin_passkey(
    *, proof_id: UUID, contact_id: UUID, session_id: UUID, now: datetime
) -> tuple[ProofRequest, dict[str, Any]]:
    """Return what the browser of a visitor who has proven who they are makes a passkey by.

    Raises:
        ProofNotFoundError, NotProvenError, ProofEndedError: Nothing that they have proven counts.
        PasskeysEnoughError: As its name says.
    """
    proof = require_proven(proof_id=proof_id, contact_id=contact_id, session_id=session_id, now=now)
    known = _known(contact_id)
    if len(known) >= MOST:
        raise PasskeysEnoughError
    organisation = proof.tenant.name
    options, challenge = creation_by(
        _party(), organisation=organisation, name=f"Chat with {organisation}", handle=contact_id.bytes, known=known
    )
    _give(proof, challenge, session_id, now)
    return proof, options


def keep_passkey(*, proof_id: UUID, contact_id: UUID, session_id: UUID, answer: Any, now: datetime) -> bool:
    """Keep a new passkey; return whether the answer was one to what was asked. The challenge is gone by this.

    Raises:
        ProofNotFoundError, NotProvenError, ProofEndedError: Nothing that they have proven counts.
        PasskeysEnoughError: As its name says.
    """
    proof = require_proven(proof_id=proof_id, contact_id=contact_id, session_id=session_id, now=now)
    locked_factor(contact_id, proof.tenant_id)
    if len(_known(contact_id)) >= MOST:
        raise PasskeysEnoughError
    if (challenge := _spent(proof, session_id, now)) is None:
        return False
    try:
        made = made_by(_party(), challenge, answer)
        row = VisitorPasskey(
            tenant_id=proof.tenant_id, contact_id=contact_id, credential_id=made.id, public_key=made.public_key,
            sign_count=made.count, transports=made.transports, made_at=now,
        )  # fmt: skip
        with transaction.atomic():
            row.save(force_insert=True)
    except (BadPasskeyError, IntegrityError):
        return False
    audit.record(Actor.visitor(session_id), audit_events.PROOF_PASSKEY_ENROLLED, row, at=now, contact=contact_id)
    return True


def ask_passkey(
    *, proof_id: UUID, contact_id: UUID, session_id: UUID, now: datetime
) -> tuple[ProofRequest, dict[str, Any]]:
    """Return what the browser of a visitor who is asked who they are asks their passkey by.

    Raises:
        ProofNotFoundError: It is not theirs.
        ProofEndedError: It is over, or was proven already.
        NoPasskeyError: They have none.
        CoolingDownError: Too many wrong tries came of late.
    """
    proof = waiting(proof_id, contact_id, session_id, now)
    known = _known(contact_id)
    if not known:
        raise NoPasskeyError
    if (until := locked_factor(contact_id, proof.tenant_id).locked_until(now)) is not None:
        raise CoolingDownError(until)
    options, challenge = request_by(_party(), known)
    _give(proof, challenge, session_id, now)
    return proof, options


def try_passkey(*, proof_id: UUID, contact_id: UUID, session_id: UUID, answer: Any, now: datetime) -> Tried:
    """Take what a passkey has signed. A wrong answer counts as a wrong code; one that comes too late is none.

    Raises:
        ProofNotFoundError: It is not theirs.
        ProofEndedError: It is over, or was proven already.
        NoPasskeyError: They have none.
    """
    proof = waiting(proof_id, contact_id, session_id, now)
    if not _known(contact_id):
        raise NoPasskeyError
    challenge = _spent(proof, session_id, now)
    if challenge is None and locked_factor(contact_id, proof.tenant_id).locked_until(now) is None:
        return Tried("late", proof)
    judged: list[str] = []

    def is_right(_: VisitorFactor) -> bool:
        judged.append("late" if challenge is None else _judged(proof, session_id, challenge, answer, now))
        return judged[0] == "right"

    found = tried(proof, session_id, ProofMethod.PASSKEY, is_right, now)
    return replace(found, outcome="copied") if judged == ["copied"] and found.outcome == "wrong" else found


def give_up_passkeys(*, proof_id: UUID, contact_id: UUID, session_id: UUID, now: datetime) -> None:
    """Use none of one's passkeys any more.

    Raises:
        ProofNotFoundError, NotProvenError, ProofEndedError: Nothing that they have proven counts.
        NoPasskeyError: They have none.
    """
    proof = require_proven(proof_id=proof_id, contact_id=contact_id, session_id=session_id, now=now)
    locked_factor(contact_id, proof.tenant_id)
    rows = list(VisitorPasskey.objects.filter(contact_id=contact_id).order_by("id"))
    if not rows:
        raise NoPasskeyError
    proof.forget_challenge()
    proof.save(update_fields=proof.SECRETS)
    for row in rows:
        audit.record(Actor.visitor(session_id), audit_events.PROOF_PASSKEY_REMOVED, row, at=now, contact=contact_id)
        row.delete()


def count_passkeys(contact_id: UUID) -> int:
    """Return how many passkeys somebody has."""
    return int(VisitorPasskey.objects.filter(contact_id=contact_id).count())


def _judged(proof: ProofRequest, session_id: UUID, challenge: bytes, answer: Any, now: datetime) -> str:
    """Return "right", "wrong" or "copied": signed indeed, but by what counts no further than the passkey did."""
    try:
        theirs = VisitorPasskey.objects.filter(contact_id=proof.contact_id, credential_id=id_of(answer))
        row = theirs.select_for_update(of=("self",)).first()
        if row is None:
            return "wrong"
        seen = signed_by(_party(), bytes(row.public_key), challenge, answer)
    except BadPasskeyError:
        return "wrong"
    if seen.handle and seen.handle != proof.contact_id.bytes:
        return "wrong"
    if (seen.count or row.sign_count) and seen.count <= row.sign_count:
        actor = Actor.visitor(session_id)
        audit.record(actor, audit_events.PROOF_PASSKEY_REFUSED, row, at=now, contact=proof.contact_id)
        return "copied"
    row.sign_count, row.used_at = seen.count, now
    row.save(update_fields=["sign_count", "used_at"])
    return "right"


def _give(proof: ProofRequest, challenge: bytes, session_id: UUID, now: datetime) -> None:
    """Keep a challenge, in place of the one before."""
    proof.challenge, proof.challenge_until, proof.challenge_session_id = challenge, now + CHALLENGE_LASTS, session_id
    proof.save(update_fields=proof.SECRETS)


def _spent(proof: ProofRequest, session_id: UUID, now: datetime) -> bytes | None:
    """Return the challenge that this browser has to answer now, which is none from here on; None if there is none.

    The row is locked, and whoever calls this tells by what it returns: nothing is rolled back.
    """
    kept, until, given_to = proof.challenge, proof.challenge_until, proof.challenge_session_id
    proof.forget_challenge()
    proof.save(update_fields=proof.SECRETS)
    if kept is None or until is None or now >= until or given_to != session_id:
        return None
    return bytes(kept)


def _known(contact_id: UUID) -> list[Key]:
    rows = VisitorPasskey.objects.filter(contact_id=contact_id).order_by("id")
    return [Key(bytes(row.credential_id), row.transports) for row in rows]


def _party() -> Party:
    """Visitors' passkeys belong to the host of forms; its pages are framed by the chat, on the organisation's sites."""
    sites = AllowedOrigin.objects.values_list("origin", flat=True)
    framed_by = frozenset({settings.SITE_ORIGIN, settings.FORMS_ORIGIN, *sites})
    return Party(urlsplit(settings.FORMS_ORIGIN).hostname or "", settings.FORMS_ORIGIN, framed_by)
