"""Who is at the other end of a widget or a socket.

A visitor's browser holds one random token, signed so that we know it for ours. Until its first conversation nothing of
it is stored: the ticket for the socket carries the token's hash, and session, contact and contact key are made together
with the conversation. Someone who only looks at a page leaves no row behind.

A ticket is good once, for 30 seconds, for one visitor of one organisation, and travels in the first frame, never in an
address (ASVS 14.2.1).
"""

import hashlib
import json
import secrets
from datetime import datetime
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest
from django_otp.middleware import OTPMiddleware

from chat.models.contact import SESSION_LIFETIME
from chat.permissions import Visitor
from chat.selectors import visitor_session
from helpdesk.core import valkey
from tenants.http import signed_in
from tenants.models import Membership, Tenant
from tenants.permissions import may
from tenants.roles import Capability
from tenants.scoping import tenant_scope
from tenants.selectors import membership_for

TICKET_S: Final = 30
MAX_TOKEN_LENGTH: Final = 200


class NotSignedInError(Exception):
    """The session cookie is missing, has run out, or lacks the second factor."""


class NoMemberError(Exception):
    """Signed in, but with nothing to read in that organisation."""


_signer: Final = Signer(salt="chat.visitor", sep=".")


def new_token() -> str:
    """Return a token for a browser that has none."""
    return _signer.sign(secrets.token_urlsafe(32))


def is_ours(token: str) -> bool:
    """Return whether we made a token; one made up by someone else is never taken."""
    if not 0 < len(token) <= MAX_TOKEN_LENGTH:
        return False
    try:
        _signer.unsign(token)
    except BadSignature:
        return False
    return True


def token_hash(tenant_id: UUID, token: str) -> bytes:
    """Return what is stored of a token: different for each organisation, so that rows can't be joined by it."""
    return hashlib.sha256(tenant_id.bytes + token.encode()).digest()


def visitor_of(tenant_id: UUID, inbox_id: UUID, hashed: bytes, origin: str, now: datetime) -> Visitor | None:
    """Return the visitor of a token and note that they were seen; None if their session has run out."""
    with tenant_scope(tenant_id):
        session = visitor_session(hashed)
        if session is None:
            return Visitor(tenant_id, inbox_id, hashed, origin)
        if session.expires_at <= now:
            return None
        session.seen_at, session.expires_at = now, now + SESSION_LIFETIME
        session.save(update_fields=["seen_at", "expires_at"])
        return Visitor(tenant_id, inbox_id, hashed, origin, session.id, session.contact_id)


def issue_ticket(visitor: Visitor) -> str:
    """Return a ticket for one socket of this visitor.

    Raises:
        redis.RedisError: Valkey does not answer.
    """
    ticket = secrets.token_urlsafe(32)
    facts = {
        "tenant": visitor.tenant_id.hex,
        "inbox": visitor.inbox_id.hex,
        "token_hash": visitor.token_hash.hex(),
        "origin": visitor.origin,
    }
    valkey.client().set(_ticket_key(ticket), json.dumps(facts), ex=TICKET_S)
    return ticket


async def redeem_ticket(ticket: str) -> Visitor | None:
    """Return whose ticket this is and use it up; None if it is unknown, used or too old.

    The session is not in it: it may have begun since.

    Raises:
        redis.RedisError: Valkey does not answer.
    """
    stored = await valkey.async_client().getdel(_ticket_key(ticket))
    if stored is None:
        return None
    facts = json.loads(stored)
    tenant_id, inbox_id = UUID(facts["tenant"]), UUID(facts["inbox"])
    return Visitor(tenant_id, inbox_id, bytes.fromhex(facts["token_hash"]), facts["origin"])


def present_visitor(visitor: Visitor, now: datetime) -> Visitor | None:
    """Return a visitor as they are now; None if the organisation is suspended or their session is gone."""
    if not Tenant.objects.filter(id=visitor.tenant_id, status="active").exists():
        return None
    with tenant_scope(visitor.tenant_id):
        session = visitor_session(visitor.token_hash)
    if session is None:
        return visitor if visitor.session_id is None else None
    if session.expires_at <= now:
        return None
    return Visitor(
        visitor.tenant_id, visitor.inbox_id, visitor.token_hash, visitor.origin, session.id, session.contact_id
    )


def agent_of(scope: dict[str, Any], slug: str) -> Membership:
    """Return the member whose session cookie opened a socket.

    Looked up anew each time: an ended session, a raised epoch or a lost membership is seen at once.

    Raises:
        NotSignedInError: Password and second factor were not both given in this session.
        NoMemberError: The person may not read conversations there, or there is no such organisation.
    """
    request = HttpRequest()
    # Like the HTTP middleware: session, person, second factor, in this order.
    engine: Any = import_module(settings.SESSION_ENGINE)
    request.session = engine.SessionStore(_cookie(scope, settings.SESSION_COOKIE_NAME))
    request.user = get_user(request)
    OTPMiddleware(lambda _: None)(request)
    if not signed_in(request):
        raise NotSignedInError
    membership = membership_for(request.user, slug)  # type: ignore[arg-type]
    if membership is None or not may(membership, Capability.READ_CONVERSATIONS):
        raise NoMemberError
    return membership


def origin_of(scope: dict[str, Any]) -> str | None:
    """Return the Origin header of a socket; None if there is none, an empty text if there are several."""
    values = [value for name, value in scope.get("headers", ()) if name == b"origin"]
    if not values:
        return None
    return values[0].decode("latin-1") if len(values) == 1 else ""


def _cookie(scope: dict[str, Any], name: str) -> str | None:
    cookies: SimpleCookie = SimpleCookie()
    for header, value in scope.get("headers", ()):
        if header == b"cookie":
            try:
                cookies.load(value.decode("latin-1"))
            except CookieError:
                return None
    morsel = cookies.get(name)
    return morsel.value if morsel is not None else None


def _ticket_key(ticket: str) -> str:
    return "chat:ticket:" + hashlib.sha256(ticket.encode()).hexdigest()
