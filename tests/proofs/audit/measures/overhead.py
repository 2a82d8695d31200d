"""What an entry adds to a request: the page of a conversation, whose reading is written down, against one unseen."""

import statistics
import time
from typing import Any, Final
from unittest.mock import patch

from django.test import Client

from compliance import audit
from compliance.models import AuditEntry
from helpdesk.core import clock
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation
from tests.factories.tenants import make_person, make_tenant, owner_of, sign_in
from tests.proofs.gate.stage import Figures, Stage, unhindered

KEYS: Final = ("overhead_ms",)
# Seconds on a busy machine say nothing: the suite sees that they are taken, the proof judges them.
IS_TIMED: Final = True
LOOKS: Final = 300


def measure(stage: Stage) -> Figures:
    """Ask for the page with and without, in turn, in this process."""
    now = clock.now()
    tenant = make_tenant("Seen", owner=make_person("Sela", email="sela@seen.example", now=now), now=now)
    conversation = store_conversation(tenant, ["one", "two", "three"], at=now)
    page = f"/o/seen/conversations/{conversation.id}/"
    client = sign_in(Client(), owner_of(tenant).user)
    with unhindered():
        spent = _spent_ms(client, page, 10 if stage.is_short else LOOKS)
    with tenant_scope(tenant):
        seen = AuditEntry.objects.filter(event="conversation.disclosed", object_id=conversation.id).count()
    # One for the first look and one for each with; those without left none.
    if seen != 1 + (10 if stage.is_short else LOOKS):
        raise AssertionError(f"{seen} entries")
    return {"overhead_ms": round(spent, 3)}


def _spent_ms(client: Client, page: str, looks: int) -> float:
    def once() -> float:
        began = time.perf_counter()
        assert client.get(page, headers={"Sec-Fetch-Mode": "cors"}).status_code == 200
        return time.perf_counter() - began

    once()
    with_entry, without = [], []
    for _ in range(looks):
        with_entry.append(once())
        with patch.object(audit, "record", _nothing):
            without.append(once())
    # Pair by pair: how fast the machine is just now changes by more than an entry takes.
    return statistics.median(a - b for a, b in zip(with_entry, without, strict=True)) * 1000


def _nothing(*_: Any, **__: Any) -> None:
    """Let the request be done as it is, and nobody know."""
