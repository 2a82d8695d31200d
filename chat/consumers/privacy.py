"""What a visitor's socket takes besides messages: whether they agree, what is true of their conversation, its end."""

from abc import abstractmethod

from chat import privacy_card
from chat.actions import consent, limits
from chat.actions.consent import GPC_HEADER, GPC_ON, Given
from chat.actions.conversations import end_conversation
from chat.consumers.base import ProtocolConsumer
from chat.models import ConsentEntry
from chat.permissions import Visitor
from chat.protocol.commands import EndConversation, GiveConsent, OpenCard, WithdrawConsent
from chat.protocol.errors import CommandError, ErrorCode
from chat.protocol.events import ConsentEnded, ConsentRecorded, ConversationChanged
from helpdesk.core import clock
from helpdesk.core.ratelimit import Limit
from helpdesk.core.threads import in_thread


class PrivacyConsumer(ProtocolConsumer):
    """A visitor's socket as far as it is about what is kept of them."""

    visitor: Visitor

    @abstractmethod
    async def look_for_beginning(self) -> None:
        """Of a visitor who had said nothing when this socket opened: another tab may have begun meanwhile."""

    async def give_consent(self, command: GiveConsent) -> None:
        await self.slow_down(limits.CONSENTS, self.visitor.token_hash.hex())
        given = Given(bytes.fromhex(command.notice), command.gpc or self.sends_gpc(), ConsentEntry.SOCKET)
        await in_thread(consent.give_consent, visitor=self.visitor, given=given, now=clock.now())
        self.emit(ConsentRecorded(notice=command.notice))

    async def withdraw_consent(self, command: WithdrawConsent) -> None:
        await self.slow_down(limits.CONSENTS, self.visitor.token_hash.hex())
        await in_thread(consent.withdraw_consent, visitor=self.visitor, now=clock.now())
        self.emit(ConsentEnded())

    async def open_card(self, command: OpenCard) -> None:
        await self.slow_down(limits.CARDS, self.visitor.token_hash.hex())
        await self.look_for_beginning()
        card = await in_thread(privacy_card.card_of, visitor=self.visitor, conversation_id=command.conversation)
        self.emit(card)

    async def end_conversation(self, command: EndConversation) -> None:
        await self.slow_down(limits.CARDS, self.visitor.token_hash.hex())
        await self.look_for_beginning()
        ended = await in_thread(
            end_conversation, visitor=self.visitor, conversation_id=command.conversation, now=clock.now()
        )
        self.emit(ConversationChanged.of(ended.id, ended.status))

    def sends_gpc(self) -> bool:
        """Whether the browser opened the socket with the signal of Global Privacy Control."""
        return (GPC_HEADER.lower().encode(), GPC_ON.encode()) in self.scope.get("headers", ())

    async def slow_down(self, limit: Limit, key: str) -> None:
        """Take one of an allowance; raise CommandError if it is used up."""
        if (wait_s := await limit.await_s(key, self.visitor.tenant_id)) > 0:
            raise CommandError(ErrorCode.TOO_FAST, retry_ms=int(wait_s * 1000) + 1)
