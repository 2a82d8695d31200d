"""The runs of `bench chat` and the figures they must hold (docs/benchmarks.md says how they are taken)."""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from tests.bench.chat import page
from tests.support.progress import say

CHAT: Final = "helpdesk.asgi:application"
ECHO: Final = "tests.bench.chat.baselines:echo"
STOCK: Final = "tests.bench.chat.baselines:stock()"
FRAMES: Final = "tests.bench.chat.baselines:frames()"
NO_DATABASE: Final = "tests.bench.chat.baselines:no_database()"
TENANTS: Final = 20
SOCKETS: Final = 200
LATENCY_SOCKETS: Final = 1000
RATE: Final = 200
WINDOW: Final = 4
IDLE: Final = 1000
WARM_IDLE: Final = 100
VISITOR_CONNECTS: Final = 2000
AGENT_CONNECTS: Final = 1000
SEAL_TEXTS: Final = 2000

HOLDS: Final[dict[str, Callable[[float], bool]]] = {
    "ceiling_vs_echo": lambda ratio: ratio >= 0.14,
    "cpu_vs_floor": lambda ratio: ratio <= 2.2,
    "ceiling_vs_stock": lambda ratio: ratio >= 5,
    "durable_vs_no_database": lambda ratio: ratio >= 0.80,
    "p95_minus_echo_ms": lambda ms: ms <= 5,
    "idle_socket_vs_bare": lambda ratio: ratio <= 1.6,
    "visitor_connects_per_s": lambda per_s: per_s >= 500,
    "agent_connects_per_s": lambda per_s: per_s >= 200,
    "tenants": lambda count: count >= 20,
    "errors": lambda count: count == 0,
}


def main(argv: Sequence[str]) -> int:
    """Run on servers of its own; the last line is the result."""
    from helpdesk.launch import prove

    options = parse(argv)
    if given := prove.foreign(os.environ):
        print(f"A bench starts its own servers: unset {', '.join(given)}.", file=sys.stderr)
        return 1
    from tests.bench.chat.process import OTHER_CORES

    # Whatever is started from here on stays off the server's core.
    os.sched_setaffinity(0, OTHER_CORES)
    # A message counts as stored when it is on the disk, as in a deployment.
    with prove.scratch(careless=False):
        result = Bench(options.seconds).run()
    if options.write:
        page.write(result)
    print(json.dumps(result), flush=True)
    return 0 if result["ok"] else 1


def parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py bench chat", description="What a core of the chat delivers.")
    parser.add_argument("--json", action="store_true", help="the last line is JSON with and without it")
    parser.add_argument(
        "--seconds", type=float, default=6.0, help="length of a measured stretch (default: %(default)s)"
    )
    parser.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md")
    return parser.parse_args(argv)


