"""The race: random organisations at once through every way to the database; each must see its own rows and no others.

Run as a module it is one way's process: `python -m tests.proofs.isolation.race WAY TRANSACTIONS` on the databases in
the environment, with the tenants and how many conversations each has as JSON on standard input.
"""

import asyncio
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from helpdesk.embedded import processes
from helpdesk.embedded.layout import DATABASE
from helpdesk.embedded.postgres import account_for_servers
from helpdesk.embedded.processes import private_directory
from tests.proofs.isolation.mutants.core import Mutant

if TYPE_CHECKING:
    from helpdesk.launch.prove import Scratch

ROOT: Final = Path(__file__).resolve().parents[3]
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
    environment = {**os.environ, **({"DATABASE_URL": url} if url else {}), "RACE_WAY": way}
    done = subprocess.run(
        [sys.executable, "-m", "tests.proofs.isolation.race", way, str(transactions)],
        cwd=ROOT, env=environment, input=json.dumps(tenants), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise processes.ServerError(f"The race by {way} failed:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


# --- in the process of one way -------------------------------------------------------------------------------


def main(way: str, transactions: int, tenants: dict[str, int]) -> dict[str, int]:
    import django
    from django.conf import settings

    default = settings.DATABASES["default"]
    if way == "pool":
        default |= {"CONN_MAX_AGE": 0, "OPTIONS": {**default["OPTIONS"], "pool": {"min_size": 2, "max_size": 4}}}
    if way == "pgbouncer":
        default |= {"DISABLE_SERVER_SIDE_CURSORS": True, "CONN_MAX_AGE": None}
    django.setup()
    if os.environ.get("RACE_SESSION_FORM"):
        outlive_transactions()
    from tests.proofs.isolation import race

    counts = {UUID(key): count for key, count in tenants.items()}
    each = -(-transactions // THREADS)
    work = [race.Runner(counts, each, random.Random(number), by_turns=way == "pool") for number in range(THREADS)]
    if way == "async":
        asyncio.run(race.consumers(work))
    else:
        race.threads(work)
    if error := next((one.error for one in work if one.error), None):
        raise error
    return {"transactions": sum(one.done for one in work), "wrong": sum(one.wrong for one in work)}


def outlive_transactions() -> None:
    """Make the setting in the form that is banned."""
    from django.db import connections

    from tenants import scoping

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
        from django.db import connection

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
        from django.db import connection

        from chat.models import Conversation
        from tenants.scoping import tenant_scope

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
        from tenants.scoping import tenant_scope

        with suppress(BrokenOnPurposeError), tenant_scope(tenant_id):
            self.inside(tenant_id, plain=True)
            raise BrokenOnPurposeError

    def outside(self) -> None:
        """Without a scope the database must refuse, whoever had the connection before."""
        from django.db import Error, connection

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
    from helpdesk.core.threads import in_thread

    async def consumer(one: Runner) -> None:
        while one.left > 0:
            await in_thread(one.some, 5)

    await asyncio.gather(*(consumer(one) for one in work))


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), json.load(sys.stdin))))
