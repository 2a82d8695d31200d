"""The operators' own role of the database: what a page of the admin does, it does by that role's connections.

`hd_operator` signs in by itself, so nothing that runs on its connection can become the application's role, as it
could after `SET ROLE`. It has no grant on sealed columns and, behind the same floor as everyone, sees the rows of
one organisation at a time. A pooler keeps its connections apart by itself: they are of another user.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from django.db import connections

OWN_ALIASES: Final = ("default", "keys")
# Whose connection stands in for whose.
OPERATORS: Final = {"default": "operator", "keys": "operator_keys"}
_own: Final[ContextVar[dict[str, Any] | None]] = ContextVar("operators_own_connections", default=None)
OPERATOR_VARIABLES: Final = ("OPERATOR_DATABASE_URL", "OPERATOR_KEYS_DATABASE_URL")


@contextmanager
def as_operator() -> Iterator[None]:
    """Let every query of this thread go by the operators' role, whatever it names and whoever makes it.

    The connections themselves are exchanged, so an action called inside, its transaction, its audit entry and what
    it does after the commit go the same way; there is no query that could forget to.
    """
    own = {alias: connections[alias] for alias in OPERATORS}
    token = _own.set(own)
    for alias, operators in OPERATORS.items():
        connections[alias] = connections[operators]
    try:
        yield
    finally:
        _own.reset(token)
        for alias, connection in own.items():
            connections[alias] = connection


def is_operators() -> bool:
    """Whether queries of this thread go by the operators' role."""
    return _own.get() is not None


@contextmanager
def as_themselves(*aliases: str) -> Iterator[None]:
    """Inside a page of the admin, go by the application's role for what belongs to the operator's own account.

    That is the second factor, asked for once more before an act: the operators' role reads nobody's. With aliases, for
    those databases alone: the keys of what the operators' role was let through to are none of its rows either.
    """
    own = {alias: one for alias, one in (_own.get() or {}).items() if not aliases or alias in aliases}
    operators = {alias: connections[alias] for alias in own}
    for alias, connection in own.items():
        connections[alias] = connection
    try:
        yield
    finally:
        for alias, connection in operators.items():
            connections[alias] = connection
