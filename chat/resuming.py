"""Show a socket's viewer what follows a sequence, without leaving the loop: looked up for many sockets at once, and
opened by `chat.disclosure` like everything that is shown.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from chat import people
from chat.delivery.following import following
from chat.delivery.sealed import ConversationNotFoundError
from chat.disclosure import RESUMED, RESUMED_BYTES, for_viewer
from chat.models import AuthorKind, Conversation
from chat.permissions import Viewer, Visitor, may_open_restricted
from chat.protocol.events import ConversationResumed
from chat.protocol.relay import PostedEntry
from compliance import audit, audit_events
from helpdesk.core.threads import at_once
from tenants.actors import Actor
from tenants.keyring.ahead import have_contact_keys
from tenants.models import Membership
from tenants.reading import write

# Messages opened before the loop turns.
AT_A_STRETCH: Final = 32


async def resumed(conversation_id: UUID, viewer: Viewer, after: int, *, now: datetime) -> ConversationResumed:
    """Open what follows a sequence, in the viewer's numbering; what a member is shown is recorded first.

    Raises:
        ConversationNotFoundError: There is none, or it is not this visitor's.
        NotPermittedError: The member may not read conversations.
        psycopg.Error, TimeoutError: The database does not answer; nothing is shown.
    """
    is_visitor = isinstance(viewer, Visitor)
    followed = await following(
        viewer.tenant_id, conversation_id, after, public=is_visitor, limit=RESUMED, most_bytes=RESUMED_BYTES
    )
    if followed is None or (isinstance(viewer, Visitor) and followed.position.contact_id != viewer.contact_id):
        raise ConversationNotFoundError
    if isinstance(viewer, Membership) and followed.position.is_restricted and not may_open_restricted(viewer):
        raise ConversationNotFoundError
    await have_at_hand(followed.entries, viewer)
    messages = []
    for number, entry in enumerate(followed.entries, start=1):
        messages.append(await at_once(for_viewer, entry, viewer))
        if number % AT_A_STRETCH == 0:
            await asyncio.sleep(0)  # the other sockets' turn
    if isinstance(viewer, Membership):
        await _record(viewer, conversation_id, len(messages), now)
    stand = followed.position
    return ConversationResumed(
        conversation=conversation_id,
        messages=messages,
        last_sequence=stand.last_public_sequence if is_visitor else stand.last_sequence,
        complete=followed.is_complete,
    )


async def have_at_hand(entries: Sequence[PostedEntry], viewer: Viewer) -> None:
    """Look up what `for_viewer` needs for entries of one conversation, together with what other sockets look up.

    Raises:
        psycopg.Error, TimeoutError: The database does not answer.
        KeyProviderError: The organisation's keys are withheld, or their provider does not answer.
    """
    if not entries:
        return
    tenant_id, contacts = viewer.tenant_id, {entry.contact_id for entry in entries}
    members = {entry.author_id for entry in entries if entry.author_kind == AuthorKind.AGENT}
    lookups = [have_contact_keys(tenant_id, contacts), people.have_member_names(tenant_id, members)]
    if isinstance(viewer, Membership):
        lookups.append(people.have_names(tenant_id, contacts))
    await asyncio.gather(*lookups)


async def _record(viewer: Membership, conversation_id: UUID, count: int, now: datetime) -> None:
    actor, subject = Actor.member(viewer), Conversation(id=conversation_id)
    event = audit_events.CONVERSATION_DISCLOSED
    await write(audit.statement(viewer.tenant_id, actor, event, subject, at=now, count=count))
