"""Which organisation's chat stands on the demo's customer page: `seed_demo` says so at every start."""

from typing import Final

from helpdesk.core import names, valkey

KEY: Final = names.key("demo", None, "widget_key")


def remember_widget_key(widget_key: str) -> None:
    """Put the chat of an inbox on the customer's page."""
    valkey.client().set(KEY, widget_key)


def widget_key() -> str:
    """Return the key of the inbox; empty before the demo was seeded."""
    held = valkey.client().get(KEY)
    return held.decode() if held else ""
