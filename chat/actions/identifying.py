"""Bind a visitor to whom the organisation's site says they are, and forget it again.

A session for which the site vouches ends when that does: so nobody speaks as somebody who was vouched for, and is not
any more. Several contacts may be one person: those of one subject, each sealed with a key of its own. Nothing else
makes two people one, an address that somebody has typed least of all (`docs/adr/0030`).
"""

import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.views.decorators.debug import sensitive_variables

from chat import broadcast
from chat.actions import activities, consent, contacts, proof_endings, sessions
from chat.actions.consent import Given
from chat.delivery.sealed import VisitorBlockedError
from chat.identity import keys
from chat.identity.tokens import LEEWAY, Claims, Refusal, TokenRefusedError
from chat.models import Contact, ContactDetails, Conversation, IdentityKey, UsedToken, VisitorSession
from chat.permissions import Visitor
from compliance import audit, audit_events
from helpdesk.core.ids import uuid7
from tenants.actors import Actor
from tenants.keyring import blind_index, ring
from tenants.scoping import tenant_scope

logger = logging.getLogger(__name__)

#: From the making of a token: a page that is open for longer asks its site for another.
SIGNED_FOR: Final = timedelta(hours=12)
VOUCHED: Final = "The website has confirmed who the visitor is."
#: How a session came to be its subject's: it was before; it was nobody's; it was made for it, after another's or not.
KNOWN, NAMED, MADE, CHANGED = "known", "named", "made", "changed"
#: Of tokens that have run out, so many are forgotten at once.
FORGOTTEN_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Identified:
    """What came of a token. Not `is_bound`: it is good, and nothing is stored, since nothing was said yet.

    `is_rotated`: the browser is known by the new token from now on. `is_another`: somebody else was here before.
    """

    until: datetime
    is_bound: bool = False
    is_rotated: bool = False
    is_another: bool = False


@sensitive_variables()
def identify_visitor(
    *, visitor: Visitor, token: object, fresh_hash: bytes, begins: bool, given: Given | None, now: datetime
) -> Identified:
    """Bind a visitor's session to the subject of a token, and take name and address from it.

    Args:
        visitor: Whose browser shows it, on which site.
        token: As it came in.
        fresh_hash: Of a token just made, by which the browser is known if it was not bound to this subject before.
        begins: Whether the visitor is about to say something; until then nothing is stored of one who is new.
        given: The notice they have read or agreed to, where that is not stored yet.
        now: When.

    Raises:
        TokenRefusedError: It vouches for nobody, was used by another browser, or came from a site of nobody's.
        ConsentRequiredError: They have not read, or not agreed to, the notice in force; nothing is stored.
        VisitorBlockedError: An agent has blocked them.
        MaskingError: What the site calls them could not be looked at; nothing is stored.
    """
    with tenant_scope(visitor.tenant_id):
        if not visitor.origin:
            raise TokenRefusedError(Refusal.WRONG_SITE)
        claims, key = keys.verified(token, tenant_id=visitor.tenant_id, now=now)
        # What this browser says in the same moment is said before, or by the new token: never beside it.
        sessions.hold_token(visitor)
        held = VisitorSession.objects.select_for_update(of=("self",)).filter(token_hash=visitor.token_hash)
        session = held.select_related("contact").first()
        if session is None and not begins:
            _refuse_used(claims, visitor.tenant_id, None)
            return Identified(until=claims.expires_at)
        consent.require_told(visitor, given)
        bound, how = _bound(session, visitor, claims, fresh_hash, now)
        _use(claims, bound, now)
        _vouch(bound, key, claims, now)
        if given is not None:
            consent.give_consent(visitor=replace(visitor, token_hash=bytes(bound.token_hash)), given=given, now=now)
        keys.note_use(key, now=now)
        if how != KNOWN:
            _tell(bound, key, how, now)
    return Identified(
        until=bound.signed_until or now, is_bound=True, is_rotated=how != KNOWN, is_another=how == CHANGED
    )


def forget_visitor(*, visitor: Visitor, now: datetime) -> None:
    """End a browser's session, vouched for or not. A repeat changes nothing."""
    with tenant_scope(visitor.tenant_id):
        session = VisitorSession.objects.select_for_update().filter(token_hash=visitor.token_hash).first()
        if session is not None and session.expires_at > now:
            _end(session, now)
            audit.record(Actor.visitor(session.id), audit_events.VISITOR_SIGNED_OUT, session, at=now)


