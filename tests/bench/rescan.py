"""How many stored messages a re-scan masks a second, in one worker, with its database, and where the time goes.

    python3 manage.py bench masking          # its key `rescan_per_s`
    python3 -m tests.bench.rescan --profile  # by itself, with a profile

The texts are the mix of `bench masking`: 70 % without digits, 20 % with harmless numbers, 10 % with something to mask.
All of it is read, opened, masked, sealed where it changed, and stored, with findings, audit, incident and counts.
"""

import argparse
import cProfile
import json
import os
import pstats
import random
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

MESSAGES: Final = 24_000
THREAD: Final = 12
SEED: Final = 20_260
MIN_PER_S: Final = 3_000


def rescan_per_s(messages: int = MESSAGES, *, profile: bool = False) -> int:
    """Return stored messages a second of one worker, on servers of its own."""
    return int(measured(messages, profile=profile)["rescan_per_s"])


def measured(messages: int = MESSAGES, *, profile: bool = False) -> dict[str, Any]:
    """Return messages a second: counted only, all masked by newer rules, and scanned once more with nothing to mask."""
    from helpdesk.launch import prove

    if given := prove.foreign(os.environ):
        raise SystemExit(f"A bench starts its own servers: unset {', '.join(given)}.")
    with prove.scratch():
        return _measured(messages, profile)


def _measured(messages: int, profile: bool) -> dict[str, Any]:
    import django

    django.setup()
    from compliance import rescan, rule_sets
    from helpdesk.core import clock
    from tenants.keyring import ring
    from tests.factories.tenants import make_person, make_tenant

    now = clock.now()
    tenant = make_tenant("Acme", owner=make_person("Olive", now=now), now=now)
    rule_sets.current(tenant)
    _store(tenant, messages, now - timedelta(days=30))
    figures: dict[str, Any] = {}
    ring.forget_cached_keys()
    profiler = cProfile.Profile() if profile else nullcontext()
    with profiler:
        begun, cpu = time.perf_counter(), time.process_time()
        run = rescan.rescan_outdated(tenant.id)
        figures["rescan_per_s"] = round(messages / (time.perf_counter() - begun))
        # Of the worker alone: what is left of the time is the database's, or other work on the machine.
        figures["worker_cpu_us"] = round((time.process_time() - cpu) / messages * 1e6)
    if isinstance(profiler, cProfile.Profile):
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(40)
    assert run is not None
    assert run.looked_at == messages
    figures |= {"messages": messages, "changed": run.changed}
    _outdate(tenant)
    ring.forget_cached_keys()
    begun = time.perf_counter()
    rescan.rescan_outdated(tenant.id)
    figures["unchanged_per_s"] = round(messages / (time.perf_counter() - begun))
    return figures


def _outdate(tenant: Any) -> None:
    from chat.models import Message
    from tenants.scoping import tenant_scope

    with tenant_scope(tenant):
        Message.objects.update(masked_with=0)


def _store(tenant: Any, messages: int, at: datetime) -> None:
    """Store texts as older rules let them pass: conversations of twelve, each of a person with an own key."""
    from chat.models import Conversation, Message
    from helpdesk.core.ids import uuid7
    from tenants.encryption.sealing import seal
    from tenants.scoping import tenant_scope
    from tests.bench.masking import _mixed_message
    from tests.factories.stored import store_conversation

    rng = random.Random(SEED)
    with tenant_scope(tenant):
        for first in range(0, messages, THREAD):
            talk = store_conversation(tenant, [], at=at)
            count = min(THREAD, messages - first)
            Message.objects.bulk_create(
                _message(talk, uuid7(), sequence, _mixed_message(rng), at, seal) for sequence in range(1, count + 1)
            )
            Conversation.objects.filter(id=talk.id).update(last_sequence=count, last_public_sequence=count)


def _message(talk: Any, identifier: UUID, sequence: int, text: str, at: datetime, seal: Any) -> Any:
    from chat.models import AuthorKind, Message, MessageKind

    slot = Message.slot(talk.tenant_id, talk.contact_id, identifier)
    return Message(
        id=identifier,
        tenant_id=talk.tenant_id,
        conversation=talk,
        sequence=sequence,
        public_sequence=sequence,
        kind=MessageKind.PUBLIC,
        author_kind=AuthorKind.VISITOR if sequence % 2 else AuthorKind.AGENT,
        author_id=talk.started_by_id,
        client_id=uuid4(),
        body=seal(slot, text),
        masked_with=0,
        posted_at=at + timedelta(seconds=20 * sequence),
    )


def main(argv: Sequence[str]) -> int:
    """Measure, print, and say whether the figure holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args(argv)
    figures = measured(options.messages, profile=options.profile)
    ok = figures["rescan_per_s"] >= MIN_PER_S
    print(json.dumps({"ok": ok, **figures}))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
