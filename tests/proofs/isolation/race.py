"""The race: random organisations at once through every way to the database; each must see its own rows and no others.

Each way has a process of its own, with connections of its own and settings for it.
"""

import asyncio
import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.db import Error, connection, connections

from chat.models import Conversation
from helpdesk.core.threads import in_thread
from helpdesk.embedded import processes
from helpdesk.embedded.layout import DATABASE
from helpdesk.embedded.postgres import account_for_servers
from helpdesk.embedded.processes import private_directory
from helpdesk.env import DatabaseUrl
from tenants import scoping
from tenants.scoping import tenant_scope
from tests.proofs.isolation.forked import forked
from tests.proofs.isolation.mutants.core import Mutant

if TYPE_CHECKING:
    from helpdesk.launch.prove import Scratch

WAYS: Final = ("threads", "async", "pool", "pgbouncer")
THREADS: Final = 8
MUTANT_TRANSACTIONS: Final = 800
BOUNCER: Final = """
[databases]
{database} = host={socket} dbname={database} user=hd_app
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {run}
auth_type = any
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
logfile = {run}/pgbouncer.log
pidfile =
"""


class BrokenOnPurposeError(Exception):
    """Raised inside a scope, to see that nothing of it stays."""


def race(scratch: "Scratch", tenants: dict[str, int], transactions: int) -> dict[str, Any]:
    """Run each way in a process of its own and add up what they saw."""
    ways = [way for way in WAYS if is_possible(way)]
    share = -(-transactions // len(ways))
    results = {}
    for way in ways:
        with bouncer(scratch) if way == "pgbouncer" else no_bouncer() as url:
            results[way] = run_way(way, share, tenants, url)
    return {
        "race_transactions": sum(one["transactions"] for one in results.values()),
        "race_wrong": sum(one["wrong"] for one in results.values()),
        "race_not_run": [way for way in WAYS if way not in ways],
        "race_ways": results,
    }


def race_mutant(scratch: "Scratch", tenants: dict[str, int]) -> Mutant:
    """The setting made for the session, not for the transaction: the next on the connection finds it."""
    way = "pgbouncer" if is_possible("pgbouncer") else "threads"

    def is_right() -> bool:
        with bouncer(scratch) if way == "pgbouncer" else no_bouncer() as url:
            return bool(run_way(way, MUTANT_TRANSACTIONS, tenants, url)["wrong"] == 0)

    return Mutant("race", f"a setting that outlives its transaction, {way}", session_form, [is_right])


@contextmanager
def session_form() -> Iterator[None]:
    os.environ["RACE_SESSION_FORM"] = "1"
    try:
        yield
    finally:
        del os.environ["RACE_SESSION_FORM"]


def is_possible(way: str) -> bool:
    if way == "pgbouncer":
        return bouncer_program() is not None
    if way == "pool":
        from importlib.util import find_spec

        return find_spec("psycopg_pool") is not None
    return True


def bouncer_program() -> str | None:
    return shutil.which("pgbouncer") or next((p for p in ("/usr/sbin/pgbouncer",) if Path(p).exists()), None)


@contextmanager
def no_bouncer() -> Iterator[str]:
    yield ""


@contextmanager
def bouncer(scratch: "Scratch") -> Iterator[str]:
    """PgBouncer in transaction mode in front of the scratch server."""
    run, account = scratch.data.servers / "run" / "pgb", account_for_servers()
    private_directory(run, account)
    config = run / "pgbouncer.ini"
    config.write_text(BOUNCER.format(database=DATABASE, socket=scratch.data.postgres_socket, run=run))
    config.chmod(0o644)
    program = bouncer_program()
    assert program is not None
    child = processes.start("pgbouncer", [program, config], log=scratch.data.logs / "pgbouncer.log", account=account)
    try:
        if not processes.wait_until((run / ".s.PGSQL.6432").exists, 10):
            raise processes.ServerError(f"pgbouncer did not start:\n{child.last_words()}")
        yield f"postgresql://hd_app@/{DATABASE}?host={run}&port=6432"
    finally:
        child.stop()


def run_way(way: str, transactions: int, tenants: dict[str, int], url: str) -> dict[str, Any]:
    try:
        return forked(raced, [(way, transactions, tenants, url)])[0]
    except Exception as error:
        raise processes.ServerError(f"The race by {way} failed: {type(error).__name__}: {error}") from error


# --- in the process of one way -------------------------------------------------------------------------------


def raced(way: str, transactions: int, tenants: dict[str, int], url: str) -> dict[str, int]:
    """Race by one way, of which this process does nothing else."""
    default = connections.settings["default"]
    if url:
        there = DatabaseUrl.parse("DATABASE_URL", url).django()
        default |= {name: there[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    if way == "pool":
        default |= {"CONN_MAX_AGE": 0, "OPTIONS": {**default["OPTIONS"], "pool": {"min_size": 2, "max_size": 4}}}
    if way == "pgbouncer":
        default |= {"DISABLE_SERVER_SIDE_CURSORS": True, "CONN_MAX_AGE": None}
    if os.environ.get("RACE_SESSION_FORM"):
        outlive_transactions()
    counts = {UUID(key): count for key, count in tenants.items()}
    each = -(-transactions // THREADS)
    work = [Runner(counts, each, random.Random(number), by_turns=way == "pool") for number in range(THREADS)]
    if way == "async":
        asyncio.run(consumers(work))
    else:
        threads(work)
    if error := next((one.error for one in work if one.error), None):
        raise error
    return {"transactions": sum(one.done for one in work), "wrong": sum(one.wrong for one in work)}


def outlive_transactions() -> None:
    """Make the setting in the form that is banned."""

    def set_for_session(tenant_id: UUID | None, *, using: str = "default") -> None:
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT set_config('app.tenant', %s, false)", [str(tenant_id or "")])

    scoping.set_local_tenant = set_for_session


class Runner:
    """One thread's or consumer's transactions."""

    def __init__(self, tenants: dict[UUID, int], transactions: int, dice: random.Random, *, by_turns: bool) -> None:
        self.tenants, self.ids, self.left = tenants, list(tenants), transactions
        self.dice, self.by_turns = dice, by_turns
        self.done = self.wrong = 0
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            while self.left > 0:
                self.some(50)
        except Exception as error:  # noqa: BLE001 (the main thread raises it)
            self.error = error

    def some(self, number: int) -> None:
        """Do up to so many transactions; by turns the connection goes back to the pool after each."""
        for _ in range(min(number, self.left)):
            self.one()
            self.left -= 1
            self.done += 1
            if self.by_turns:
                connection.close()
        connection.close() if self.by_turns else None

    def one(self) -> None:
        """See one organisation's rows by ORM and by plain SQL; now and then fail inside, or ask outside of a scope."""
        chance = self.dice.random()
        tenant_id = self.dice.choice(self.ids)
        if chance < 0.02:
            self.outside()
        elif chance < 0.05:
            self.failing(tenant_id)
        else:
            self.inside(tenant_id, plain=chance < 0.5)

    def inside(self, tenant_id: UUID, *, plain: bool) -> None:
        with tenant_scope(tenant_id):
            if plain:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT tenant_id FROM chat_conversation")
                    seen = [row[0] for row in cursor.fetchall()]
            else:
                seen = list(Conversation.objects.values_list("tenant_id", flat=True))
        if set(seen) != {tenant_id} or len(seen) != self.tenants[tenant_id]:
            self.wrong += 1

    def failing(self, tenant_id: UUID) -> None:
        with suppress(BrokenOnPurposeError), tenant_scope(tenant_id):
            self.inside(tenant_id, plain=True)
            raise BrokenOnPurposeError

    def outside(self) -> None:
        """Without a scope the database must refuse, whoever had the connection before."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT tenant_id FROM chat_conversation")
                self.wrong += 1
        except Error:
            pass


def threads(work: list[Runner]) -> None:
    from threading import Thread

    running = [Thread(target=one.run) for one in work]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


async def consumers(work: list[Runner]) -> None:
    """As the sockets do it: each piece of database work in whichever thread of their pool is free."""

    async def consumer(one: Runner) -> None:
        while one.left > 0:
            await in_thread(one.some, 5)

    await asyncio.gather(*(consumer(one) for one in work))
