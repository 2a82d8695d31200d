"""Statements for many organisations in one transaction and one round trip, each under its own tenant setting.

The ORM runs a transaction for each piece of work, in a thread. The few statements that run for every message or every
socket go this way instead: PostgreSQL's pipeline mode, on one connection of the event loop. Row security sees the
setting that stands before each statement, which is local to the transaction as everywhere else.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.abc import Transformer as Transforming
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from tenants.packing import array_type, arrays_in, packed
from tenants.scoping import SETTING, setting_of

ANSWERED_WITHIN_S: Final = 10.0
# A server that crashed, or was started anew, is back in a second: whoever can ask again waits so long before they
# tell anyone, and asks so often.
PATIENCE_S: Final = 2.0
AGAIN_AFTER_S: Final = 0.1
# Shut down, crashed, starting, or full (PostgreSQL, "Error Codes"). A connection that failed or broke has none.
_AWAY: Final = ("57P01", "57P02", "57P03", "53300")
# How its connections are told apart in pg_stat_activity.
APPLICATION: Final = "hushdesk pipeline"
# The arrays' lengths are unknown to the planner, and on a young database nearly every table looks small enough to be
# read whole: a plan made then would be kept. Local to the transaction, so that a pooler may stand between.
_LOCAL: Final = (
    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true), "
    "set_config('jit', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true), "
    "set_config('statement_timeout', '8s', true), set_config('lock_timeout', '4s', true)"
)
_TENANT: Final = f"set_config('{SETTING}', %(setting)s::text, true)"
_NAMED: Final = re.compile(r"%\((\w+)\)s")
_BINARY: Final = psycopg.pq.Format.BINARY
_GOOD: Final = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement for one organisation."""

    tenant_id: UUID
    sql: str
    parameters: Mapping[str, Any]


class Pipeline:
    """One connection of a loop, opened when it is first needed and again after it was lost. One user at a time.

    psycopg's own pipeline waits on the loop for each statement. Here all are handed to libpq, and then it is waited
    once for all answers (psycopg.pq, "libpq wrapper module").
    """

    def __init__(self, using: str = DEFAULT_DB_ALIAS) -> None:
        self._using = using
        self._connection: psycopg.AsyncConnection[tuple[Any, ...]] | None = None
        # The name of each statement with these types of parameters on the connection.
        self._prepared: dict[tuple[str, tuple[int, ...]], bytes] = {}

    async def run(self, statements: Sequence[Statement]) -> list[Rows]:
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
        except BaseException:
            # Failed or given up in the middle: what the connection would say next belongs to nobody.
            await self.close()
            raise

    async def close(self) -> None:
        """Close the connection if there is one."""
        connection, self._connection = self._connection, None
        self._prepared.clear()
        if connection is not None:
            await connection.close()

    async def _run(self, statements: Sequence[Statement]) -> list[Rows]:
        connection = await self._connected()
        raw = connection.pgconn
        transformer = Transformer(connection)
        wanted: list[bool] = []

        def send(sql: str, parameters: Mapping[str, Any], *, is_wanted: bool) -> None:
            wanted.extend(self._send(raw, transformer, sql, parameters))
            wanted[-1] = is_wanted

        # What stands before a Sync is one transaction, which the Sync commits: BEGIN and COMMIT would be two
        # statements more (PostgreSQL, "Message Flow", "Pipelining").
        tenant_id: UUID | None = None
        for statement in statements:
            if statement.tenant_id != tenant_id:
                setting = {"setting": setting_of(statement.tenant_id)}
                send(f"{_LOCAL}, {_TENANT}" if tenant_id is None else f"SELECT {_TENANT}", setting, is_wanted=False)
                tenant_id = statement.tenant_id
            send(statement.sql, statement.parameters, is_wanted=True)
        raw.pipeline_sync()
        results = await _answers(raw, len(wanted))
        return [_rows(transformer, result) for result, is_wanted in zip(results, wanted, strict=True) if is_wanted]

    def _send(self, raw: PGconn, transformer: Transforming, sql: str, parameters: Mapping[str, Any]) -> list[bool]:
        """Hand a statement to libpq; return an entry for each answer there will be."""
        query, names, arrays = _numbered(sql)
        given, types, formats = _dumped(transformer, names, arrays, parameters)
        if not settings.PREPARED_STATEMENTS:
            raw.send_query_params(query, given, types, formats, _BINARY)
            return [False]
        answers = [False]
        key = (sql, types)
        if (name := self._prepared.get(key)) is None:
            name = self._prepared[key] = b"pipelined_%d" % len(self._prepared)
            raw.send_prepare(name, query, types)
            answers = [False, False]
        raw.send_query_prepared(name, given, formats, _BINARY)
        return answers

    async def _connected(self) -> psycopg.AsyncConnection[tuple[Any, ...]]:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(**_parameters(self._using))
            self._prepared.clear()
            self._connection.pgconn.enter_pipeline_mode()
        return self._connection


