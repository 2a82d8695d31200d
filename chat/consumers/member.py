"""A member at a socket: let in, and again and again while it stands; seen to be present as long as it does."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final
from uuid import UUID, uuid4

import redis

from chat import presence
from chat.authentication import session_key_of
from chat.broadcast import presence_news
from chat.consumers.base import NoAccessError, ProtocolConsumer
from chat.protocol.errors import CloseCode
from chat.protocol.events import HeartbeatSent
from helpdesk.core import clock
from helpdesk.core.machine import Machine
from tenants.at_socket import Admitted, NoMemberError, NotSignedInError, RefusedError, admit, admit_again
from tenants.gate.checks import Refusal
from tenants.models import Membership
from tenants.permissions import may
from tenants.roles import Capability

logger = logging.getLogger(__name__)

RELOADED_WITHIN_S: Final = 5.0
# Where the page has to do more than to go where the server leads it.
_CLOSED_BY: Final[Mapping[Refusal, CloseCode]] = {
    Refusal.SIGNED_OUT: CloseCode.NOT_SIGNED_IN,
    Refusal.SESSION_OVER: CloseCode.NOT_SIGNED_IN,
    Refusal.LOCKED: CloseCode.LOCKED,
}


class MemberConsumer(ProtocolConsumer):
    """A socket as far as it is a member's."""

    membership: Membership
    _id: UUID
    _admitted: Admitted | None = None
    _time_is_up: asyncio.TimerHandle | None = None

    def _begin(self) -> None:
        super()._begin()
        self._id = uuid4()

    async def recheck(self) -> None:
        now = clock.now().timestamp()
        try:
            admitted = await admit_again(self._admitted, now=now) if self._admitted is not None else None
            if admitted is None:
                slug = self.scope["url_route"]["kwargs"]["slug"]
                machine = Machine.of_scope(self.scope)
                admitted = await admit(session_key_of(self.scope), slug, machine.address, now=now, machine=machine)
        except NotSignedInError:
            raise NoAccessError(CloseCode.NOT_SIGNED_IN) from None
        except NoMemberError:
            raise NoAccessError(CloseCode.NOT_ALLOWED) from None
        except RefusedError as refused:
            code = _CLOSED_BY.get(refused.refusal, CloseCode.NOT_ALLOWED)
            raise NoAccessError(code, refused.refusal.value) from None
        if not may(admitted.membership, Capability.READ_CONVERSATIONS):
            raise NoAccessError(CloseCode.NOT_ALLOWED)
        self.membership, self._admitted = admitted.membership, admitted
        self._end_in_time(admitted.until - now)

    def _end_in_time(self, seconds: float) -> None:
        """Look again when time is up; somebody may have been active meanwhile, at this page or another."""
        if self._time_is_up is not None:
            self._time_is_up.cancel()
        self._time_is_up = self._loop.call_later(max(seconds, 0.0) + 0.1, self.look_again)

    async def heartbeat(self) -> HeartbeatSent:
        await self.give_sign()
        return await super().heartbeat()

    async def give_sign(self) -> None:
        member = self.membership
        try:
            has_come = await presence.give_sign(member.tenant_id, member.id, self._id, now=clock.now())
        except redis.RedisError as error:
            logger.warning("no sign given", extra={"reason": type(error).__name__})
            return
        if has_come:
            self.hub.deliver(presence_news(member.tenant_id, member.id))

    def _end(self) -> None:
        super()._end()
        if self._time_is_up is not None:
            self._time_is_up.cancel()
        if self._is_open:
            self.run(self._leave())

    async def _leave(self) -> None:
        # Whoever reloads a page is back in a moment, and has not been away.
        await asyncio.sleep(RELOADED_WITHIN_S)
        member = self.membership
        try:
            has_gone = await presence.leave(member.tenant_id, member.id, self._id, now=clock.now())
        except redis.RedisError as error:
            logger.warning("nobody told of a leave", extra={"reason": type(error).__name__})
            return
        if has_gone:
            self.hub.deliver(presence_news(member.tenant_id, member.id))
