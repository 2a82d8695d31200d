"""One socket that sends what a mutator makes, and waits now and then until all is answered."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import uuid4

from tests.bench.chat.wire import Wire, frame
from tests.proofs.frames.mutations import Mutator

BURST: Final = 100
# Now and then something that is no text frame of RFC 6455 at all: such a socket may be closed, and a new one is opened.
RAW_EVERY: Final = 2000
PATIENCE_S: Final = 60.0
HEARTBEAT: Final = b'"type":"heartbeat"'


class Fuzzer:
    """Sends so many frames on sockets of one sender."""

    def __init__(self, mutator: Mutator, connect: Callable[[Callable[[Wire, bytes], None]], Awaitable[Wire]]) -> None:
        self._mutator, self._connect = mutator, connect
        self._dice = random.Random(mutator.dice.random())
        self._barrier: tuple[bytes, asyncio.Future[None]] | None = None
        self.sent = self.reopened = self.answers = 0

    async def run(self, count: int) -> None:
        wire = await self._connect(self._heard)
        while self.sent < count:
            if self.sent % RAW_EVERY < BURST and self.sent:
                wire.transport.write(self._raw())
            for _ in range(BURST):
                # A text frame is text, or the server ends the socket before anything of ours sees it.
                wire.send(self._mutator.frame().decode(errors="replace").encode()[:60_000])
            self.sent += BURST
            if not await self._all_answered(wire):
                wire.transport.abort()
                wire = await self._connect(self._heard)
                self.reopened += 1
        wire.transport.abort()

    def _heard(self, wire: Wire, payload: bytes) -> None:
        self.answers += 1
        if HEARTBEAT in payload[:60]:
            wire.send(b'{"v":1,"type":"heartbeat"}')
        elif self._barrier is not None and self._barrier[0] in payload and not self._barrier[1].done():
            self._barrier[1].set_result(None)

    async def _all_answered(self, wire: Wire) -> bool:
        """Whether a command sent now is answered; False if the socket was closed."""
        loop = asyncio.get_running_loop()
        client_id, nowhere = str(uuid4()), str(uuid4())
        self._barrier = (client_id.encode(), loop.create_future())
        until = loop.time() + PATIENCE_S
        while wire.closed_with is None:
            # Refused while more commands wait than may: said again until it is its turn.
            wire.send(
                json.dumps(
                    {"v": 1, "type": "message.post", "client_id": client_id, "conversation": nowhere, "text": "x"}
                ).encode()
            )
            try:
                await asyncio.wait_for(asyncio.shield(self._barrier[1]), 2)
            except TimeoutError:
                if loop.time() > until:
                    raise
            else:
                return True
        return False

    def _raw(self) -> bytes:
        dice = self._dice
        return dice.choice(
            [
                dice.randbytes(dice.randint(1, 400)),
                frame(b"\xff\xfe\xfd"),
                frame(dice.randbytes(50), 0x82),
                frame(b"part", 0x01),
                frame(b"rest", 0x80),
                frame(b"x" * 70_000),
                frame(b"", 0x83),
                b"\x81\x05plain",
                b"\xc1" + frame(b"reserved")[1:],
                frame(b"\x03\xe8bye", 0x88),
            ]
        )