def is_away(error: Exception) -> bool:
    """Whether what failed is the connection and not the statement: another attempt may find the server back."""
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    return error.sqlstate is None or error.sqlstate in _AWAY or error.sqlstate.startswith("08")


@cache
def _numbered(sql: str) -> tuple[bytes, tuple[str, ...], dict[str, str]]:
    """Return a statement with numbered parameters, their names in that order, and which of them are arrays of what."""
    names = tuple(dict.fromkeys(_NAMED.findall(sql)))
    return _NAMED.sub(lambda found: f"${names.index(found[1]) + 1}", sql).encode(), names, arrays_in(sql)


def _dumped(
    transformer: Transforming, names: Sequence[str], arrays: Mapping[str, str], parameters: Mapping[str, Any]
) -> tuple[list[Any], tuple[int, ...], list[psycopg.pq.Format]]:
    """Return the parameters as they travel, their types and formats."""
    others = [name for name in names if name not in arrays]
    dumped = transformer.dump_sequence([parameters[name] for name in others], [PyFormat.AUTO] * len(others))
    known = dict(zip(others, zip(dumped, transformer.types or (), transformer.formats or (), strict=True), strict=True))
    for name, kind in arrays.items():
        known[name] = (packed(kind, parameters[name]), array_type(kind), _BINARY)
    columns = [known[name] for name in names]
    return [each[0] for each in columns], tuple(each[1] for each in columns), [each[2] for each in columns]


async def _answers(raw: PGconn, count: int) -> list[PGresult]:
    """Send what waits and return so many results, in order."""
    results: list[PGresult] = []
    is_unsent = raw.flush()
    while True:
        await _ready(raw.socket, writing=bool(is_unsent))
        raw.consume_input()
        is_unsent = is_unsent and raw.flush()
        while not raw.is_busy():
            result = raw.get_result()
            if result is None:
                continue  # stands between the results of one statement and the next
            if result.status == ExecStatus.PIPELINE_SYNC:
                return results if len(results) == count else _incomplete()
            if result.status not in _GOOD:
                raise error_from_result(result)
            results.append(result)


def _incomplete() -> list[PGresult]:
    raise psycopg.OperationalError("the pipeline gave fewer answers than were asked for")


async def _ready(descriptor: int, *, writing: bool) -> None:
    """Wait until there is something to read, or, if something is still to be sent, room to write."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not future.done():
            future.set_result(None)

    loop.add_reader(descriptor, wake)
    if writing:
        loop.add_writer(descriptor, wake)
    try:
        await future
    finally:
        loop.remove_reader(descriptor)
        if writing:
            loop.remove_writer(descriptor)


def _rows(transformer: Transforming, result: PGresult) -> Rows:
    if result.status != ExecStatus.TUPLES_OK:
        return []
    transformer.set_pgresult(result)
    return list(transformer.load_rows(0, result.ntuples, tuple))


def _parameters(using: str) -> dict[str, Any]:
    """Django's own parameters of the connection, without what only its cursors use."""
    given = dict(connections[using].get_connection_params())
    for django_only in ("cursor_factory", "context", "pool", "server_side_binding", "assume_role", "isolation_level"):
        given.pop(django_only, None)
    # Prepared here if at all; and nothing begins by itself.
    return given | {"prepare_threshold": None, "autocommit": True, "application_name": APPLICATION}
