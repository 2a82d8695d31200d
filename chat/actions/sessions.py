"""A browser's session in the widget, stored from its first conversation on."""

from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from chat.delivery.sealed import SessionReplacedError
from chat.models import Contact, Inbox, VisitorSession
from chat.models.contact import SESSION_LIFETIME
from chat.permissions import Visitor
from chat.selectors import visitor_session
from helpdesk.core import advisory
from tenants.keyring.ring import create_contact_key


def session_for(visitor: Visitor, *, now: datetime) -> VisitorSession:
    """Return the stored session of a visitor, made now with contact and key if there is none yet.

    Raises:
        SessionReplacedError: They are known by another token by now; what they say is said again by that one.
    """
    session = visitor_session(visitor.token_hash)
    if session is not None:
        return session
    hold_token(visitor)
    # Another socket of this browser, or its token of the site, may have been a moment earlier.
    if (session := visitor_session(visitor.token_hash)) is not None:
        return session
    if VisitorSession.objects.filter(former_hash=visitor.token_hash).exists():
        raise SessionReplacedError
    return begin(visitor, contact=None, now=now)


def hold_token(visitor: Visitor) -> None:
    """Let nobody else begin or replace the session of a token, until the transaction ends: before it is looked for."""
    advisory.lock("visitor session", visitor.tenant_id, visitor.token_hash)


def with_session(visitor: Visitor, session: VisitorSession) -> Visitor:
    """Return the visitor, known by a stored session."""
    return replace(visitor, session_id=session.id, contact_id=session.contact_id)


def note_widget_seen(inbox: Inbox, *, origin: str, now: datetime) -> None:
    """Remember that the widget was opened on a site: the first-run page waits for it."""
    Inbox.objects.filter(id=inbox.id).update(seen_at=now, seen_origin=origin[:255])


def site_of(address: str) -> str:
    """Return the site of an address without its path, which may say more than it should."""
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return ""
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"[:255]


def begin(visitor: Visitor, *, contact: Contact | None, now: datetime) -> VisitorSession:
    """Store a session of a contact; without one, a new contact with a key is made for it."""
    person = contact or Contact.objects.create(tenant_id=visitor.tenant_id, created_at=now)
    session: VisitorSession = VisitorSession.objects.create(
        tenant_id=visitor.tenant_id,
        contact=person,
        token_hash=visitor.token_hash,
        origin=visitor.origin[:255],
        created_at=now,
        seen_at=now,
        expires_at=now + SESSION_LIFETIME,
    )
    if contact is None:
        # Last: the key lies in a database of its own, and one whose contact was never stored is of no harm.
        create_contact_key(visitor.tenant_id, person.id, now=now)
    return session
