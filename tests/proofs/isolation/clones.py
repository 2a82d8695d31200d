"""Databases of their own for processes that probe beside each other: the same rows, and nobody else's locks on them.

On shared rows one's undone request would hold up the other's, and two that lock the same rows in another order are a
deadlock, which PostgreSQL ends by letting one of them fail.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from django.db import connections
from psycopg.sql import SQL, Identifier

from helpdesk.embedded.layout import DATABASE, KEYS_DATABASE, SUPERUSER

if TYPE_CHECKING:
    from helpdesk.launch.prove import Scratch


@contextmanager
def clones(scratch: "Scratch", count: int) -> Iterator[list[str]]:
    """Copy both databases so often; yields what is added to their names. One process needs no copy: ''."""
    added = [f"_{number}" for number in range(count)] if count > 1 else [""]
    names = [(database, database + more) for more in added if more for database in (DATABASE, KEYS_DATABASE)]
    connections.close_all()
    with psycopg.connect(scratch.data.database_url(SUPERUSER, "postgres"), autocommit=True) as connection:
        for database, copy in names:
            create = SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(create.format(Identifier(copy), Identifier(database)))
        yield added
        for _, copy in names:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(copy)))


def move_to(added: str) -> None:
    """Let this process work on the copies of such a name from now on."""
    for settings in connections.settings.values():
        settings["NAME"] += added
