"""The chat's two sides as consumers of Channels' manual: `AsyncWebsocketConsumer`, groups, one handler per event."""

from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from chat.actions import messages
from chat.authentication import present_visitor, redeem_ticket, session_key_of
from chat.disclosure import for_viewer
from chat.permissions import Viewer
from chat.protocol import codec, relay
from chat.protocol.commands import AGENT_COMMANDS, VISITOR_COMMANDS, OpenAgentSession, OpenVisitorSession, named
from chat.protocol.events import ConversationState, MessageAcknowledged, SessionOpened
from chat.protocol.relay import PostedEntry
from helpdesk.core import clock
from tenants.at_socket import admit


class _Stock(AsyncWebsocketConsumer):
    """What both sides share."""

    viewer: Viewer

    async def _open(self, positions: Any) -> None:
        for position in positions:
            await self.channel_layer.group_add(f"conversation.{position.conversation}", self.channel_name)
        states = [ConversationState(conversation=position.conversation, last_sequence=0) for position in positions]
        await self.send(text_data=codec.encode(SessionOpened(conversations=states)))

    async def message_posted(self, event: dict[str, Any]) -> None:
        """An event of the group: the sealed envelope, opened for this viewer."""
        [entry] = relay.decode(event["entry"].encode())
        if isinstance(entry, PostedEntry):
            shown = await database_sync_to_async(for_viewer)(entry, self.viewer)
            await self.send(text_data=codec.encode(shown))


class StockVisitor(_Stock):
    """A visitor's side."""

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        command = codec.parse(text_data or "", named(VISITOR_COMMANDS))
        if isinstance(command, OpenVisitorSession):
            visitor = await redeem_ticket(command.ticket)
            assert visitor is not None
            present, _ = await present_visitor(visitor, clock.now())
            assert present is not None
            self.viewer = self.visitor = present
            await self._open(command.conversations)
            return
        await self._post(command)

    async def _post(self, command: Any) -> None:
        draft = messages.visitor_draft(
            visitor=self.visitor, conversation_id=command.conversation, client_id=command.client_id,
            kind=command.kind, now=clock.now(),
        )  # fmt: skip
        committed = await (await messages.begin(draft, command.text, settled=_at_once))
        acknowledged = MessageAcknowledged(
            client_id=command.client_id, conversation=command.conversation, sequence=committed.sequence,
            at=committed.at,
        )  # fmt: skip
        await self.send(text_data=codec.encode(acknowledged))
        event = {"type": "message.posted", "entry": relay.encode([committed.entry]).decode()}
        await self.channel_layer.group_send(_group(command.conversation), event)


class StockAgent(_Stock):
    """A member's side."""

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        command = codec.parse(text_data or "", named(AGENT_COMMANDS))
        if isinstance(command, OpenAgentSession):
            slug = self.scope["url_route"]["kwargs"]["slug"]
            admitted = await admit(session_key_of(self.scope), slug, "", now=clock.now().timestamp())
            self.viewer = admitted.membership
            await self._open(command.conversations)


async def _at_once() -> None:
    """Nothing of this socket is under way: each message is waited for."""


def _group(conversation: UUID) -> str:
    return f"conversation.{conversation}"
