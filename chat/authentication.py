"""Who is at the other end of a widget or a socket.

A visitor's browser holds one random token, signed so that we know it for ours. Until its first conversation nothing of
it is stored: the ticket for the socket carries the token's hash, and session, contact and contact key are made together
with the conversation. Someone who only looks at a page leaves no row behind.

A ticket is good once, for 30 seconds, for one visitor of one organisation, and travels in the first frame, never in an
address (ASVS 14.2.1). An open socket is given the ticket of the one that follows it (docs/adr/0049).
"""

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from uuid import UUID

import redis
from django.conf import settings
from django.core.signing import BadSignature, Signer

from chat.delivery import positions
from chat.delivery.positions import Position
from chat.models.contact import SESSION_LIFETIME
from chat.permissions import Visitor
from chat.selectors import visitor_session
from helpdesk.core import names, valkey
from helpdesk.core.together import Together
from tenants.models import TenantStatus
from tenants.pipelined import Statement
from tenants.reading import read
from tenants.scoping import tenant_scope

TICKET_S: Final = 30
# As long as two heartbeats, which bring a new one, and the time until a client notices that it hears nothing.
NEXT_TICKET_S: Final = 120
# Whoever polls is not written down at each look.
SEEN_TO_THE: Final = timedelta(minutes=1)
MAX_TOKEN_LENGTH: Final = 200


_VISITOR: Final = """
SELECT tenant.status, session.id, session.contact_id, session.expires_at
FROM tenants_tenant AS tenant LEFT JOIN chat_visitorsession AS session
    ON session.tenant_id = tenant.id AND session.token_hash = %(token_hash)s
WHERE tenant.id = %(tenant)s
"""

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
        if now - session.seen_at > SEEN_TO_THE:
            session.seen_at = now
            # One for which a site vouches ends with that, however busy it is.
            if session.signed_until is None:
                session.expires_at = now + SESSION_LIFETIME
            session.save(update_fields=["seen_at", "expires_at"])
        return Visitor(tenant_id, inbox_id, hashed, origin, session.id, session.contact_id)


def issue_ticket(visitor: Visitor) -> str:
    """Return a ticket for one socket of this visitor.

    Raises:
        redis.RedisError: Valkey does not answer.
    """
    ticket = secrets.token_urlsafe(32)
    valkey.client().set(_ticket_key(ticket), _facts(visitor), ex=TICKET_S)
    return ticket


async def next_ticket(visitor: Visitor) -> str | None:
    """Return a ticket for the socket that follows this one; None while Valkey does not answer.

    A process that falls throws all its visitors off at once: each that had to ask for a ticket would cost the others
    ten times what its socket costs.
    """
    ticket = secrets.token_urlsafe(32)
    try:
        await _kept.ask(None, ((ticket, _facts(visitor)),))
    except redis.RedisError:
        return None
    return ticket


async def redeem_ticket(ticket: str) -> Visitor | None:
    """Return whose ticket this is and use it up; None if it is unknown, used or too old.

    A session may have begun since; with one that has been there and is gone, `present_visitor` finds nobody.

    Raises:
        redis.RedisError: Valkey does not answer.
    """
    redeemed = await _redeemed.ask(None, (ticket,))
    # Of two sockets that present one ticket in the same moment, the first has it.
    if (stored := redeemed.pop(ticket, None)) is None:
        return None
    facts = json.loads(stored)
    tenant_id, inbox_id = UUID(facts["tenant"]), UUID(facts["inbox"])
    # A process of the release before this one issues tickets without it.
    session_id = UUID(hexed) if (hexed := facts.get("session")) else None
    return Visitor(tenant_id, inbox_id, bytes.fromhex(facts["token_hash"]), facts["origin"], session_id)


async def _keep(_: None, tickets: set[tuple[str, str]]) -> None:
    pipeline = valkey.async_client().pipeline(transaction=False)
    for ticket, facts in tickets:
        pipeline.set(_ticket_key(ticket), facts, ex=NEXT_TICKET_S)
    await pipeline.execute()


async def _redeem(_: None, tickets: set[str]) -> dict[str, Any]:
    given = list(tickets)
    pipeline = valkey.async_client().pipeline(transaction=False)
    for ticket in given:
        pipeline.getdel(_ticket_key(ticket))
    return dict(zip(given, await pipeline.execute(), strict=True))


_kept: Final[Together[None, tuple[str, str], None]] = Together(_keep)
_redeemed: Final[Together[None, str, dict[str, Any]]] = Together(_redeem)


async def present_visitor(
    visitor: Visitor, now: datetime, conversations: Iterable[UUID] = ()
) -> tuple[Visitor | None, dict[UUID, Position]]:
    """Return a visitor as they are now, and where those of the conversations stand that are theirs.

    None if the organisation is suspended or their session is gone. One read, together with those of other sockets.
    """
    tenant_id = visitor.tenant_id
    who = Statement(tenant_id, _VISITOR, {"tenant": tenant_id, "token_hash": visitor.token_hash})
    wanted = list(conversations)
    found, *stand = await read(who, *([positions.statement(tenant_id, wanted)] if wanted else ()))
    if not found or found[0][0] != TenantStatus.ACTIVE:
        return None, {}
    _, session_id, contact_id, expires_at = found[0]
    if session_id is None:
        return (visitor if visitor.session_id is None else None), {}
    if expires_at <= now:
        return None, {}
    known = {row[0]: Position(*row[1:]) for row in stand[0]} if stand else {}
    return replace(visitor, session_id=session_id, contact_id=contact_id), positions.of_contact(known, contact_id)


def origin_of(scope: dict[str, Any]) -> str | None:
    """Return the Origin header of a socket; None if there is none, an empty text if there are several."""
    values = [value for name, value in scope.get("headers", ()) if name == b"origin"]
    if not values:
        return None
    return values[0].decode("latin-1") if len(values) == 1 else ""


def session_key_of(scope: dict[str, Any]) -> str:
    """Return what the session cookie names; an empty text if there is none."""
    return _cookie(scope, settings.SESSION_COOKIE_NAME) or ""


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


def _facts(visitor: Visitor) -> str:
    return json.dumps(
        {
            "tenant": visitor.tenant_id.hex,
            "inbox": visitor.inbox_id.hex,
            "token_hash": visitor.token_hash.hex(),
            "origin": visitor.origin,
            "session": visitor.session_id.hex if visitor.session_id else None,
        }
    )


def _ticket_key(ticket: str) -> str:
    return names.key("ticket", None, hashlib.sha256(ticket.encode()).hexdigest())
