"""The runs of `prove frames [--frames N]`: sockets of visitors and members, and the fallback."""

import argparse
import asyncio
import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import httpx

from helpdesk.launch.prove import Scratch
from tests.bench.chat.process import memory_kib
from tests.bench.chat.wire import Wire, dial
from tests.support.progress import say

FULL: Final = 1_000_000
VISITORS: Final = 12
AGENTS: Final = 4
POSTERS: Final = 4
# Of all frames; a request costs a hundred times what a frame does.
OVER_HTTP: Final = 0.003
WARM: Final = 0.1
MAX_GROWTH: Final = 0.05
# What the server logs when something got past everything that should have answered it.
UNHANDLED: Final = re.compile(
    r"Traceback|command failed|task failed|event not shown|batch not stored|not read|\"level\": \"(error|critical)\""
)
# The server's own word for text that is not UTF-8 (RFC 6455, section 8.1); it has closed the socket with 1007.
HANDLED: Final = "Invalid UTF-8 sequence received from client."


def main(arguments: Sequence[str], scratch: Scratch) -> dict[str, Any]:
    """Send the frames; the result counts what broke."""
    parser = argparse.ArgumentParser(prog="manage.py prove frames")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--frames", type=int, default=FULL)
    options = parser.parse_args(arguments)

    import django

    django.setup()
    from tests.bench.chat import seed
    from tests.support import server

    places = seed.sow(2, VISITORS)
    log = Path(tempfile.mkdtemp(dir=scratch.data.path)) / "web.log"
    with server.running(log=log, LOG_LEVEL="WARNING", CHAT_LIMITS_TIMES="1000000") as served:
        result = asyncio.run(_Run(served, places, options.frames).run())
    unhandled = unhandled_in(log.read_text(errors="replace"))
    for line in unhandled[:5]:
        say(line)
    result["unhandled"] = len(unhandled)
    return {"ok": _is_ok(result, options.frames), **result}


def unhandled_in(log: str) -> list[str]:
    """Return the lines of a log that tell of something nobody had foreseen; of a traceback, where it was and what."""
    lines = log.splitlines()
    found = (number for number, line in enumerate(lines) if UNHANDLED.search(line) and HANDLED not in line)
    told = ((number, _told(lines, number)) for number in found)
    # The server shows with its word where it met such text: that traceback alone, right below it.
    return [text for number, text in told if not (HANDLED in lines[number - 1] and "UnicodeDecodeError" in text)]


def _told(lines: list[str], number: int) -> str:
    if "Traceback" not in lines[number]:
        return lines[number]
    rest = lines[number + 1 : number + 200]
    end = next((place for place, line in enumerate(rest) if not line.startswith(" ")), len(rest))
    return " | ".join([lines[number], *(line.strip() for line in rest[max(0, end - 2) : end + 1])])


def _is_ok(result: dict[str, Any], asked: int) -> bool:
    return bool(
        result["frames"] >= asked and not result["unhandled"] and result["healthy"] and not result["http_5xx"]
        and result["memory_growth"] < MAX_GROWTH
    )  # fmt: skip


