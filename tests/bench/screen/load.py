"""Visitors of one member's conversations, from a process of its own; each text says when it was sent.

`python -m tests.bench.screen.load`, the task as JSON on standard input, as of `tests.bench.chat.load`.
"""

import json
import sys
import time
from typing import Any, Final
from uuid import uuid4

import uvloop

from tests.bench.chat.load import TEXTS, Load
from tests.bench.chat.wire import Wire

# Digits would be looked at as a number that may have to be masked.
LETTERS: Final = str.maketrans("0123456789", "abcdefghij")


class ScreenLoad(Load):
    """Posts texts that end in the millisecond of their sending, by the clock that the browser has too."""

    def post(self, wire: Wire) -> None:
        self.number += 1
        sent = f"{time.time() * 1000:.0f}".translate(LETTERS)
        text = f"{TEXTS[self.number % len(TEXTS)]} zz{sent}"
        frame: dict[str, Any] = {"v": 1, "type": "message.post", "client_id": str(uuid4())}
        wire.send(json.dumps({**frame, "conversation": wire.facts["conversation"], "text": text}).encode())


async def main() -> None:
    load = ScreenLoad(json.loads(sys.stdin.readline()))
    await load.open_all()
    await load.run()


if __name__ == "__main__":
    uvloop.run(main())
