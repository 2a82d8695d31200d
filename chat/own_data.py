"""What is kept of a visitor, for them to take along: readable by people and by programs, in one file, kept nowhere.

For whoever has proven who they are (GDPR, articles 15 and 20; 45 CFR 164.524). What an organisation may export of its
conversations is another matter (`compliance.exports`).
"""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from django.template.loader import render_to_string

from chat import contact_disclosure, disclosure, selectors, small_texts
from chat.actions.subject_requests import register_answered
from chat.models import ConsentReceipt, Contact, Conversation, Rating, VisitorFactor, VisitorPasskey
from chat.permissions import Visitor
from chat.protocol.events import MessagePosted
from compliance import audit, audit_events
from compliance.models import RequestKind
from tenants.actors import Actor
from tenants.models import Tenant

NAME: Final = "my-data.zip"
DATA: Final = "my-data.json"
PAGE: Final = "my-conversations.html"
#: Messages that are read at once.
BATCH: Final = 500
#: What is asked for with the right to see what is kept, and with that to take it along.
HANDED_OUT: Final = (RequestKind.ACCESS, RequestKind.PORTABILITY)


def counted(contact: Contact) -> dict[str, int]:
    """Return how much is kept of somebody. Call it inside the tenant's scope."""
    sequences = list(Conversation.objects.of_contact(contact.id).begun().values_list("last_public_sequence", flat=True))
    return {"conversations": len(sequences), "messages": sum(sequences)}


def export_own_data(*, visitor: Visitor, contact: Contact, tenant: Tenant, actor: Actor, now: datetime) -> bytes:
    """Return a ZIP file of what is kept of a visitor, as they may see it. Call it inside the tenant's scope.

    Raises:
        NotPermittedError: It is another's.
    """
    kept = known_of(contact, visitor, tenant, now=now)
    kept["conversations"] = [conversation_of(each, visitor) for each in _conversations(contact)]
    messages = sum(len(each["messages"]) for each in kept["conversations"])
    audit.record(
        actor, audit_events.OWN_DATA_EXPORTED, contact, at=now, conversations=len(kept["conversations"]),
        messages=messages,
    )  # fmt: skip
    register_answered(contact=contact, kind=RequestKind.ACCESS, actor=actor, now=now)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (
            (DATA, json.dumps(kept, ensure_ascii=False, indent=1)),
            (PAGE, render_to_string("chat/proofs/export.html", kept)),
        ):
            add_to(archive, name, text.encode(), now)
    return file.getvalue()


def add_to(archive: zipfile.ZipFile, name: str, content: bytes, at: datetime) -> None:
    """Add a file, dated to the day: the same is handed out again as the same bytes."""
    entry = zipfile.ZipInfo(name, (at.year, at.month, at.day, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def known_of(contact: Contact, visitor: Visitor, tenant: Tenant, *, now: datetime) -> dict[str, Any]:
    """Return what is known of somebody and what they were told; what was said is for the caller to fill in.

    Raises:
        NotPermittedError: It is another's.
    """
    details = contact_disclosure.own_details(contact, visitor)
    return {
        "organisation": tenant.name,
        "exported_on": now.date().isoformat(),
        "you": dict(details.given()) | ({"known_to_site_as": details.subject} if details.subject else {}),
        "proves_it_by": _factors(contact),
        "notices": [_receipt(receipt) for receipt in _receipts(contact)],
        "conversations": [],
    }


def _conversations(contact: Contact) -> Iterator[Conversation]:
    theirs = Conversation.objects.of_contact(contact.id).begun()
    # Held still: what is in the file is there whole, whatever is purged meanwhile.
    oldest_first = theirs.filter(id__in=theirs.held_still()).order_by("created_at", "id")
    yield from oldest_first.select_related("contact")


def conversation_of(conversation: Conversation, visitor: Visitor) -> dict[str, Any]:
    """Return a conversation as its visitor may see it.

    Raises:
        NotPermittedError: It is another's.
    """
    known = small_texts.own_details(conversation, visitor)
    return {
        "reference": conversation.reference,
        "status": conversation.status,
        "started_at": conversation.created_at.isoformat(),
        "resolved_at": conversation.resolved_at and conversation.resolved_at.isoformat(),
        "page": known.page,
        "referrer": known.referrer,
        "answers": [{"question": answer.label, "answer": answer.value} for answer in known.answers],
        "rating": _rating(conversation),
        "messages": [_message(message) for message in _messages(conversation, visitor)],
    }


def _rating(conversation: Conversation) -> dict[str, Any] | None:
    """What the visitor said of a conversation, of whom it was asked above whether they are the one."""
    row = Rating.objects.filter(conversation=conversation).first()
    if row is None:
        return None
    comment = disclosure.opened(Rating.slot(row.tenant_id, row.contact_id, row.id), row.comment)
    return {"value": row.words, "comment": comment, "at": row.rated_at.isoformat()}


def _messages(conversation: Conversation, visitor: Visitor) -> Iterator[MessagePosted]:
    """Open what both sides see, some hundreds at a time."""
    after = 0
    while entries := selectors.entries_after(conversation, after, BATCH, public=True):
        yield from (disclosure.for_viewer(entry, visitor) for entry in entries)
        after = entries[-1].public_sequence or 0


def _message(message: MessagePosted) -> dict[str, Any]:
    return {
        "at": message.at.isoformat(),
        "author": {"kind": message.author.kind, "name": message.author.name},
        "text": message.text,
        "masked": sorted({finding.entity for finding in message.findings}),
    }


def _factors(contact: Contact) -> dict[str, Any]:
    """By what they have chosen to prove who they are: since when, never what."""
    app = VisitorFactor.objects.filter(contact=contact).values_list("confirmed_at", flat=True).first()
    passkeys = VisitorPasskey.objects.filter(contact=contact).order_by("made_at", "id")
    return {
        "app_since": app and app.isoformat(),
        "passkeys": [
            {"made_at": one.made_at.isoformat(), "used_at": one.used_at and one.used_at.isoformat()} for one in passkeys
        ],
    }


def _receipts(contact: Contact) -> Iterator[ConsentReceipt]:
    yield from ConsentReceipt.objects.filter(contact=contact).select_related("notice").order_by("given_at", "id")


def _receipt(receipt: ConsentReceipt) -> dict[str, Any]:
    return {
        "version": receipt.notice.number,
        "language": receipt.language,
        "agreed": receipt.agreed,
        "given_at": receipt.given_at.isoformat(),
        "withdrawn_at": receipt.withdrawn_at and receipt.withdrawn_at.isoformat(),
        "sha256": bytes(receipt.text_hash).hex(),
        "text": receipt.notice.text,
    }