class _Run:
    def __init__(self, served: Any, places: list[Any], frames: int) -> None:
        self.served, self.places, self.frames = served, places, frames
        self.http_frames = self.http_5xx = 0

    async def run(self) -> dict[str, Any]:
        began = time.monotonic()
        warm = await self._stretch(int(self.frames * WARM), seed=1)
        before = memory_kib(self.served.pid)
        rest = await self._stretch(self.frames - warm, seed=1000)
        growth = memory_kib(self.served.pid) / before - 1
        took = time.monotonic() - began
        say(f"{warm + rest} frames in {took:.0f} s, memory {growth:+.1%} after the first tenth")
        return {
            "frames": warm + rest, "http_frames": self.http_frames, "http_5xx": self.http_5xx,
            "reopened": self.reopened, "answers": self.answers, "memory_growth": round(growth, 4),
            "healthy": await self._is_healthy(),
        }  # fmt: skip

    reopened = answers = 0

    async def _stretch(self, frames: int, *, seed: int) -> int:
        from tests.proofs.frames.fuzz import Fuzzer
        from tests.proofs.frames.mutations import Mutator

        over_http = max(POSTERS, int(frames * OVER_HTTP))
        each = -(-(frames - over_http) // (VISITORS + AGENTS))
        fuzzers = []
        for number in range(VISITORS + AGENTS):
            place = self.places[number % len(self.places)]
            index, is_agent = number // len(self.places) % len(place.conversations), number >= VISITORS
            mutator = Mutator(seed + number, place.conversations[index], is_agent=is_agent)
            fuzzers.append(Fuzzer(mutator, self._connecting(place, index, is_agent=is_agent)))
        posters = [
            self._post(over_http // POSTERS + 1, seed + 500 + number, is_agent=bool(number % 2))
            for number in range(POSTERS)
        ]
        await asyncio.gather(*(fuzzer.run(each) for fuzzer in fuzzers), *posters)
        self.reopened += sum(fuzzer.reopened for fuzzer in fuzzers)
        self.answers += sum(fuzzer.answers for fuzzer in fuzzers)
        return sum(fuzzer.sent for fuzzer in fuzzers) + POSTERS * (over_http // POSTERS + 1)

    def _connecting(self, place: Any, index: int, *, is_agent: bool) -> Any:
        async def connect(heard: Any) -> Wire:
            from chat import authentication

            opened = asyncio.get_running_loop().create_future()

            def hear(wire: Wire, payload: bytes) -> None:
                if not opened.done() and b"session.opened" in payload[:60]:
                    opened.set_result(None)
                heard(wire, payload)

            position = f'[{{"conversation":"{place.conversations[index]}"}}]'
            if is_agent:
                path = f"/ws/agent/{place.tenant.slug}/"
                wire = await dial(self.served.port, path, hear, cookie=place.cookies[index % len(place.cookies)])
                wire.send(f'{{"v":1,"type":"session.open","conversations":{position}}}'.encode())
            else:
                ticket = await asyncio.to_thread(authentication.issue_ticket, place.visitors[index])
                wire = await dial(self.served.port, "/ws/visitor/", hear)
                opening = f'{{"v":1,"type":"session.open","ticket":"{ticket}","conversations":{position}}}'
                wire.send(opening.encode())
            await asyncio.wait_for(opened, 30)
            return wire

        return connect

    async def _post(self, count: int, seed: int, *, is_agent: bool) -> None:
        from tests.proofs.frames.mutations import Mutator

        place = self.places[0]
        address, sender = self._member(place) if is_agent else await self._visitor(place)
        mutator = Mutator(seed, place.conversations[0], is_agent=is_agent)
        headers = {"Host": self.served.host, "Origin": self.served.origin, **sender}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.served.port}", headers=headers) as client:
            for _ in range(count):
                answer = await client.post(address, content=mutator.frame(), timeout=60)
                self.http_frames += 1
                # 503 is an answer of the protocol's own: busy, come back.
                self.http_5xx += answer.status_code >= 500 and answer.status_code != 503

    async def _visitor(self, place: Any) -> tuple[str, dict[str, str]]:
        from asgiref.sync import sync_to_async

        from chat.authentication import new_token
        from chat.models import Inbox
        from tenants.scoping import tenant_scope

        def key() -> str:
            with tenant_scope(place.tenant):
                return str(Inbox.objects.get().widget_key)

        return f"/w/{await sync_to_async(key)()}/frames", {"X-Hushdesk-Session": new_token()}

    def _member(self, place: Any) -> tuple[str, dict[str, str]]:
        from django.conf import settings

        token = "t" * 32
        cookie = f"{place.cookies[0]}; {settings.CSRF_COOKIE_NAME}={token}"
        sender = {"Cookie": cookie, "X-CSRFToken": token, "Content-Type": "application/json"}
        return f"/o/{place.tenant.slug}/frames/", sender

    async def _is_healthy(self) -> bool:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.served.port}") as client:
            answer = await client.get("/readyz", headers={"Host": self.served.host}, timeout=20)
        return answer.status_code == 200
