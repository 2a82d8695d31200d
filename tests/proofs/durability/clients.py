"""Everyone who chats, in a process of their own: orders on standard input, one JSON line for each on standard output.

    {"ask": "state"}    how many connections are open, what waits in outboxes, how far each side has come
    {"ask": "cut", "share": 0.2}   so many connections are lost at once
    {"ask": "last_words"}   everybody says one more thing, and nobody anything after it
    {"ask": "history"}      what everyone did and saw

The first line names who there is. Nothing of Django runs here: what these clients know, they know from the wire.
"""

import asyncio
import contextlib
import json
import random
import sys
from typing import Any, Final

from tests.proofs.durability.line import Frame, Line, RefusedError
from tests.proofs.durability.thread import Thread

WORDS: Final = (
    "thanks",
    "parcel",
    "blue",
    "where",
    "when",
    "tomorrow",
    "invoice",
    "broken",
    "please",
    "again",
    "lovely",
)
# Of a hundred messages so many hold a card, are the piece of a number, are a note.
CARDS, PIECES, NOTES = 2, 1, 10
HTTP_WITHIN_S: Final = 10.0
# After it has come back, the widget asks for what stands beside the conversation (`chat/static/chat/widget/main.js`).
ASKED_LATER_S: Final = (1.0, 5.0)
MAX_ORDER_BYTES: Final = 1024 * 1024


