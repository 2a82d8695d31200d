"""Load on a server, from a process of its own: `python -m tests.bench.chat.load`, the task as JSON on standard input.

It tells when a measured stretch begins and ends, so that whoever started it can look at the server's clock.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import uuid4

import uvloop

from tests.bench.chat.wire import Wire, dial

TEXTS: Final = (
    "Hello, is anybody there? I have a question about the order I placed last week.",
    "Thanks! The parcel says delivered, but there is nothing at the door and the neighbours have seen nothing.",
    "Could you look whether the blue one in size M is in stock again?",
    "It happens when I open the settings page and press save; then it says something went wrong.",
    "ok",
    "I wrote to support on Monday and have not heard back. The reference is HD-48213, from the confirmation mail.",
    "Sure, one moment please, I will have a look.",
    "Can I still change the delivery address? We have moved to the house next door.",
)
OPENING: Final = 32
ACKNOWLEDGED: Final = b'"type":"message.acknowledged"'
POSTED: Final = b'"type":"message.posted"'
OPENED: Final = b'"type":"session.opened"'
RESUMED: Final = b'"type":"conversation.resumed"'
HEARTBEAT: Final = b'"type":"heartbeat"'
ERROR: Final = b'"type":"error"'


def tell(mark: str, **facts: Any) -> None:
    print(json.dumps({"mark": mark, **facts}), flush=True)


class Load:
    """Sockets of one task and what they have seen."""

    def __init__(self, task: dict[str, Any]) -> None:
        self.task = task
        self.sent: dict[str, float] = {}
        self.latencies: list[float] = []
        self.delivered = 0
        self.errors = 0
        self.visitors: list[Wire] = []
        self.agents: list[Wire] = []
        self.number = 0
        self.is_ceiling = task["mode"] == "ceiling"
        self.takers: dict[bytes, Callable[[Wire, bytes], None]] = {
            POSTED: self.heard_posted,
            ACKNOWLEDGED: self.heard_acknowledged,
            OPENED: lambda wire, _: wire.facts["opened"].set_result(None),
            RESUMED: lambda wire, _: wire.facts["resumed"].set_result(None),
            HEARTBEAT: lambda wire, _: wire.send(b'{"v":1,"type":"heartbeat"}'),
            ERROR: self.heard_error,
        }

    # Sockets --------------------------------------------------------------------------------------------------

    async def open_all(self) -> None:
        task = self.task
        if task["kind"] == "echo":
            self.visitors = await self._each([{}] * task["sockets"], self._open_echo)
            return
        self.agents = await self._each(task["agents"], self.open_agent)
        self.visitors = await self._each(task["visitors"], self.open_visitor)

    async def _each(
        self, facts: list[dict[str, Any]], opening: Callable[[dict[str, Any]], Awaitable[Wire]]
    ) -> list[Wire]:
        gate = asyncio.Semaphore(OPENING)

        async def one(fact: dict[str, Any]) -> Wire:
            async with gate:
                return await opening(fact)

        return list(await asyncio.gather(*(one(fact) for fact in facts)))

    async def _open_echo(self, _: dict[str, Any]) -> Wire:
        return await dial(self.task["port"], "/", self.heard_echo)

    async def open_visitor(self, fact: dict[str, Any]) -> Wire:
        wire = await dial(self.task["port"], "/ws/visitor/", self.heard)
        return await self._session(wire, fact, ticket=fact["ticket"])

    async def open_agent(self, fact: dict[str, Any]) -> Wire:
        wire = await dial(self.task["port"], f"/ws/agent/{fact['slug']}/", self.heard, cookie=fact["cookie"])
        return await self._session(wire, fact)

    async def _session(self, wire: Wire, fact: dict[str, Any], **more: Any) -> Wire:
        loop = asyncio.get_running_loop()
        wire.facts = {"conversation": fact["conversation"], "opened": loop.create_future(), "is_visitor": bool(more)}
        position = {"conversation": fact["conversation"], "after_sequence": fact.get("after", 0)}
        opening = {"v": 1, "type": "session.open", "conversations": [position], **more}
        wire.send(json.dumps(opening).encode())
        await asyncio.wait_for(wire.facts["opened"], 30)
        if self.task["mode"] == "connect":
            wire.facts["resumed"] = loop.create_future()
            wire.send(json.dumps({"v": 1, "type": "conversation.resume", **position}).encode())
            await asyncio.wait_for(wire.facts["resumed"], 30)
        return wire

    # What comes -----------------------------------------------------------------------------------------------

    def heard_echo(self, wire: Wire, payload: bytes) -> None:
        self.arrived(payload[:36].decode())
        if self.is_ceiling:
            self.post(wire)

    def heard(self, wire: Wire, payload: bytes) -> None:
        head = payload[:48]
        for kind, take in self.takers.items():
            if kind in head:
                take(wire, payload)
                return

    def heard_posted(self, wire: Wire, payload: bytes) -> None:
        # Delivered is what the agent's side hears; a visitor's own echo is not counted.
        if not wire.facts["is_visitor"]:
            at = payload.find(b'"client_id":"') + 13
            self.arrived(payload[at : at + 36].decode())

    def heard_acknowledged(self, wire: Wire, payload: bytes) -> None:
        if self.is_ceiling:
            self.post(wire)

    def heard_error(self, wire: Wire, payload: bytes) -> None:
        self.errors += 1
        if self.errors < 4:
            print(payload.decode(), file=sys.stderr)
        self.heard_acknowledged(wire, payload)

    def arrived(self, client_id: str) -> None:
        sent_at = self.sent.pop(client_id, None)
        if sent_at is not None:
            self.delivered += 1
            self.latencies.append(time.perf_counter() - sent_at)

    # What goes ------------------------------------------------------------------------------------------------

    def post(self, wire: Wire) -> None:
        self.number += 1
        client_id, text = str(uuid4()), TEXTS[self.number % len(TEXTS)]
        self.sent[client_id] = time.perf_counter()
        if self.task["kind"] == "echo":
            wire.send(f"{client_id} {text}".encode())
            return
        wire.send(
            f'{{"v":1,"type":"message.post","client_id":"{client_id}",'
            f'"conversation":"{wire.facts["conversation"]}","text":"{text}"}}'.encode()
        )

    async def run(self) -> None:
        if self.task["mode"] == "idle":
            tell("begin")
            sys.stdin.readline()
            return
        posting = asyncio.create_task(self._at_rate()) if not self.is_ceiling else None
        if self.is_ceiling:
            for wire in self.visitors:
                for _ in range(self.task["window"]):
                    self.post(wire)
        await asyncio.sleep(self.task["warm_s"])
        self.delivered, self.latencies = 0, []
        tell("begin")
        began = time.perf_counter()
        await asyncio.sleep(self.task["run_s"])
        delivered, latencies, took = self.delivered, sorted(self.latencies), time.perf_counter() - began
        tell("end", per_s=delivered / took, delivered=delivered, errors=self.errors, **percentiles(latencies))
        if posting is not None:
            posting.cancel()

    async def _at_rate(self) -> None:
        """At even distances, and caught up with when the loop was late: what waits counts as latency."""
        began, number = time.perf_counter(), 0
        while True:
            due = int((time.perf_counter() - began) * self.task["rate"])
            while number < due:
                self.post(self.visitors[number % len(self.visitors)])
                number += 1
            await asyncio.sleep(0.001)


def percentiles(latencies: list[float]) -> dict[str, float]:
    if not latencies:
        return {"p50_ms": 0.0, "p95_ms": 0.0, "p99_ms": 0.0}
    return {
        f"p{percent}_ms": latencies[min(len(latencies) - 1, len(latencies) * percent // 100)] * 1000
        for percent in (50, 95, 99)
    }


async def main() -> None:
    task = json.loads(sys.stdin.readline())
    load = Load(task)
    if task["mode"] == "connect":
        tell("begin")
        began = time.perf_counter()
        await load.open_all()
        took = time.perf_counter() - began
        count = len(load.visitors) + len(load.agents)
        tell("end", per_s=count / took, delivered=count, errors=load.errors)
        return
    await load.open_all()
    await load.run()


if __name__ == "__main__":
    uvloop.run(main())