@sensitive_variables()
def _bound(
    session: VisitorSession | None, visitor: Visitor, claims: Claims, fresh_hash: bytes, now: datetime
) -> tuple[VisitorSession, str]:
    """Return the session that is this subject's, and how it came to be."""
    tokens = blind_index.tokens_of(visitor.tenant_id, blind_index.Field.SUBJECT, claims.subject)
    if session is not None:
        if session.contact.blocked_at is not None:
            raise VisitorBlockedError
        named = session.contact.subject_token
        if named is not None and bytes(named) in tokens and session.signed_until is not None:
            _hold_conversations(session.contact_id)
            return session, KNOWN
        if named is None:
            _hold_conversations(session.contact_id)
            # What was said before is theirs: by this browser.
            contacts.call(session.contact_id, claims.subject)
            session.former_hash, session.token_hash = session.token_hash, fresh_hash
            return session, NAMED
        # Somebody else signs in at the same browser: nothing of the one before is theirs.
        _end(session, now)
    contact = _contact_of(tokens)
    made = sessions.begin(replace(visitor, token_hash=fresh_hash), contact=contact, now=now)
    made.former_hash = visitor.token_hash
    if contact is None:
        contacts.call(made.contact_id, claims.subject)
    else:
        _hold_conversations(contact.id)
    return made, MADE if session is None else CHANGED


def _hold_conversations(contact_id: UUID) -> None:
    """Lock what is open with a person before the person, as everybody does who changes both, and what an address of
    theirs has proven: it may end with that address."""
    rows = Conversation.objects.of_contact(contact_id).open().order_by("id")
    list(rows.select_for_update(of=("self",), no_key=True).values_list("id", flat=True))
    proof_endings.locked_proofs(contact_id=contact_id, ended_at=None)


def _contact_of(tokens: list[bytes]) -> Contact | None:
    """Return the newest contact of a subject of whom something can be read.

    Raises:
        VisitorBlockedError: An agent has blocked one of them.
    """
    known = list(Contact.objects.filter(subject_token__in=tokens).order_by("-created_at", "-id")[:20])
    if any(contact.blocked_at is not None for contact in known):
        raise VisitorBlockedError
    return next((contact for contact in known if _is_readable(contact)), None)


def _is_readable(contact: Contact) -> bool:
    """A restored backup may hold people who were erased: their key is gone, and they are nobody."""
    try:
        ring.contact_cipher(contact.tenant_id, contact.id)
    except ring.KeyUnavailableError:
        return False
    return True


def _use(claims: Claims, session: VisitorSession, now: datetime) -> None:
    """Let nobody else use the token: the same browser may, as a page that is loaded again does."""
    stale = UsedToken.objects.filter(expires_at__lt=now).values_list("id", flat=True)[:FORGOTTEN_AT_ONCE]
    UsedToken.objects.filter(id__in=list(stale)).delete()
    _refuse_used(claims, session.tenant_id, session.id)
    try:
        with transaction.atomic():
            UsedToken.objects.get_or_create(
                tenant_id=session.tenant_id,
                jti_hash=_jti_hash(session.tenant_id, claims.jti),
                session_id=session.id,
                defaults={"id": uuid7(), "expires_at": claims.expires_at + LEEWAY},
            )
    except IntegrityError:
        # Another browser, in the same moment.
        raise TokenRefusedError(Refusal.REPLAYED, "jti") from None


def _refuse_used(claims: Claims, tenant_id: UUID, session_id: UUID | None) -> None:
    used = UsedToken.objects.filter(jti_hash=_jti_hash(tenant_id, claims.jti))
    if used.exclude(session_id=session_id).exists() if session_id is not None else used.exists():
        raise TokenRefusedError(Refusal.REPLAYED, "jti")


def _jti_hash(tenant_id: UUID, jti: str) -> bytes:
    return hashlib.sha256(b"|".join((b"jti", tenant_id.bytes, jti.encode()))).digest()


@sensitive_variables()
def _vouch(session: VisitorSession, key: IdentityKey, claims: Claims, now: datetime) -> None:
    """Keep until when it counts, and what the site says they are called."""
    until = claims.issued_at + SIGNED_FOR
    session.signed_until = until if session.signed_until is None else max(until, session.signed_until)
    session.signed_with, session.expires_at, session.seen_at = key.id, session.signed_until, now
    session.save(update_fields=["token_hash", "former_hash", "signed_until", "signed_with", "expires_at", "seen_at"])
    told = ContactDetails(name=claims.name or None, email=claims.email or None)
    # The site's word, and not the visitor's: they could not have put another address there.
    contacts.keep_as_told(session.contact_id, told, Actor.system(), now=now)


def _tell(session: VisitorSession, key: IdentityKey, how: str, now: datetime) -> None:
    by = Actor.visitor(session.id)
    audit.record(
        by, audit_events.VISITOR_IDENTIFIED, session, at=now, contact=session.contact_id, kid=key.kid,
        until="" if session.signed_until is None else session.signed_until.isoformat(),
    )  # fmt: skip
    for conversation in Conversation.objects.of_contact(session.contact_id).begun().open():
        if how == NAMED:
            # What stands above the line was said by somebody of whom nobody knew.
            activities.tell(conversation, VOUCHED, occasion=uuid7(), now=now)
        broadcast.conversation_changed(conversation)


def _end(session: VisitorSession, now: datetime) -> None:
    session.expires_at = now
    if session.signed_until is not None:
        session.signed_until = min(session.signed_until, now)
    session.save(update_fields=["expires_at", "signed_until"])
    for conversation in Conversation.objects.of_contact(session.contact_id).begun().open():
        broadcast.conversation_changed(conversation)