class Everyone:
    """All clients of one run."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.dice = random.Random(told["seed"])
        self.ports: list[int] = told["ports"]
        self.every_s: float = told["every_s"]
        self.visitors: dict[str, Thread] = {}
        self.agents: dict[str, Thread] = {}
        self.lines: list[Line] = []
        self.is_talking = True
        for one in told["visitors"]:
            self._visitor(one)
        for one in told["agents"]:
            self._agent(one)

    async def run(self, orders: asyncio.StreamReader) -> None:
        """Chat, and answer orders until there are no more."""
        tasks = [asyncio.create_task(line.run()) for line in self.lines]
        for side, threads in (("visitor", self.visitors), ("agent", self.agents)):
            tasks += [asyncio.create_task(self._talk(thread, side)) for thread in threads.values()]
        while line := await orders.readline():
            for broken in [error for task in tasks if task.done() and (error := task.exception())]:
                raise broken
            print(json.dumps(self._answer(json.loads(line))), flush=True)

    def _answer(self, order: Frame) -> Any:
        if order["ask"] == "cut":
            lines = self.dice.sample(self.lines, max(1, int(len(self.lines) * order["share"])))
            for line in lines:
                line.cut()
            return len(lines)
        if order["ask"] == "last_words":
            self.is_talking = False
            for thread in (*self.visitors.values(), *self.agents.values()):
                thread.post(f"good-bye {self._name()}")
            return True
        if order["ask"] == "history":
            return self._sides(lambda thread: thread.history()) | {
                "connects": sum(line.connects for line in self.lines),
                "refusals": sum(line.refusals for line in self.lines),
            }
        return self._sides(lambda thread: thread.last) | {
            "open": sum(line.is_open for line in self.lines),
            "waiting": sum(len(each.outbox) for each in (*self.visitors.values(), *self.agents.values())),
        }

    def _sides(self, look: Any) -> dict[str, Any]:
        sides = {"visitor": self.visitors, "agent": self.agents}
        return {side: {key: look(each) for key, each in threads.items()} for side, threads in sides.items()}

    async def _talk(self, thread: Thread, side: str) -> None:
        while True:
            await asyncio.sleep(self.every_s * self.dice.uniform(0.3, 1.7))
            if not self.is_talking:
                return
            percent = self.dice.uniform(0, 100)
            if percent < CARDS:
                thread.post(f"take 4111 1111 1111 1111 for {self._name()}")
            elif percent < CARDS + PIECES:
                thread.post(f"{self.dice.randrange(1000, 9999)} {self.dice.randrange(1000, 9999)}")
            elif side == "agent" and percent < CARDS + PIECES + NOTES:
                thread.post(f"to myself {self._name()}", "note")
            else:
                words = self.dice.choices(WORDS, k=self.dice.randint(2, 12))
                thread.post(f"{' '.join(words)} {self._name()}")

    def _name(self) -> str:
        """A word that is said once; of letters, which no rule masks."""
        return "".join(self.dice.choices("bcdfghjkmpqrstvwxz", k=12))

    def _visitor(self, told: dict[str, Any]) -> None:
        async def greet(ticket: str | None) -> Frame:
            nonlocal is_behind
            is_behind = ticket is not None
            ticket = ticket or await self._ticket(told)
            return {"v": 1, "type": "session.open", "ticket": ticket, "conversations": [thread.position()]}

        def hear(event: Frame) -> None:
            if event["type"] == "session.opened" and is_behind:
                asking.add(task := asyncio.create_task(self._ask_later(told)))
                task.add_done_callback(asking.discard)
            thread.hear(event)

        is_behind = False
        asking: set[asyncio.Task[None]] = set()
        line = Line(self.ports, "/ws/visitor/", self.dice, greet=greet)
        thread = self.visitors[told["conversation"]] = Thread(line, told["conversation"])
        line.hear, line.lost = hear, thread.lost
        self.lines.append(line)

    def _agent(self, told: dict[str, Any]) -> None:
        async def greet(_: str | None) -> Frame:
            positions = [thread.position() for thread in threads.values()]
            return {"v": 1, "type": "session.open", "conversations": positions}

        def hear(event: Frame) -> None:
            kind = event["type"]
            if kind in ("session.opened", "heartbeat", "error"):
                for thread in threads.values():
                    thread.hear(event)
            elif (thread := threads.get(event.get("conversation", ""))) is not None:
                thread.hear(event)

        def lost() -> None:
            for thread in threads.values():
                thread.lost()

        line = Line(self.ports, f"/ws/agent/{told['slug']}/", self.dice, cookie=told["cookie"], greet=greet)
        threads = {each: Thread(line, each) for each in told["conversations"]}
        line.hear, line.lost = hear, lost
        self.agents |= threads
        self.lines.append(line)

    async def _ask_later(self, told: dict[str, Any]) -> None:
        """Ask for what the widget shows beside the conversation, as it does when it has come back by a ticket left."""
        await asyncio.sleep(self.dice.uniform(*ASKED_LATER_S))
        with contextlib.suppress(OSError, TimeoutError, RefusedError):
            await self._ticket(told)

    async def _ticket(self, told: dict[str, Any]) -> str:
        """Ask for a ticket as the widget does, of whichever web process answers."""
        for port in self.dice.sample(self.ports, len(self.ports)):
            try:
                return await asyncio.wait_for(self._asked(port, told), HTTP_WITHIN_S)
            except ConnectionRefusedError:
                continue
        raise RefusedError

    async def _asked(self, port: int, told: dict[str, Any]) -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        host = f"app.localhost:{port}"
        request = (
            f"POST /w/{told['widget_key']}/session HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
            f"Sec-Fetch-Site: same-origin\r\nX-Hushdesk-Session: {told['token']}\r\nContent-Type: application/json\r\n"
            # From home each: what an address may ask for in a second is not what this proof is about.
            f"X-Forwarded-For: {told['address']}\r\n"
            "Content-Length: 2\r\nConnection: close\r\n\r\n{}"
        )
        try:
            writer.write(request.encode())
            answer = await reader.read()
        finally:
            writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        if b" 200 " not in head[:20]:
            raise RefusedError(_retry_after_s(head))
        return str(json.loads(body)["ticket"])


def _retry_after_s(head: bytes) -> float:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"retry-after":
            return float(value)
    return 0.0


async def main() -> None:
    """Take the first line and all that follow."""
    orders = asyncio.StreamReader(limit=MAX_ORDER_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    await Everyone(json.loads(await orders.readline())).run(orders)


if __name__ == "__main__":
    asyncio.run(main())
