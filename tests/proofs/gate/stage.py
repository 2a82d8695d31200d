"""What a measure works on: the scratch servers, how long it may take, and a web server with browsers from anywhere."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import httpx
from django.conf import settings

from helpdesk.core.ratelimit import Limit
from tests.support.server import PROXY, Server, running

CSRF: Final = "a" * 32


@dataclass(frozen=True)
class Stage:
    """`is_short`: a sample, for the suite and CI. `folder`: for logs. `server`: one that several measures share."""

    is_short: bool
    folder: Path
    server: Server | None = None

    @contextlib.contextmanager
    def served(self, **environment: str) -> Iterator[Server]:
        """Run a web server on the proof's databases: the one that is shared, or one of the measure's own."""
        if self.server is not None and not environment:
            yield self.server
            return
        with running(log=self.folder / "web.log", measured=False, TRUSTED_PROXIES=PROXY, **environment) as server:
            yield server


def browser(
    server: Server, *, address: str = "127.0.0.1", cookies: Mapping[str, str] | None = None, **headers: str
) -> httpx.Client:
    """Return a browser at an address of the loopback network, which has sixteen million of them."""
    jar = {**(cookies or {}), "__Host-csrf": CSRF}
    told = {
        "Host": server.host,
        "Origin": server.origin,
        "X-CSRFToken": CSRF,
        "Cookie": "; ".join(f"{name}={value}" for name, value in jar.items()),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return httpx.Client(
        base_url=f"http://127.0.0.1:{server.port}",
        # Plain HTTP: no certificates are read for it.
        transport=httpx.HTTPTransport(local_address=address, verify=False),
        headers=told,
        timeout=60,
    )


@contextlib.contextmanager
def unhindered() -> Iterator[None]:
    """Let nothing be too often: limits are measured by themselves."""

    async def at_once(*_: Any, **__: Any) -> float:
        return 0.0

    with (
        patch.object(Limit, "_run", lambda *_, **__: 0.0),
        patch.object(Limit, "await_s", at_once),
        patch.object(settings, "ALLOWED_HOSTS", ["*"]),
    ):
        yield


Figures = dict[str, Any]
