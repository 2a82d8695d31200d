"""The service with a lever: detectors break, and masking is left out for one surface, for as long as a file says so.

    LEVER=/path/to/file uvicorn tests.support.lever:application

A test's own: nothing in the product knows the file or this module, and a deployment's image has no `tests` in it. The
file holds JSON: `broken`, ids of detectors that fail; `late`, of those that are too slow; `unmasked`, names of surfaces
whose masking call is taken out; `taken_out`, other things that `tests.proofs.canaries` takes out.
"""

import logging
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from helpdesk.asgi import application
from helpdesk.core.ratelimit import Limit
from tests.support.lever_file import says


def install() -> None:
    """Put the levers in."""
    from compliance import ingest
    from compliance.masking import detectors
    from compliance.masking.findings import sealed
    from compliance.masking.window import WindowMasking

    for kind in {type(entry.detector) for entry in detectors._entries()}:
        kind.find = _breakable(kind.find)
    masked, window = ingest._masked, ingest._masked_window

    def _masked(surface: Any, text: str, policy: Any, context: Any) -> Any:
        left_out = surface.name in says("unmasked")
        return sealed(text, (), policy.fingerprint) if left_out else masked(surface, text, policy, context)

    def _masked_window(surface: Any, text: str, policy: Any, context: Any) -> Any:
        if surface.name in says("unmasked") or "window" in says("taken_out"):
            return WindowMasking(_masked(surface, text, policy, context), {})
        return window(surface, text, policy, context)

    ingest._masked, ingest._masked_window = _masked, _masked_window
    take_out_of_addresses(ingest)
    take_out_of_logs()
    let_a_view_fail()


def take_out_of_addresses(ingest: Any) -> None:
    """`query`: an address is masked as it came, with its query."""
    whole = ingest.ingest_address

    def ingest_address(address: str, *, surface: Any, rule_set: Any) -> Any:
        if "query" in says("taken_out"):
            return ingest.ingest(address, surface=surface, rule_set=rule_set)
        return whole(address, surface=surface, rule_set=rule_set)

    from chat.actions import openings

    openings.ingest_address = ingest_address


def take_out_of_logs() -> None:
    """`log`: lines as other services write them, with arguments and the messages of exceptions."""
    from helpdesk.core.logging import JsonFormatter

    quiet, plain = JsonFormatter.format, logging.Formatter()

    def format_record(self: Any, record: logging.LogRecord) -> str:
        return plain.format(record) if "log" in says("taken_out") else quiet(self, record)

    JsonFormatter.format = format_record  # type: ignore[method-assign]


def let_a_view_fail() -> None:
    """A subject that begins with `FAIL` ends in an exception that repeats it, as a mistake in the code might."""
    from chat.actions import subjects

    change = subjects.change_subject

    def change_subject(*, subject: str, **more: Any) -> Any:
        if subject.startswith("FAIL"):
            raise RuntimeError(subject)
        return change(subject=subject, **more)

    subjects.change_subject = change_subject


def _breakable(find: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
    def wrapped(self: Any, scan: Any) -> Iterator[Any]:
        if self.id in says("broken"):
            raise ValueError(scan.text)
        if self.id in says("late"):
            until = time.thread_time_ns() + 60_000_000
            while time.thread_time_ns() < until:
                pass
        found: Iterator[Any] = find(self, scan)
        return found

    return wrapped


def lift_limits() -> None:
    """Let nothing be too often: limits are tested by themselves."""
    from chat.consumers import flood

    async def at_once(*_: Any, **__: Any) -> float:
        return 0.0

    Limit._run = lambda *_, **__: 0.0  # type: ignore[method-assign]
    Limit.await_s = at_once  # type: ignore[method-assign]
    flood.Allowance.takes = lambda *_: True  # type: ignore[method-assign]


install()
if os.environ.get("LEVER_LIMITS") == "off":
    lift_limits()
__all__ = ["application"]