class Bench:
    """One run of all comparisons, on one set of organisations."""

    def __init__(self, seconds: float) -> None:
        import django

        django.setup()
        from tests.bench.chat import seed

        self.seconds = seconds
        began = time.monotonic()
        self.places = seed.sow(TENANTS, LATENCY_SOCKETS // 2)
        self.seed = seed
        say(f"{TENANTS} organisations with {LATENCY_SOCKETS // 2} conversations in {time.monotonic() - began:.0f} s")

    def run(self) -> dict[str, Any]:
        from tests.bench.chat.process import CORES, SERVER_CORE, daphne

        echo = self.ceiling(ECHO)
        chat = self.ceiling(CHAT)
        frames = self.ceiling(FRAMES)
        no_database = self.ceiling(NO_DATABASE)
        stock = self.ceiling(STOCK)
        echo_p95, chat_p95 = self.latency(ECHO), self.latency(CHAT)
        masked_us = self.masked_us()
        floor_us = 1.5 * echo.cpu_us + masked_us
        idle = self.idle(CHAT) / self.idle(ECHO)
        visitor_connects, agent_connects = self.connects()
        result: dict[str, Any] = {
            "ceiling_per_s": round(chat.per_s),
            "ceiling_vs_echo": round(chat.per_s / echo.per_s, 3),
            "cpu_vs_floor": round(chat.cpu_us / floor_us, 2),
            "ceiling_vs_stock": round(chat.per_s / stock.per_s, 2),
            "durable_vs_no_database": round(chat.per_s / no_database.per_s, 2),
            "p95_ms": round(chat_p95["p95_ms"], 2),
            "p95_minus_echo_ms": round(chat_p95["p95_ms"] - echo_p95["p95_ms"], 2),
            "idle_socket_vs_bare": round(idle, 2),
            "visitor_connects_per_s": round(visitor_connects),
            "agent_connects_per_s": round(agent_connects),
            "tenants": TENANTS,
            "errors": sum(seen.told["errors"] for seen in (echo, chat, frames, no_database, stock)),
            "echo_per_s": round(echo.per_s),
            "stock_per_s": round(stock.per_s),
            "frames_per_s": round(frames.per_s),
            "no_database_per_s": round(no_database.per_s),
            "cpu_us": round(chat.cpu_us, 1),
            "echo_cpu_us": round(echo.cpu_us, 1),
            "frames_cpu_us": round(frames.cpu_us, 1),
            "stock_cpu_us": round(stock.cpu_us, 1),
            "no_database_cpu_us": round(no_database.cpu_us, 1),
            "mask_and_seal_us": round(masked_us, 1),
            "p50_ms": round(chat_p95["p50_ms"], 2),
            "p99_ms": round(chat_p95["p99_ms"], 2),
            "daphne_ceiling_per_s": round(self.ceiling(CHAT, daphne).per_s),
            "cores": len(CORES),
            "server_core": min(SERVER_CORE),
        }
        missed = [name for name, holds in HOLDS.items() if not holds(result[name])]
        return {"ok": not missed, **result, "missed": missed}

    def ceiling(self, application: str, server: Any = None) -> Any:
        """Run as fast as the server's core goes: each visitor has so many messages under way."""
        from tests.bench.chat.process import measured, serving, uvicorn

        with serving(application, server or uvicorn) as served:
            seen = measured(served, {**self.sockets(application, SOCKETS), **self.stretch("ceiling")})
        others = ", ".join(
            f"{name} {used * 1e6 / max(1, seen.told['delivered']):.0f}" for name, used in seen.others_s.items()
        )
        say(
            f"{application.split(':')[1]}: {seen.per_s:.0f} messages/s, {seen.cpu_us:.0f} µs each of the server's core"
            f", its core {100 * seen.cpu_s / self.seconds:.0f} % busy, {seen.told['errors']} errors; "
            f"of the other core {others} µs"
        )
        return seen

    def latency(self, application: str) -> dict[str, float]:
        """At 200 messages a second on 1,000 sockets."""
        from tests.bench.chat.process import measured, serving

        with serving(application) as served:
            task = {**self.sockets(application, LATENCY_SOCKETS), **self.stretch("rate")}
            told = measured(served, task).told
        say(f"{application.split(':')[1]}: p50 {told['p50_ms']:.2f}, p95 {told['p95_ms']:.2f} ms at {RATE}/s")
        return told

    def idle(self, application: str) -> float:
        """Return KiB for a silent socket that has signed in and follows a conversation."""
        from tests.bench.chat.process import idle_kib, serving

        with serving(application) as served:
            tasks = [self.sockets(application, count, agents=False) for count in (WARM_IDLE, IDLE)]
            kib = idle_kib(served, *tasks, IDLE)
        say(f"{application.split(':')[1]}: {kib:.1f} KiB a silent socket")
        return kib

    def connects(self) -> tuple[float, float]:
        """Return how many visitors, then members, a second connect, sign in and resume, all wanting to at once."""
        from tests.bench.chat.process import measured, serving

        with serving(CHAT) as served:
            warm = {"kind": "chat", "mode": "connect", "agents": self.seed.agents(self.places, 50)}
            measured(served, {**warm, "visitors": self.seed.visitors(self.places, 50)})
            visitors = measured(
                served,
                {"kind": "chat", "mode": "connect", "agents": [],
                 "visitors": self.seed.visitors(self.places, VISITOR_CONNECTS)},
            )  # fmt: skip
            say(f"visitors connect: {visitors.per_s:.0f}/s, {visitors.cpu_us:.0f} µs each")
            agents = measured(
                served,
                {"kind": "chat", "mode": "connect", "visitors": [],
                 "agents": self.seed.agents(self.places, AGENT_CONNECTS)},
            )  # fmt: skip
            say(f"members connect: {agents.per_s:.0f}/s, {agents.cpu_us:.0f} µs each")
        return visitors.per_s, agents.per_s

    def sockets(self, application: str, count: int, *, agents: bool = True) -> dict[str, Any]:
        if application == ECHO:
            return {"kind": "echo", "sockets": count}
        half = count // 2 if agents else count
        return {
            "kind": "chat",
            "visitors": self.seed.visitors(self.places, half),
            "agents": self.seed.agents(self.places, half) if agents else [],
        }

    def stretch(self, mode: str) -> dict[str, Any]:
        return {"mode": mode, "warm_s": 2.0, "run_s": self.seconds, "window": WINDOW, "rate": RATE}

    def masked_us(self) -> float:
        """Return what the masking engine and the cipher take for a message, on the server's core."""
        from chat.actions.messages import _sealed, warm_up
        from chat.delivery.sealed import Draft
        from compliance import rule_sets
        from helpdesk.core import clock
        from helpdesk.core.ids import uuid7
        from tests.bench.chat.load import TEXTS
        from tests.bench.chat.process import OTHER_CORES, SERVER_CORE

        warm_up()
        place, now = self.places[0], clock.now()
        visitor = place.visitors[0]
        assert visitor.contact_id is not None
        assert visitor.session_id is not None
        draft = Draft(
            place.tenant.id, uuid7(), visitor.contact_id, "public", "visitor", visitor.session_id, uuid7(), now
        )
        os.sched_setaffinity(0, SERVER_CORE)
        rule_set = rule_sets.current(place.tenant.id)
        for number in range(200):
            _sealed(draft, TEXTS[number % len(TEXTS)], rule_set)
        began = time.process_time()
        for number in range(SEAL_TEXTS):
            _sealed(draft, TEXTS[number % len(TEXTS)], rule_set)
        spent = time.process_time() - began
        os.sched_setaffinity(0, OTHER_CORES)
        say(f"mask and seal: {spent * 1e6 / SEAL_TEXTS:.1f} µs")
        return spent * 1e6 / SEAL_TEXTS
