"""How late after the limit a session is locked over which nobody was active: its open socket, and its pages."""

import time
from datetime import timedelta
from typing import Any, Final

from django.test import Client

from helpdesk.core import clock
from tenants.models import StaffSession
from tests.factories.tenants import sign_in
from tests.proofs.gate.measures.revocation import organisation
from tests.proofs.gate.stage import Figures, Stage, browser
from tests.support.sockets import agent_socket

KEYS: Final = ("idle_lock_late_s",)
LIMIT: Final = timedelta(hours=8)
# Time enough to open the socket before, on a busy machine too.
AHEAD_S: Final = 5.0
EACH: Final = 5


def measure(stage: Stage) -> Figures:
    """Let sessions come within seconds of their limit with a socket open, and wait until both doors are shut."""
    late = []
    with stage.served() as server:
        owner = organisation("Idle")
        for _ in range(1 if stage.is_short else EACH):
            late += _lateness(server, owner)
    # Locked before the limit would be wrong too, and shows as a negative figure, which the bound refuses.
    return {"idle_lock_late_s": round(max(late, key=abs), 3)}


def _lateness(server: Any, owner: Any) -> list[float]:
    client = sign_in(Client(), owner.user)
    limit = clock.now() + timedelta(seconds=AHEAD_S)
    StaffSession.objects.filter(user=owner.user).update(active_at=limit - LIMIT)
    at = time.monotonic() + AHEAD_S
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    chat = agent_socket(server, client, owner.tenant.slug)
    assert chat.closed_with(AHEAD_S + 10) == 4423
    closed = time.monotonic() - at
    with browser(server, cookies=cookies, Sec_Fetch_Mode="cors") as theirs:
        answer = theirs.get(f"/o/{owner.tenant.slug}/settings/")
        locked = time.monotonic() - at
    assert answer.is_redirect, "the page is still open"
    return [closed, locked]
