"""One side of one conversation, as `chat/static/chat/shared/thread.js` plays it, with a record of what it saw."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from uuid import uuid4

from tests.proofs.durability.line import Frame, Line

HOLD_S: Final = 0.2
ACKNOWLEDGED_WITHIN_S: Final = 10.0
RETRIES: Final = 5
PASSING: Final = ("too_fast", "being_checked", "unavailable")
# A sender whose message "could not be sent" presses the button.
BY_HAND_AFTER_S: Final = 1.0


@dataclass
class Posted:
    """A message from its sender's point of view. Instants are of the machine's steady clock."""

    client_id: str
    text: str
    kind: str
    posted_at: float
    tries: int = 0
    sequences: list[int] = field(default_factory=list)
    acknowledged_at: float | None = None


@dataclass
class Shown:
    """A message on a screen."""

    sequence: int
    client_id: str
    text: str
    shown_at: float


class Thread:
    """Sends with an outbox, shows in the order of the sequence, each once."""

    def __init__(self, line: Line, conversation: str) -> None:
        self.line, self.conversation = line, conversation
        self.posted: dict[str, Posted] = {}
        self.outbox: dict[str, Posted] = {}
        self.shown: list[Shown] = []
        self.replaced: set[int] = set()
        self.last = self.target = 0
        self.by_hand = 0
        self.refused: dict[str, int] = {}
        self._held: dict[int, Frame] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def post(self, text: str, kind: str = "public") -> None:
        """Write a message."""
        item = Posted(str(uuid4()), text, kind, time.monotonic())
        self.posted[item.client_id] = self.outbox[item.client_id] = item
        self._send(item)

    def position(self) -> Frame:
        """What to name in `session.open`."""
        return {"conversation": self.conversation, "after_sequence": self.last}

    def lost(self) -> None:
        """What was on its way may never have arrived, and goes again when there is a connection."""
        for client_id in self.outbox:
            self._cancel(client_id)

    def history(self) -> dict[str, Any]:
        """What this side did and saw."""
        return {
            "posted": [asdict(item) for item in self.posted.values()],
            "shown": [asdict(message) for message in self.shown],
            "replaced": sorted(self.replaced),
            "by_hand": self.by_hand,
            "refused": self.refused,
        }

    def hear(self, event: Frame) -> None:
        """Take an event that concerns this conversation."""
        handlers: dict[str, Callable[[Frame], None]] = {
            "message.acknowledged": self._acknowledged,
            "message.posted": self._offer,
            "message.remasked": lambda event: self.replaced.add(event["sequence"]),
            "conversation.resumed": self._resumed,
            "heartbeat": lambda event: self._expect(self._last_in(event)),
            "session.opened": self._opened,
            "error": self._refused,
        }
        if (handler := handlers.get(event["type"])) is not None:
            handler(event)

    def _opened(self, event: Frame) -> None:
        if self._last_in(event) > self.last:
            self._resume()
        for item in list(self.outbox.values()):
            self._send(item)

    def _resumed(self, event: Frame) -> None:
        for message in event["messages"]:
            self._offer(message)
        if not event["complete"] and event["messages"]:
            self._resume()

    def _acknowledged(self, event: Frame) -> None:
        self._cancel(event["client_id"])
        self.outbox.pop(event["client_id"], None)
        if (item := self.posted.get(event["client_id"])) is not None:
            item.sequences.append(event["sequence"])
            item.acknowledged_at = item.acknowledged_at or time.monotonic()
        self._expect(event["sequence"])

    def _offer(self, message: Frame) -> None:
        if message["sequence"] <= self.last:
            return
        self._held[message["sequence"]] = message
        while (ready := self._held.pop(self.last + 1, None)) is not None:
            self.last += 1
            self._cancel(ready["client_id"])
            self.outbox.pop(ready["client_id"], None)
            self.shown.append(Shown(self.last, ready["client_id"], ready["text"], time.monotonic()))
        if self._held:
            self._expect(message["sequence"])

    def _expect(self, sequence: int) -> None:
        self.target = max(self.target, sequence)
        if self.target > self.last and "gap" not in self._timers:
            self._later("gap", HOLD_S, self._mind_the_gap)

    def _mind_the_gap(self) -> None:
        if self.target > self.last:
            self._resume()

    def _resume(self) -> None:
        position = self.position()
        self.line.send({"v": 1, "type": "conversation.resume", **position})

    def _last_in(self, event: Frame) -> int:
        states = event.get("conversations", ())
        return next((one["last_sequence"] for one in states if one["conversation"] == self.conversation), 0)

    def _send(self, item: Posted) -> None:
        self._cancel(item.client_id)
        sent = self.line.send(
            {
                "v": 1, "type": "message.post", "client_id": item.client_id, "conversation": self.conversation,
                "text": item.text, "kind": item.kind,
            }
        )  # fmt: skip
        if sent:
            self._later(item.client_id, ACKNOWLEDGED_WITHIN_S, lambda: self._again(item, "unanswered"))

    def _again(self, item: Posted, code: str) -> None:
        item.tries += 1
        if (item.tries > RETRIES and code != "being_checked") or (code == "unanswered" and item.tries > 1):
            self.by_hand += 1
            item.tries = 0
            self._later(item.client_id, BY_HAND_AFTER_S, lambda: self._send(item))
        else:
            self._send(item)

    def _refused(self, event: Frame) -> None:
        code = event["code"]
        item = self.outbox.get(event.get("client_id") or "")
        if item is not None:
            self.refused[code] = self.refused.get(code, 0) + 1
        if item is not None and code in PASSING:
            wait_ms = (event.get("retry_ms") or 1000) * (2**item.tries if code == "unavailable" else 1)
            self._later(item.client_id, wait_ms / 1000, lambda: self._again(item, code))
        elif item is not None:
            self._cancel(item.client_id)

    def _later(self, name: str, delay_s: float, action: Callable[[], None]) -> None:
        self._cancel(name)

        def act() -> None:
            self._timers.pop(name, None)
            action()

        self._timers[name] = asyncio.get_running_loop().call_later(delay_s, act)

    def _cancel(self, name: str) -> None:
        if (timer := self._timers.pop(name, None)) is not None:
            timer.cancel()
