"""What the gate adds to a request and to a frame, against the same without it, in turn on one machine.

A request: the page of settings with and without the gate's look. A frame: an agent's socket is asked each time whether
its member may still be there; each two seconds, or forty frames at twenty a second, it looks anew.
"""

import asyncio
import statistics
import time
from typing import Any, Final
from unittest.mock import patch

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection
from django.test import Client

from chat.consumers.agent import AgentConsumer
from helpdesk.core.prepared import columns_of
from tenants import door, http
from tenants.gate.briefing import Briefing
from tenants.models import Membership, Tenant, User
from tests.factories.tenants import sign_in
from tests.proofs.gate.measures.revocation import organisation
from tests.proofs.gate.stage import Figures, Stage, unhindered
from tests.proofs.isolation.sockets import Sender, Socket

KEYS: Final = ("overhead_request_ms", "overhead_frame_us")
# Seconds on a busy machine say nothing: the suite sees that they are taken, the proof judges them.
IS_TIMED: Final = True
PAGE: Final = "/o/quick/settings/"
FRAMES_A_LOOK: Final = 40
_FIELDS, _COLUMNS = columns_of(Membership, "membership")
_MEMBERSHIP: Final = f"""
SELECT {_COLUMNS} FROM tenants_membership AS membership
JOIN tenants_tenant AS tenant ON tenant.id = membership.tenant_id
WHERE membership.tenant_id = %(tenant)s AND membership.user_id = %(person)s AND membership.is_active
"""


def measure(stage: Stage) -> Figures:
    """Take both in this process, on the proof's database."""
    client = sign_in(Client(), organisation("Quick").user)
    looks = 20 if stage.is_short else 1000
    with unhindered():
        request_ms, frame_us = _request_ms(client, looks), _frame_us(client, looks)
    return {"overhead_request_ms": round(request_ms, 3), "overhead_frame_us": round(frame_us, 2)}


def _request_ms(client: Client, count: int) -> float:
    def once() -> float:
        began = time.perf_counter()
        assert client.get(PAGE, headers={"Sec-Fetch-Mode": "cors"}).status_code == 200
        return time.perf_counter() - began

    once()
    with_gate, without = [], []
    for _ in range(count):
        with_gate.append(once())
        with patch.object(http, "look", _membership), patch.object(door, "refusal_for", _let_in):
            without.append(once())
    # Pair by pair: how fast the machine is just now changes by more than the gate takes.
    return statistics.median(a - b for a, b in zip(with_gate, without, strict=True)) * 1000


def _membership(tenant: Tenant, person: User, _: Any) -> tuple[Membership, None]:
    """Read who asks in the same way as the gate, and nothing that it looks at."""
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(_MEMBERSHIP, {"tenant": tenant.id, "person": person.id})
        row: Any = cursor.fetchone()
    membership: Membership = Membership.from_db(DEFAULT_DB_ALIAS, _FIELDS, row)
    membership.tenant, membership.user = tenant, person
    return membership, None


def _let_in(request: Any, *_: Any, **__: Any) -> None:
    """Let everybody in; the page is the same, its lock screen included."""
    request.briefing = Briefing(idle_s=8 * 3600)


def _frame_us(client: Client, looks: int) -> float:

    cookies = {name: morsel.value for name, morsel in client.cookies.items()}

    async def run() -> float:
        seen: list[Any] = []
        begin = AgentConsumer._begin

        def kept(self: Any) -> None:
            seen.append(self)
            begin(self)

        with patch.object(AgentConsumer, "_begin", kept):
            socket = Socket(Sender("", AgentConsumer, "/ws/agent/quick/", "", cookies))
            assert (await socket.open())[-1]["type"] == "session.opened"
        consumer = seen[0]
        began = time.process_time()
        for frame in range(looks * FRAMES_A_LOOK):
            if frame % FRAMES_A_LOOK == 0:
                consumer.note_access(0.0)
            await consumer.check_access()
        spent = time.process_time() - began
        await socket.close()
        return spent / (looks * FRAMES_A_LOOK)

    return asyncio.run(run()) * 1_000_000
