"""Open a mailed link: by a code that goes to the address the link went to. A try counts before it is looked at."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from chat.actions.mailed_links import token_hash
from chat.identity import codes
from chat.models import Contact, MailedLink, VisitorSession
from chat.models.contact import SESSION_LIFETIME
from chat.models.mailed_link import LINK_TRIES
from compliance import audit, audit_events
from helpdesk.core.ratelimit import Limit
from tenants.actors import Actor
from tenants.scoping import tenant_scope

#: Codes that are sent by one link, and to one address whatever the organisation.
CODES_BY_LINK: Final = Limit("chat.link_code", burst=3, per_s=1 / 300)
CODES_TO_ADDRESS: Final = Limit("chat.link_code_to_address", burst=6, per_s=1 / 900)


class LinkGoneError(Exception):
    """It is none of ours, was given to another organisation's page, has run out, or what it leads to was erased."""


class LinkLockedError(Exception):
    """Too many wrong codes were typed: none is sent or looked at until `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a code. `left`: how many more may be wrong."""

    outcome: Literal["opened", "wrong", "late"]
    link: MailedLink
    left: int = 0


@sensitive_variables()
def make_code(*, tenant_id: UUID, token: str, now: datetime) -> tuple[MailedLink, Contact, str]:
    """Make a code in place of the one before; it is kept nowhere and goes to the address that the link went to.

    Raises:
        LinkGoneError: The link is good for nothing, or not any more.
        LinkLockedError: Too many wrong codes came of late.
    """
    with tenant_scope(tenant_id):
        link = _locked(tenant_id, token, now)
        if (until := link.locked_until(now)) is not None:
            raise LinkLockedError(until)
        code = codes.new_code()
        link.code_hash = codes.hashed(code, tenant_id=tenant_id, request_id=link.id)
        link.code_until = now + codes.CODE_LASTS
        link.save(update_fields=["code_hash", "code_until"])
        return link, link.contact, code


@sensitive_variables()
def open_link(*, tenant_id: UUID, token: str, code: str, session_hash: bytes, now: datetime) -> Tried:
    """Let whoever types the code go on as the visitor, by a session of its own: what their browser had before, or
    somebody gave it, is not made the visitor's. A wrong code is told by what is returned, so that the count stays.

    Args:
        tenant_id: Whose page it is typed at.
        token: Of the link.
        code: As it was typed.
        session_hash: Of the new session's token, as `chat.authentication.token_hash` makes it.
        now: When.

    Raises:
        LinkGoneError: As `make_code`.
        LinkLockedError: As `make_code`.
    """
    with tenant_scope(tenant_id):
        link = _locked(tenant_id, token, now)
        if (until := link.locked_until(now)) is not None:
            raise LinkLockedError(until)
        if link.code_hash is None or link.code_until is None or now >= link.code_until:
            # There is nothing to guess at, so this is no guess.
            return Tried("late", link)
        link.count_try(now)
        if not codes.is_code(code, bytes(link.code_hash), tenant_id=tenant_id, request_id=link.id):
            return _refused(link, now)
        session = _session(link, session_hash, now)
        link.forget_code()
        link.tries, link.session_id = 0, session.id
        link.save(update_fields=["code_hash", "code_until", "tries", "tried_at", "session_id"])
        audit.record(Actor.visitor(session.id), audit_events.LINK_OPENED, link.conversation, at=now, kind=link.kind)
        return Tried("opened", link)


def _locked(tenant_id: UUID, token: str, now: datetime) -> MailedLink:
    rows = MailedLink.objects.select_for_update(of=("self",)).select_related("contact", "conversation__inbox")
    link: MailedLink | None = rows.filter(token_hash=token_hash(tenant_id, token), expires_at__gt=now).first()
    # To another address a code would let in whoever reads that.
    if link is None or not link.is_to_known_address:
        raise LinkGoneError
    return link


def _refused(link: MailedLink, now: datetime) -> Tried:
    if link.tries >= LINK_TRIES:
        link.forget_code()
        audit.record(Actor.system(), audit_events.LINK_LOCKED, link.conversation, at=now, kind=link.kind)
    link.save(update_fields=["code_hash", "code_until", "tries", "tried_at"])
    return Tried("wrong", link, left=LINK_TRIES - link.tries)


def _session(link: MailedLink, session_hash: bytes, now: datetime) -> VisitorSession:
    session: VisitorSession = VisitorSession.objects.create(
        tenant_id=link.tenant_id,
        contact_id=link.contact_id,
        token_hash=session_hash,
        created_at=now,
        seen_at=now,
        expires_at=now + SESSION_LIFETIME,
    )
    return session
