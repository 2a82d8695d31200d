"""A visitor's socket as far as it is about waiting: whether anybody is there, the place in the queue, and where an
answer can reach them."""

import asyncio
from typing import Final
from uuid import UUID

from chat import presence, waiting
from chat.actions import limits
from chat.actions.contacts import BadDetailError, leave_address
from chat.consumers.privacy import PrivacyConsumer
from chat.delivery.hub import Shared
from chat.presence import TeamNow, as_told
from chat.protocol.commands import AskQueue, GiveContact
from chat.protocol.errors import CommandError, ErrorCode
from chat.protocol.events import TeamChanged
from chat.protocol.relay import PresenceNews, QueueNews, Told
from chat.protocol.waiting_events import ContactGiven, QueueTold
from helpdesk.core import clock
from helpdesk.core.threads import in_thread

# Longer than a queue is known for: what moved is in it then.
LOOKED_AFTER_S: Final = waiting.QUEUE_LIVES_S + 0.1


class WaitingConsumer(PrivacyConsumer):
    """Asked once, the place in the queue is told again whenever it moves."""

    following: dict[UUID, int]
    _team: TeamNow | None = None
    _told: QueueTold | None = None
    _looking: asyncio.TimerHandle | None = None

    async def ask_queue(self, command: AskQueue) -> None:
        if command.conversation not in self.following:
            raise CommandError(ErrorCode.NOT_FOUND)
        self._told = (await waiting.queue(self.visitor.tenant_id)).told(command.conversation)
        self.emit(self._told)

    async def give_contact(self, command: GiveContact) -> None:
        await self.slow_down(limits.CONTACTS, self.visitor.token_hash.hex())
        await self.look_for_beginning()
        try:
            await in_thread(leave_address, visitor=self.visitor, email=command.email, now=clock.now())
        except BadDetailError as error:
            raise CommandError(ErrorCode.BAD_FRAME, field=error.detail) from None
        self.emit(ContactGiven())

    def hear(self, channel: str, told: Told, shared: Shared) -> None:
        if isinstance(told, QueueNews):
            self.look_at_queue()
        elif isinstance(told, PresenceNews):
            if "team" not in shared:
                presence.forget_team(told.tenant_id)
                shared["team"] = asyncio.ensure_future(presence.team_now(told.tenant_id))
            shared["team"].add_done_callback(self._tell_team)
        else:
            super().hear(channel, told, shared)

    def look_at_queue(self) -> None:
        """Tell whoever waits where they are now, soon: of many moves in a row, the last."""
        if self._told is not None and self._told.before is not None and self._looking is None:
            self._looking = asyncio.get_running_loop().call_later(LOOKED_AFTER_S, self._look_at_queue)

    def _look_at_queue(self) -> None:
        self._looking = None
        if not self._is_closing:
            self.run(self._tell_queue())

    async def _tell_queue(self) -> None:
        if self._told is not None:
            now = (await waiting.queue(self.visitor.tenant_id)).told(self._told.conversation)
            if now != self._told:
                self._told = now
                self.emit(now)

    def _tell_team(self, asked: "asyncio.Future[TeamNow | None]") -> None:
        team = None if asked.cancelled() or asked.exception() is not None else asked.result()
        if team is not None and team != self._team and not self._is_closing:
            self._team = team
            self.emit(TeamChanged(**as_told(team)))
