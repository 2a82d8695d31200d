"""The runs: chat, strike, let everyone come to rest, compare; with mutants again, on a product that is broken."""

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

import psycopg

from tests.proofs.durability import world as worlds
from tests.proofs.durability.judge import Fault, Verdict, judge, percentile, recoveries
from tests.proofs.durability.mutants import APPLICATION, MUTANTS, VARIABLE
from tests.proofs.durability.service import (
    DRAINED_WITHIN_S,
    KILLS,
    LAST,
    NO_KILLS,
    PRODUCT,
    Clients,
    Misfortune,
    Service,
    shares,
)
from tests.support.progress import say

CONVERSATIONS: Final = 50
# Enough that one is there while another starts, as in a deployment.
WEBS: Final = 3
# A start costs seconds of a core, and so does everybody's coming back: the short form is for a machine with other work.
WEBS_SHORT: Final = 2
CONVERSATIONS_SHORT: Final = 20
WARM_S: Final = 1.0
# Seconds from one fault to the next: most find things well again, some do not.
GAPS_S: Final = (1.0, 5.0)
GAPS_SHORT_S: Final = (0.1, 0.8)
# For each kill so many cuts of connections, polite stops of a web process, and stops with half a minute's notice.
CUTS, STOPS, DRAINS = 0.25, 0.1, 0.03
STOPS_SHORT: Final = 1
OUTAGE_S: Final = 1.0
# The second heartbeat would be too late.
SETTLED_WITHIN_S: Final = 40.0
RECOVERED_WITHIN_S: Final = 3.0
# A mutant is killed often and soon, and given no heartbeat's time to be rescued by the next line of defence.
MUTANT_KILLS: Final = 8
MUTANT_SETTLED_WITHIN_S: Final = 8.0


@dataclass(frozen=True)
class Plan:
    """One run: who is killed how often, how soon after each other, and how long everyone may take to come to rest."""

    name: str
    seed: int
    every_s: float
    kinds: tuple[str, ...]
    kills: int
    gaps_s: tuple[float, float]
    settled_within_s: float = SETTLED_WITHIN_S
    webs: int = WEBS
    conversations: int = CONVERSATIONS
    cuts: int = 0
    stops: int = 0
    drains: int = 0


@dataclass(frozen=True)
class Seen:
    """What came of a run."""

    histories: dict[str, Any]
    faults: list[Fault]
    verdict: Verdict
    settled_s: float
    conversations: int


def run(options: argparse.Namespace, scratch: Any) -> dict[str, Any]:
    """Run what was asked for."""
    if options.mutant:
        return {"ok": _is_caught(options, scratch, options.mutant), "mutant": options.mutant}
    gaps_s = GAPS_SHORT_S if options.short else GAPS_S
    plan = Plan(
        "Durable", options.seed, options.every, tuple(KILLS), options.kills - 1, gaps_s,
        webs=WEBS_SHORT if options.short else WEBS,
        conversations=CONVERSATIONS_SHORT if options.short else CONVERSATIONS,
        cuts=int(options.kills * CUTS), stops=STOPS_SHORT if options.short else int(options.kills * STOPS),
        drains=0 if options.short else int(options.kills * DRAINS),
    )  # fmt: skip
    result = _result(options, _one(plan, scratch, PRODUCT, {}))
    if options.mutate:
        survivors = [name for name in MUTANTS if not _is_caught(options, scratch, name)]
        result |= {
            "ok": result["ok"] and not survivors,
            "mutants": len(MUTANTS), "mutants_caught": len(MUTANTS) - len(survivors),
        }  # fmt: skip
    return result


def _is_caught(options: argparse.Namespace, scratch: Any, name: str) -> bool:
    mutant = MUTANTS[name]
    if mutant.sql:
        with psycopg.connect(scratch.owner_url(), autocommit=True) as connection:
            connection.execute(mutant.sql)
    plan = Plan(
        f"M{list(MUTANTS).index(name)}x", options.seed, options.every, mutant.kills,
        MUTANT_KILLS if mutant.kills else 0, GAPS_SHORT_S, MUTANT_SETTLED_WITHIN_S, WEBS_SHORT,
    )  # fmt: skip
    seen = _one(plan, scratch, APPLICATION, {VARIABLE: name})
    count = getattr(seen.verdict, mutant.seen_as)
    say(f"{'CAUGHT' if count else 'SURVIVED'}: {name}: {mutant.seen_as} {count}")
    return bool(count)


