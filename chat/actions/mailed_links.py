"""Write to visitors who have gone that there is an answer, or where their transcript is: a link, and nothing of what
was said. Whoever opens it types a code that is mailed to the same address (`chat.actions.link_codes`).

The row is the outbox: what waits to be mailed has a row without a token, or is found by what was not read.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from chat.actions.conversations import locked
from chat.delivery.sealed import ConversationNotFoundError
from chat.models import (
    AuthorKind,
    Contact,
    Conversation,
    LinkKind,
    MailedLink,
    Message,
    MessageKind,
    ReadMark,
    ReadSide,
)
from chat.permissions import Visitor
from compliance import audit, audit_events
from helpdesk.core.ids import uuid7
from tenants import policies
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.policy_names import LINKS_OFF, VISITOR_LINKS
from tenants.scoping import tenant_scope

#: Who has not read an answer for so long has gone, or does not look: a mail reaches them where the chat does not.
AWAY: Final = timedelta(minutes=2)
#: Not more than one mail about a conversation in so long, however much is said.
QUIET: Final = timedelta(minutes=30)
#: What is older than that is told by no mail any more: the worker was away for long.
NEWS_FOR: Final = timedelta(days=1)
BATCH: Final = 50


class NoAddressError(Exception):
    """No e-mail address of the visitor's is known."""


class LinksOffError(Exception):
    """The organisation mails no links."""


@dataclass(frozen=True, slots=True)
class ToMail:
    """A link on its way. The token is in the mail and nowhere else."""

    link_id: UUID
    kind: LinkKind
    contact: Contact
    widget_key: str
    token: str = field(repr=False)


def token_hash(tenant_id: UUID, token: str) -> bytes:
    """Return what is kept of a token: different for each organisation."""
    return sha256(b"chat.mailed_link" + tenant_id.bytes + token.encode()).digest()


def lasts(tenant: Tenant) -> timedelta | None:
    """Return how long a link is good for; None where none is mailed. Inside the tenant's scope."""
    chosen = policies.in_force(tenant, VISITOR_LINKS).value
    return None if chosen == LINKS_OFF else timedelta(hours=int(chosen))


def ask_transcript(*, visitor: Visitor, conversation_id: UUID, now: datetime) -> MailedLink:
    """Note that a visitor wants the transcript of their conversation by mail; a repeat finds the one that waits.

    Raises:
        ConversationNotFoundError: It is not this visitor's.
        NoAddressError: None is known that the link could go to.
        LinksOffError: The organisation mails none.
    """
    with tenant_scope(visitor.tenant_id):
        conversation = locked(conversation_id)
        if visitor.session_id is None or conversation.contact_id != visitor.contact_id:
            raise ConversationNotFoundError
        if (lifetime := lasts(conversation.tenant)) is None:
            raise LinksOffError
        if not conversation.contact.is_reached_of(conversation.created_at):
            raise NoAddressError
        waiting = MailedLink.objects.filter(conversation=conversation, kind=LinkKind.TRANSCRIPT, mailed_at=None)
        row: MailedLink = waiting.first() or _row(conversation, LinkKind.TRANSCRIPT, lifetime, now)
        audit.record(Actor.visitor(visitor.session_id), audit_events.TRANSCRIPT_ASKED, conversation, at=now)
    return row


def is_any_due(tenant_id: UUID, *, now: datetime) -> bool:
    """Whether anything is to be mailed in an organisation."""
    with tenant_scope(tenant_id):
        return bool(MailedLink.objects.filter(mailed_at=None).exists() or _answered_unread(now).exists())


def prepare(tenant: Tenant, *, now: datetime) -> Iterator[ToMail]:
    """Make the links that are due, and yield each to be mailed before the next is made.

    Each has a transaction of its own: no conversation is held longer than its own takes, and a worker that is ended
    leaves the others to the next run.
    """
    with tenant_scope(tenant):
        lifetime = lasts(tenant)
        if lifetime is None:
            MailedLink.objects.filter(mailed_at=None).delete()
            return
        # Long enough that nothing they told of is told again.
        MailedLink.objects.filter(expires_at__lt=now - 2 * NEWS_FOR).delete()
        asked = MailedLink.objects.filter(mailed_at=None).order_by("created_at").values_list("id", flat=True)
        answered = _answered_unread(now).values_list("id", flat=True)
        made = [partial(_asked_for, link_id, now) for link_id in asked[:BATCH]]
        made += [partial(_told_of, conversation_id, lifetime, now) for conversation_id in answered[:BATCH]]
    for make in made:
        with tenant_scope(tenant):
            one = make()
        if one is not None:
            yield one


