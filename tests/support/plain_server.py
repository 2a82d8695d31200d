"""A server of a program that only tells which process answers, under `helpdesk.serving`'s parent.

    python -m tests.support.plain_server PORT PROCESSES [ORPHANED_S]

With FAILS_TO_START in the environment the program refuses to begin.
"""

import os
import sys
from typing import Any

import uvicorn

from helpdesk import serving
from helpdesk.core.draining import is_draining


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        outcome = "failed" if "FAILS_TO_START" in os.environ else "complete"
        await send({"type": f"lifespan.startup.{outcome}"})
        if outcome == "complete":
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 503 if is_draining() else 200, "headers": []})
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})


def main() -> int:
    port, processes, *orphaned_s = sys.argv[1:]
    serving.ORPHANED_S = float(*orphaned_s or (60,))  # type: ignore[misc]
    config = uvicorn.Config(application, log_level="critical", timeout_graceful_shutdown=1)
    config.load()
    listening = serving.listen("127.0.0.1", int(port), beside=True)
    return serving.Parent(config, listening, processes=int(processes)).run()


if __name__ == "__main__":
    sys.exit(main())