def _one(plan: Plan, scratch: Any, application: str, environment: dict[str, str]) -> Seen:
    world = worlds.sow(plan.conversations, plan.name)
    service = Service(scratch, webs=plan.webs, application=application, environment=environment)
    service.start()
    clients = Clients(
        {
            "seed": plan.seed, "ports": service.ports, "every_s": plan.every_s,
            "visitors": world.visitors(), "agents": world.agents(),
        }
    )  # fmt: skip
    try:
        misfortune = Misfortune(service, plan.seed, shares(plan.kills, plan.kinds))
        _strike(plan, service, clients, misfortune)
        settled_s = _last_words(plan, service, clients, misfortune, world)
        histories = clients.ask("history")
    finally:
        clients.end()
        service.stop()
    say("Comparing.")
    worlds.come_back()
    kept = {str(chat.conversation): worlds.stored(chat) for chat in world.chats}
    return Seen(histories, misfortune.faults, judge(histories, kept), settled_s, len(kept))


def _strike(plan: Plan, service: Service, clients: Clients, misfortune: Misfortune) -> None:
    dice = random.Random(plan.seed + 1)
    if not service.wait(lambda: clients.ask("state")["open"] >= plan.conversations, 60):
        raise AssertionError("the clients did not come in")
    service.wait(lambda: False, WARM_S)
    strikes: dict[str, Callable[[], object]] = {
        "kill": misfortune.kill, "cut": lambda: misfortune.cut(clients), "stop": misfortune.stop_web,
        "drain": misfortune.drain_web,
    }  # fmt: skip
    to_go = {"kill": plan.kills, "cut": plan.cuts, "stop": plan.stops, "drain": plan.drains}
    while left := sum(to_go.values()):
        service.wait(lambda: False, dice.uniform(*plan.gaps_s))
        misfortune.end_drained()
        what = dice.choices(list(to_go), weights=list(to_go.values()))[0]
        to_go[what] -= bool(strikes[what]())
        if left % 10 == 0:
            say(f"{left} faults to go")
    service.wait(lambda: not misfortune.end_drained(), 2 * DRAINED_WITHIN_S)


def _last_words(plan: Plan, service: Service, clients: Clients, misfortune: Misfortune, world: worlds.World) -> float:
    """Everyone says a last thing while Valkey is away: no later message shows who has missed it. Then wait for rest."""
    service.wait(service.is_ready, 60)
    service.wait(lambda: clients.ask("state")["waiting"] == 0, plan.settled_within_s)
    misfortune.kill_valkey_for_good()
    clients.ask("last_words")
    time.sleep(OUTAGE_S)
    began = time.monotonic()

    def is_at_rest() -> bool:
        state = clients.ask("state")
        if state["waiting"] or not service.is_ready():
            return False
        known = worlds.last_sequences(world)
        return all(state[side] == known[side] for side in known)

    service.wait(is_at_rest, plan.settled_within_s)
    return time.monotonic() - began


def _result(options: argparse.Namespace, seen: Seen) -> dict[str, Any]:
    counted = Counter(fault.kind for fault in seen.faults)
    kills = sum(count for kind, count in counted.items() if kind not in NO_KILLS)
    # The last one's outage was held open for the last words.
    found = recoveries(seen.histories, [fault for fault in seen.faults if fault.kind != LAST])
    recovery_p95_s = percentile([each for of_kind in found.values() for each in of_kind], 0.95)
    told = asdict(seen.verdict)
    for line in told.pop("wrong"):
        say(line)
    for kind, values in sorted(found.items()):
        say(
            f"{kind}: {counted[kind]} times, recovered in p50 {percentile(values, 0.5):.2f}, p95 "
            f"{percentile(values, 0.95):.2f}, at most {max(values):.2f} s"
        )
    sides = [each for side in ("visitor", "agent") for each in seen.histories[side].values()]
    refused = sum((Counter(each["refused"]) for each in sides), Counter[str]())
    return {
        "ok": bool(
            kills >= options.kills and told["acknowledged"] and recovery_p95_s <= RECOVERED_WITHIN_S
            and not (told["lost"] or told["doubled"] or told["out_of_order"] or told["unsettled"])
        ),
        "kills": kills, **told, "recovery_p95_s": round(recovery_p95_s, 2),
        "recovery_p95_s_by_kind": {kind: round(percentile(values, 0.95), 2) for kind, values in found.items()},
        "faults": dict(counted), "refused": dict(refused), "sent_by_hand": sum(each["by_hand"] for each in sides),
        "connects": seen.histories["connects"], "conversations": seen.conversations, "tenants": worlds.TENANTS,
        "settled_s": round(seen.settled_s, 1),
    }  # fmt: skip