def not_mailed(tenant_id: UUID, link_id: UUID) -> None:
    """The mail server did not take it: it is tried again with another token."""
    with tenant_scope(tenant_id):
        of_answers = MailedLink.objects.filter(id=link_id, kind=LinkKind.ANSWER)
        if not of_answers.delete()[0]:
            MailedLink.objects.filter(id=link_id).update(mailed_at=None, token_hash=None)


def _row(
    conversation: Conversation, kind: LinkKind, lifetime: timedelta, now: datetime, *, public_sequence: int = 0
) -> MailedLink:
    row: MailedLink = MailedLink.objects.create(
        id=uuid7(),
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        contact_id=conversation.contact_id,
        kind=kind,
        public_sequence=public_sequence,
        created_at=now,
        expires_at=now + lifetime,
        address_token=bytes(conversation.contact.email_token or b""),
    )
    return row


def _asked_for(link_id: UUID, now: datetime) -> ToMail | None:
    rows = MailedLink.objects.select_for_update(of=("self",)).select_related("contact", "conversation__inbox")
    # None where another worker has mailed it a moment ago.
    row: MailedLink | None = rows.filter(id=link_id, mailed_at=None).first()
    return None if row is None else _ready(row, now)


def _told_of(conversation_id: UUID, lifetime: timedelta, now: datetime) -> ToMail | None:
    try:
        conversation = locked(conversation_id)
    except ConversationNotFoundError:
        return None
    # Read, or announced by another worker, a moment ago.
    answered = _answered_unread(now).filter(id=conversation_id).values_list("answered", flat=True).first()
    if answered is None:
        return None
    return _ready(_row(conversation, LinkKind.ANSWER, lifetime, now, public_sequence=answered), now)


def _ready(row: MailedLink, now: datetime) -> ToMail | None:
    """Give a row its token; one whose visitor has another address by now, or none, goes."""
    if not row.is_to_known_address:
        row.delete()
        return None
    token = secrets.token_urlsafe(32)
    row.token_hash, row.mailed_at = token_hash(row.tenant_id, token), now
    row.save(update_fields=["token_hash", "mailed_at"])
    audit.record(Actor.system(), audit_events.LINK_MAILED, row.conversation, at=now, kind=row.kind)
    return ToMail(row.id, LinkKind(row.kind), row.contact, row.conversation.inbox.widget_key, token)


def _answered_unread(now: datetime) -> QuerySet[Any]:
    """Conversations whose visitor can be written to and has not read the last answer, of which no mail told yet."""
    of_this = {"conversation": OuterRef("pk")}
    answers = Message.objects.filter(**of_this, author_kind=AuthorKind.AGENT, kind=MessageKind.PUBLIC)
    newest = answers.order_by("-sequence")
    read = ReadMark.objects.filter(**of_this, side=ReadSide.VISITOR)
    told = MailedLink.objects.filter(**of_this, kind=LinkKind.ANSWER).order_by("-created_at")
    # As `Contact.is_reached_of` says it.
    is_reached = Q(contact__email_replaced_at=None) | Q(contact__email_replaced_at__lte=F("created_at"))
    recent: QuerySet[Conversation] = Conversation.objects.begun().filter(
        is_reached,
        last_message_at__gt=now - NEWS_FOR, first_reply_at__isnull=False, contact__email_token__isnull=False,
        contact__blocked_at=None, contact__objected_at=None, contact__restricted_at=None,
    )  # fmt: skip
    return (
        recent.annotate(
            answered=Subquery(newest.values("public_sequence")[:1]),
            answered_at=Subquery(newest.values("posted_at")[:1]),
            read_to=Coalesce(Subquery(read.values("public_sequence")[:1]), 0),
            told_of=Coalesce(Subquery(told.values("public_sequence")[:1]), 0),
            told_at=Subquery(told.values("created_at")[:1]),
        )
        .filter(
            Q(told_at=None) | Q(told_at__lte=now - QUIET),
            answered__gt=F("read_to"),
            answered_at__lte=now - AWAY,
        )
        .filter(answered__gt=F("told_of"))
    )
