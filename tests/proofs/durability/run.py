"""The runs: chat, strike, let everyone come to rest, compare."""

import argparse
import random
import time
from collections import Counter
from dataclasses import asdict
from typing import Any, Final

from tests.proofs.durability import world as worlds
from tests.proofs.durability.judge import Stored, judge, percentile, recoveries
from tests.proofs.durability.main import say
from tests.proofs.durability.service import PRODUCT, Clients, Misfortune, Service

CONVERSATIONS: Final = 50
WEBS: Final = 3
WARM_S: Final = 2.0
# Seconds from one fault to the next: long enough that most find things well again, short enough that some do not.
GAPS_S: Final = (1.0, 5.0)
GAPS_SHORT_S: Final = (0.2, 1.0)
# Of a hundred faults so many more are cuts of connections, and polite stops of a web process.
CUTS, STOPS = 0.25, 0.1
OUTAGE_S: Final = 1.0
# A heartbeat is the last that tells of a gap.
SETTLED_WITHIN_S: Final = 40.0
RECOVERED_WITHIN_S: Final = 3.0


def run(options: argparse.Namespace, scratch: Any) -> dict[str, Any]:
    """Run what was asked for."""
    return _one(options, scratch, PRODUCT, {})


def _one(options: argparse.Namespace, scratch: Any, application: str, environment: dict[str, str]) -> dict[str, Any]:
    world = worlds.sow(CONVERSATIONS)
    service = Service(scratch, webs=WEBS, application=application, environment=environment)
    service.start()
    clients = Clients(
        {
            "seed": options.seed, "ports": service.ports, "every_s": options.every,
            "visitors": world.visitors(), "agents": world.agents(),
        }
    )  # fmt: skip
    try:
        misfortune = Misfortune(service, options.seed)
        _strike(options, service, clients, misfortune)
        settled_s = _last_words(service, clients, misfortune, world)
        histories = clients.ask("history")
    finally:
        clients.end()
    say("Comparing.")
    kept = {str(chat.conversation): worlds.stored(chat) for chat in world.chats}
    return _result(options, histories, kept, misfortune) | {"settled_s": round(settled_s, 1)}


def _strike(options: argparse.Namespace, service: Service, clients: Clients, misfortune: Misfortune) -> None:
    dice = random.Random(options.seed + 1)
    everyone = CONVERSATIONS + len(set(service.ports)) * 0
    if not service.wait(lambda: clients.ask("state")["open"] >= everyone, 60):
        raise AssertionError("the clients did not come in")
    service.wait(lambda: False, WARM_S)
    low, high = GAPS_SHORT_S if options.short else GAPS_S
    kills, cuts, stops = 0, int(options.kills * CUTS), int(options.kills * STOPS)
    # The last one is Valkey's, for the last words.
    while kills < options.kills - 1 or cuts or stops:
        service.wait(lambda: False, dice.uniform(low, high))
        left = max(0, options.kills - 1 - kills)
        what = dice.choices(("kill", "cut", "stop"), weights=(left, cuts, stops))[0]
        if what == "kill":
            kills += misfortune.kill() is not None
        elif what == "cut":
            misfortune.cut(clients)
            cuts -= 1
        else:
            stops -= misfortune.stop_web() is not None
        if len(misfortune.faults) % 10 == 0:
            say(f"{len(misfortune.faults)} faults: {dict(Counter(fault.kind for fault in misfortune.faults))}")


def _last_words(service: Service, clients: Clients, misfortune: Misfortune, world: worlds.World) -> float:
    """Everyone says a last thing while Valkey is away: no later message shows who has missed it. Then wait for rest."""
    service.wait(service.is_ready, 60)
    service.wait(lambda: clients.ask("state")["waiting"] == 0, 60)
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

    service.wait(is_at_rest, SETTLED_WITHIN_S)
    return time.monotonic() - began


def _result(
    options: argparse.Namespace, histories: dict[str, Any], kept: dict[str, Stored], misfortune: Misfortune
) -> dict[str, Any]:
    verdict = judge(histories, kept)
    counted = Counter(fault.kind for fault in misfortune.faults)
    kills = sum(count for kind, count in counted.items() if kind not in ("web stopped", "connections cut"))
    found = recoveries(histories, [fault for fault in misfortune.faults if not fault.kind.startswith("Valkey, ")])
    recovery_p95_s = percentile([each for of_kind in found.values() for each in of_kind], 0.95)
    told = asdict(verdict)
    for line in told.pop("wrong"):
        say(line)
    for kind, values in sorted(found.items()):
        say(
            f"{kind}: {counted[kind]} times, recovered in p50 {percentile(values, 0.5):.2f}, p95 "
            f"{percentile(values, 0.95):.2f}, at most {max(values):.2f} s"
        )
    sides = [each for side in ("visitor", "agent") for each in histories[side].values()]
    refused = sum((Counter(each["refused"]) for each in sides), Counter[str]())
    return {
        "ok": bool(
            kills >= options.kills and told["acknowledged"] and recovery_p95_s <= RECOVERED_WITHIN_S
            and not (told["lost"] or told["doubled"] or told["out_of_order"] or told["unsettled"])
        ),
        "kills": kills, **told, "recovery_p95_s": round(recovery_p95_s, 2),
        "recovery_p95_s_by_kind": {kind: round(percentile(values, 0.95), 2) for kind, values in found.items()},
        "faults": dict(counted), "refused": dict(refused), "sent_by_hand": sum(each["by_hand"] for each in sides),
        "connects": histories["connects"], "conversations": len(kept), "tenants": worlds.TENANTS,
    }  # fmt: skip
