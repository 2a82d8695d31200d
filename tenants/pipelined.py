"""Statements for many organisations in one transaction and one round trip, each under its own tenant setting.

The ORM runs a transaction for each piece of work, in a thread. The few statements that run for every message or every
socket go this way instead: PostgreSQL's pipeline mode, on one connection of the event loop. Row security sees the
setting that stands before each statement, which is local to the transaction as everywhere else.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from tenants.scoping import SETTING, setting_of

ANSWERED_WITHIN_S: Final = 10.0
# How its connections are told apart in pg_stat_activity.
APPLICATION: Final = "hushdesk pipeline"
# The arrays' lengths are unknown to the planner, and on a young database nearly every table looks small enough to be
# read whole: a plan made then would be kept. Local to the transaction, so that a pooler may stand between.
BEGIN: Final = (
    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true), "
    "set_config('jit', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true), "
    "set_config('statement_timeout', '8s', true), set_config('lock_timeout', '4s', true)"
)
_SET_TENANT: Final = f"SELECT set_config('{SETTING}', %s, true)"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement for one organisation."""

    tenant_id: UUID
    sql: str
    parameters: Mapping[str, Any]


class Pipeline:
    """One connection of a loop, opened when it is first needed and again after it was lost. One user at a time."""

    def __init__(self) -> None:
        self._connection: psycopg.AsyncConnection[tuple[Any, ...]] | None = None

    async def run(self, statements: Sequence[Statement]) -> list[list[tuple[Any, ...]]]:
        """Run all in one transaction; return the rows of each.

        Statements of the same organisation should stand together: each change of it costs a setting.

        Raises:
            psycopg.Error: One of them failed, and nothing was done; or the connection was lost, and it is unknown
                whether anything was.
            TimeoutError: No answer came; as with a lost connection.
        """
        try:
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                return await self._run(statements)
        except psycopg.Error:
            await self._recover()
            raise
        except BaseException:
            # Given up in the middle: what the connection would say next belongs to nobody.
            await self.close()
            raise

    async def close(self) -> None:
        """Close the connection if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _run(self, statements: Sequence[Statement]) -> list[list[tuple[Any, ...]]]:
        connection = await self._connected()
        cursors = []
        tenant_id: UUID | None = None
        async with connection.pipeline():
            await connection.execute(BEGIN)
            for statement in statements:
                if statement.tenant_id != tenant_id:
                    tenant_id = statement.tenant_id
                    await connection.execute(_SET_TENANT, (setting_of(tenant_id),))
                cursors.append(await connection.execute(statement.sql, statement.parameters))
            await connection.commit()
            return [await cursor.fetchall() if cursor.description else [] for cursor in cursors]

    async def _connected(self) -> psycopg.AsyncConnection[tuple[Any, ...]]:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(**_parameters())
        return self._connection

    async def _recover(self) -> None:
        if self._connection is None:
            return
        try:
            await self._connection.rollback()
        except psycopg.Error:
            await self.close()


def _parameters() -> dict[str, Any]:
    """Django's own parameters of the connection, with statements prepared on the server."""
    given = dict(connections[DEFAULT_DB_ALIAS].get_connection_params())
    for django_only in ("cursor_factory", "context", "pool", "server_side_binding", "assume_role", "isolation_level"):
        given.pop(django_only, None)
    prepare = 0 if settings.PREPARED_STATEMENTS else None
    return given | {"prepare_threshold": prepare, "application_name": APPLICATION}
