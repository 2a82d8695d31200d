"""Frames as a client would send them, and what a fuzzer makes of them."""

import json
import random
from typing import Any, Final
from uuid import uuid4

from chat.protocol.commands import AGENT_COMMANDS, VISITOR_COMMANDS, named

# What has broken parsers before: depth, width, numbers without end, halves of characters, names that mean something.
TOKENS: Final = (
    b"null", b"true", b"-0", b"1e999", b"NaN", b"Infinity", b"-1", b"2147483648", b"9" * 400, b'""', b'"\\ud800"',
    b'"\\u0000"', b"[]", b"{}", b"[" * 600, b'{"a":' * 300, b'"' + b"x" * 9000 + b'"', b"\xf0\x9f\x92\xa9", b"\xff\xfe",
    b'"__proto__"', b'"v"', b'"type"', b'"text"', b'"conversation"', b"\\", b'"', b"{", b"}", b",", b":", b"\x00",
    b'"4111 1111 1111 1111"', "\u202e".encode(), b"\r\n", b"' OR 1=1 --", b"<script>",
)  # fmt: skip
TEXTS: Final = (
    "Hello",
    "4111 1111",
    "1111 1111",
    "x" * 200,
    "\u202eabc",
    "e\u0301" * 40,
    "my number is 4l11",
    "👩‍👩‍👧",
    " . ",
)


class Mutator:
    """Makes frames for one socket. The same seed makes the same frames."""

    def __init__(self, seed: int, conversation: str, *, is_agent: bool) -> None:
        self.dice = random.Random(seed)
        self.conversation = conversation
        self.types = sorted(named(AGENT_COMMANDS if is_agent else VISITOR_COMMANDS))

    def frame(self) -> bytes:
        """Return a frame: one in fifty as it should be, the others with up to six changes."""
        whole = json.dumps(self._command()).encode()
        if self.dice.random() < 0.02:
            return whole
        for _ in range(self.dice.randint(1, 6)):
            whole = self._changed(whole)
        return whole[:70_000]

    def _command(self) -> dict[str, Any]:
        dice = self.dice
        fields: dict[str, Any] = {
            "v": 1,
            "type": dice.choice([*self.types, "conversation.assign", "message.posted", ""]),
            "client_id": str(uuid4()),
            "conversation": dice.choice([self.conversation, self.conversation, str(uuid4()), "nowhere"]),
            "text": dice.choice(TEXTS),
            "after_sequence": dice.choice([0, 1, 2**31 - 1, -1, 10**30]),
            "sequence": dice.choice([0, 1, 2**31 - 1, -1, True]),
            "seen": dice.choice([True, False, 1]),
            "on": dice.choice([True, False, None]),
            "kind": dice.choice(["public", "note", "activity"]),
            "conversations": [{"conversation": self.conversation}] * dice.choice([0, 1, 51]),
            "ticket": "x" * dice.choice([1, 128, 129]),
        }
        if dice.random() < 0.9:
            wanted = {
                "message.post": ("client_id", "conversation", "text", "kind"),
                "conversation.start": ("client_id",),
                "typing.set": ("conversation", "on"),
                "read.mark": ("conversation", "sequence", "seen"),
                "heartbeat": (),
            }.get(fields["type"], ("conversation", "after_sequence"))
            fields = {name: fields[name] for name in ("v", "type", *wanted)}
        return fields

    def _changed(self, frame: bytes) -> bytes:
        dice = self.dice
        at = dice.randint(0, len(frame))
        to = min(len(frame), at + dice.randint(0, 24))
        change = dice.randrange(6)
        if change == 0:
            return frame[:at] + dice.choice(TOKENS) + frame[at:]
        if change == 1:
            return frame[:at] + dice.choice(TOKENS) + frame[to:]
        if change == 2:
            return frame[:at] + frame[to:]
        if change == 3:
            return frame[:to] + frame[at:to] * dice.randint(1, 30) + frame[to:]
        if change == 4:
            return frame[:at] + dice.randbytes(dice.randint(1, 8)) + frame[to:]
        return bytes(byte ^ (1 << dice.randrange(8)) if dice.random() < 0.02 else byte for byte in frame)
