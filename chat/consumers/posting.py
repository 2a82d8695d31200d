"""What a socket posts: several of its messages may be on their way to the disk at once, in their order.

A message for which everything is at hand is masked, sealed and handed to the group committer in the call that read it,
without a task. Whatever else the socket wants waits until those are answered.
"""

import asyncio
import logging
import time
from abc import abstractmethod
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from chat.actions import messages
from chat.actions.failures import as_command_error
from chat.broadcast import addressed
from chat.consumers.attending import AttendingConsumer
from chat.delivery.group import Stored
from chat.delivery.hub import Hub
from chat.delivery.sealed import Committed, Draft, VisitorGoneError
from chat.protocol.commands import PostMessage
from chat.protocol.errors import CloseCode

logger = logging.getLogger(__name__)

# So many of a socket's commands are under way; what it sends beyond is not read until one is answered. To refuse it
# would make a client with a backlog send it again and again, just when there is most to do.
UNACKNOWLEDGED: Final = 50
LOOKED_AT_EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Posting:
    """A message under way, without its text: what its answer needs."""

    client_id: UUID
    conversation: UUID
    handed_over_at: float


class PostingConsumer(AttendingConsumer):
    """A socket as far as it posts."""

    hub: Hub
    _posting: set[Stored]
    _has_room: "asyncio.Future[None] | None"

    @abstractmethod
    def admit(self, command: PostMessage) -> None:
        """Raise CommandError if the sender posts too fast."""

    @abstractmethod
    def draft_at_once(self, command: PostMessage) -> Draft | None:
        """Return everything of a message but its text; None if something has to be looked up for it."""

    @abstractmethod
    def sequence_of(self, committed: Committed) -> int:
        """Return a stored message's sequence in the numbering of this side."""

    @abstractmethod
    def is_full(self) -> bool:
        """Whether so many commands are under way that no other may come in."""

    async def room(self) -> None:
        """Return when another command may come in."""
        while self.is_full() and not self._is_closing:
            self._has_room = asyncio.get_running_loop().create_future()
            # Not for ever: a socket that is closed meanwhile goes on to read that its peer has gone.
            await asyncio.wait((self._has_room,), timeout=LOOKED_AT_EVERY_S)
        self._has_room = None

    def has_room(self) -> None:
        """One command less is under way."""
        if self._has_room is not None and not self._has_room.done():
            self._has_room.set_result(None)

    def post_at_once(self, command: PostMessage) -> bool:
        """Hand a message over if nothing has to be looked up; whether it was, or was refused."""
        try:
            draft = self.draft_at_once(command)
            stored = None if draft is None else messages.begin_at_once(draft, command.text)
        except Exception as error:  # noqa: BLE001 (whatever it is, the client is told and the socket lives)
            self.refuse(as_command_error(error), command.client_id)
            return True
        if stored is None:
            return False
        self._hand_over(command, stored)
        return True

    async def post(self, command: PostMessage, draft: Draft) -> None:
        """Hand a message over; what has to be looked up is looked up."""
        self._hand_over(command, await messages.begin(draft, command.text, settled=self.settled))

    async def settled(self) -> None:
        """Return when every message under way is stored or refused, and its sender told."""
        if self._posting:
            await asyncio.wait(tuple(self._posting))

    def _hand_over(self, command: PostMessage, stored: Stored) -> None:
        posting = _Posting(command.client_id, command.conversation, time.monotonic())
        self._posting.add(stored)
        # Carried through even if the socket goes: what was committed must also be told.
        stored.add_done_callback(partial(self._answered, posting))

    def _answered(self, posting: _Posting, stored: Stored) -> None:
        self._posting.discard(stored)
        self.has_room()
        try:
            self._tell(posting, stored.result())
        except VisitorGoneError:
            self.close(CloseCode.NOT_SIGNED_IN)
        except Exception as error:  # noqa: BLE001 (whatever it is, the client is told and the socket lives)
            self.refuse(as_command_error(error), posting.client_id)

    def _tell(self, posting: _Posting, committed: Committed) -> None:
        self.note_stored(posting.handed_over_at)
        self.acknowledge(posting.client_id, posting.conversation, self.sequence_of(committed), committed.at)
        # Also of a repeat: the process that stored it may have died before it could tell. Clients drop what they have.
        self.hub.deliver(addressed(committed.entry, committed.status))

    def note_stored(self, handed_over_at: float) -> None:
        """A message of this socket is stored, which was handed over at that moment of the monotonic clock."""
