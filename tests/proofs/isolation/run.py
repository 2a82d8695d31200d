"""The parts of the proof, one after the other, and its figures."""

import argparse
import logging
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core import mail

from helpdesk.core import clock
from helpdesk.core.ratelimit import Limit
from tests.proofs.isolation.main import SHORT_EVERY, say
from tests.proofs.isolation.jobs import JobProof
from tests.proofs.isolation.pages import PageProof
from tests.proofs.isolation.report import Report
from tests.proofs.isolation.sockets import SocketProof
from tests.proofs.isolation.world import make_world

if TYPE_CHECKING:
    from helpdesk.launch.prove import Scratch


def run(options: argparse.Namespace, scratch: "Scratch") -> dict[str, Any]:
    """Run the parts that were asked for."""
    unhinder()
    world = make_world(clock.now())
    report = Report()
    parts = options.only.split(",")
    if "pages" in parts:
        PageProof(world, report, every=SHORT_EVERY if options.short else 1).run()
        say(f"pages: {report.figures()} {report.by_position()}")
    if "sockets" in parts:
        SocketProof(world, report).run()
    if "jobs" in parts:
        JobProof(world, report).run()
    for line in report.lines():
        say(line)
    result = report.figures()
    result["ok"] = not (report.uncovered or report.leaks or report.oracles)
    return result


def unhinder() -> None:
    """Let nothing be too often, and mail nobody: limits are tested by themselves."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.ALLOWED_HOSTS = ["*"]
    mail.outbox = []
    logging.disable(logging.CRITICAL)

    async def at_once(*_: Any, **__: Any) -> float:
        return 0.0

    Limit._run = lambda *_, **__: 0.0  # type: ignore[method-assign]
    Limit.await_s = at_once  # type: ignore[method-assign]
