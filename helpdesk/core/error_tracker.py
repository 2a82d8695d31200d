"""An error tracker such as Sentry, if a deployment names one: it learns type and place of an error, and nothing else.

The client library is no dependency of ours; a deployment that sets SENTRY_DSN installs `sentry-sdk` itself.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

KEPT: Final = ("event_id", "timestamp", "level", "platform", "logger", "release", "environment", "sdk")
KEPT_OF_EXCEPTION: Final = ("type", "module")
KEPT_OF_FRAME: Final = ("filename", "function", "lineno", "module", "in_app")


class NoErrorTrackerError(Exception):
    """SENTRY_DSN is set, but `sentry-sdk` is not installed."""


def before_send(event: Mapping[str, Any], hint: object = None) -> dict[str, Any]:
    """Return what may be sent of an event. A list of what is kept, so that a new kind of data stays here.

    Left out: messages, local variables, source lines, request, user, breadcrumbs, extra, contexts, tags.
    """
    sent = {name: event[name] for name in KEPT if name in event}
    exceptions = (event.get("exception") or {}).get("values") or []
    sent["exception"] = {"values": [_exception(one) for one in exceptions]}
    return sent


def before_breadcrumb(crumb: object, hint: object = None) -> None:
    """Keep no breadcrumb: queries, addresses and log lines are made of data."""


def options(dsn: str) -> dict[str, Any]:
    """Return what the client is started with."""
    return {
        "dsn": dsn,
        "before_send": before_send,
        "before_send_transaction": lambda *_: None,
        "before_breadcrumb": before_breadcrumb,
        "include_local_variables": False,
        "include_source_context": False,
        "send_default_pii": False,
        "max_request_body_size": "never",
        "max_breadcrumbs": 0,
        "traces_sample_rate": None,
    }


def start(dsn: str) -> None:
    """Start the client where a deployment has named a tracker.

    Raises:
        NoErrorTrackerError: The client library is missing.
    """
    if not dsn:
        return
    try:
        client: Any = import_module("sentry_sdk")
    except ImportError:
        raise NoErrorTrackerError("SENTRY_DSN is set: install sentry-sdk.") from None
    client.init(**options(dsn))


def _exception(value: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value[name] for name in KEPT_OF_EXCEPTION if name in value}
    frames = (value.get("stacktrace") or {}).get("frames") or []
    kept["stacktrace"] = {"frames": [{name: one[name] for name in KEPT_OF_FRAME if name in one} for one in frames]}
    return kept
