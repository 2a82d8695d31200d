"""What people have talked about before the demo starts: said through the actions, so masked and sealed like all."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from chat.actions import assignment, messages
from chat.actions.consent import Given
from chat.actions.conversations import resolve_conversation, start_conversation
from chat.actions.openings import Opening
from chat.models import ConsentEntry, Conversation, Inbox, MessageKind
from chat.permissions import Visitor
from compliance import rule_sets
from compliance.models import LawRegion
from helpdesk.core.ids import uuid7
from helpdesk.demo.people import ADA, SAM, Person
from tenants.models import Membership
from tenants.scoping import tenant_scope


@dataclass(frozen=True, slots=True)
class Line:
    """One message: by the visitor, or by a colleague; a note is for colleagues only."""

    text: str
    by: Person | None = None
    note: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A conversation that began some minutes ago, its lines a minute apart."""

    began_min_ago: int
    lines: tuple[Line, ...]
    held_by: Person | None = None
    resolved_by: Person | None = None


CONVERSATIONS: Final = (
    Told(
        began_min_ago=26 * 60,
        lines=(
            Line("Hi, I ordered the walnut desk lamp on Friday, order 20418. Has it been sent?"),
            Line("Hello! Let me look it up for you.", by=ADA),
            Line("It left our warehouse this morning and should be with you on Thursday.", by=ADA),
            Line("Wonderful, thank you!"),
            Line("With pleasure. Enjoy the light.", by=ADA),
        ),
        held_by=ADA,
        resolved_by=ADA,
    ),
    Told(
        began_min_ago=95,
        lines=(
            Line("My payment didn't go through, can you take it here?"),
            Line("The card is 4111 1111 1111 1111, 09/29, cvv 123"),
            Line(
                "Thank you for telling us. Card numbers are hidden here before we see them, so please pay by the link "
                "in your order mail.",
                by=SAM,
            ),
            Line("Second failed payment for this order this week, payments team is on it.", by=SAM, note=True),
            Line("Ah, good to know. I'll use the link."),
        ),
        held_by=SAM,
    ),
    Told(
        began_min_ago=34,
        lines=(
            Line("Can I change the delivery address? The parcel hasn't been sent yet."),
            Line("Yes, as long as it is being packed. Which city is it for?", by=ADA),
            Line("Utrecht instead of Rotterdam, same name on the door."),
        ),
        held_by=ADA,
    ),
    Told(
        began_min_ago=7,
        lines=(
            Line("Do you still have the oak shelf, 80 cm, in stock?"),
            Line("I could collect it today if so."),
        ),
    ),
    Told(
        began_min_ago=3,
        lines=(Line("Good morning, for the refund you'll need my IBAN: NL91 ABNA 0417 1643 00. Anything else?"),),
    ),
)


def hold(told: Told, *, inbox: Inbox, members: Mapping[str, Membership], shop: str, now: datetime) -> None:
    """Hold one conversation, in the past."""
    began = now - timedelta(minutes=told.began_min_ago)
    visitor = Visitor(
        tenant_id=inbox.tenant_id,
        inbox_id=inbox.id,
        # A browser that nobody has any more: its token is thrown away.
        token_hash=hashlib.sha256(secrets.token_bytes(32)).digest(),
        origin=shop,
    )
    conversation, visitor = start_conversation(
        visitor=visitor, client_id=uuid7(), now=began, opening=_agreed(inbox.tenant_id)
    )
    for index, line in enumerate(told.lines):
        _say(line, conversation, visitor, members, now=began + timedelta(minutes=index))
    ended = began + timedelta(minutes=len(told.lines))
    with tenant_scope(inbox.tenant_id):
        if told.held_by is not None:
            holder = members[told.held_by.email]
            assignment.take_conversation(conversation_id=conversation.id, actor=holder, now=ended)
        if told.resolved_by is not None:
            resolver = members[told.resolved_by.email]
            resolve_conversation(conversation_id=conversation.id, actor=resolver, now=ended)


def _agreed(tenant_id: UUID) -> Opening:
    """Return the beginning of a conversation whose visitor has agreed to what is in force."""
    notices = rule_sets.current(tenant_id).notices
    if notices is None:
        raise LookupError
    shown = notices.of(LawRegion.DEFAULT, "en")
    return Opening(consent=Given(shown.digest, gpc=False, entry=ConsentEntry.IMPORT))


def _say(
    line: Line, conversation: Conversation, visitor: Visitor, members: Mapping[str, Membership], *, now: datetime
) -> None:
    kind = MessageKind.NOTE if line.note else MessageKind.PUBLIC
    if line.by is None:
        messages.post_visitor_message(
            visitor=visitor, conversation_id=conversation.id, client_id=uuid7(), text=line.text, kind=kind, now=now
        )
    else:
        messages.post_agent_message(
            membership=members[line.by.email], conversation_id=conversation.id, client_id=uuid7(), text=line.text,
            kind=kind, now=now,
        )  # fmt: skip
