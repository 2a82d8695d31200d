"""Scratch databases beside the live ones: made, filled, and dropped again; never over anything that is there."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from compliance.drill import programs
from compliance.drill.faults import DrillFaultError, DrillRefusedError
from compliance.drill.programs import ProgramError
from compliance.models import DrillFault
from tenants.rls import APP_ROLE, LOOKUP_ROLE, OPERATOR_ROLE, OWNER_ROLE

#: Stands at a scratch database as its comment, so that the next drill knows what a killed one has left.
MARK: Final = "scratch database of a restore drill of Hushdesk"
SUFFIX: Final = "_drill"
ROLES: Final = (APP_ROLE, LOOKUP_ROLE, OPERATOR_ROLE, OWNER_ROLE)
_NAMED: Final = """
    SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = ANY(%s) ORDER BY 1
"""
_LOCK: Final = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"


@dataclass(slots=True)
class Server:
    """The server that scratch databases are made on. `left`: what could not be dropped."""

    url: str
    major: int
    identifier: int
    connection: psycopg.Connection
    left: list[str]

    def url_of(self, database: str) -> str:
        """Return the address of one of its databases."""
        return make_conninfo(self.url, dbname=database)

    def drop(self, names: Sequence[str]) -> list[str]:
        """Drop scratch databases, whoever is in them; return those that stayed."""
        stayed = []
        for name in names:
            try:
                self.connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
            except psycopg.Error:
                stayed.append(name)
        return stayed

    def make(self, name: str) -> None:
        """Make an empty database that nobody but its maker may enter, and mark it."""
        named = Identifier(name)
        self.connection.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(named))
        self.connection.execute(SQL("COMMENT ON DATABASE {} IS {}").format(named, MARK))
        self.connection.execute(SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(named))


@contextmanager
def reached(url: str) -> Iterator[Server]:
    """Connect to a server as a role that may make databases there and give tables to the service's roles.

    Raises:
        DrillRefusedError: It does not answer, or lacks the service's roles.
    """
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.Error as error:
        raise DrillRefusedError(
            f"RESTORE_SERVER_URL leads nowhere ({type(error).__name__}): name a server on which scratch databases can "
            "be made, as a superuser."
        ) from None
    with connection:
        there = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'hd%'")}
        if missing := [role for role in ROLES if role not in there]:
            raise DrillRefusedError(f"The server has no role {', '.join(missing)}: run helpdesk/roles.sql there first.")
        yield Server(url, connection.info.server_version // 10_000, identifier_of(connection), connection, [])


def identifier_of(connection: psycopg.Connection) -> int:
    """Return what tells one cluster from another."""
    row = connection.execute("SELECT system_identifier FROM pg_control_system()").fetchone()
    return int(row[0]) if row else 0


@contextmanager
def scratch(server: Server, names: Sequence[str]) -> Iterator[list[str]]:
    """Make scratch databases, and drop them whatever happens; yields what a killed drill had left and is dropped now.

    Raises:
        DrillRefusedError: Another drill is under way, or a database of this name is there that no drill has made.
    """
    _alone(server, names)
    leftovers = _leftovers(server, names)
    if stayed := server.drop(leftovers):
        raise DrillRefusedError(f"{', '.join(stayed)}, left by a drill that was killed, cannot be dropped: drop it.")
    made: list[str] = []
    try:
        for name in names:
            _make(server, name, made)
        yield leftovers
    finally:
        server.left += server.drop(made)
        with suppress(psycopg.Error):  # gone with the session, where that is gone
            server.connection.execute("SELECT pg_advisory_unlock_all()")


def _alone(server: Server, names: Sequence[str]) -> None:
    # Of the session: it ends with a drill that is killed.
    row = server.connection.execute(_LOCK, [f"{MARK} {names}"]).fetchone()
    if row != (True,):
        raise DrillRefusedError("Another drill is under way on this server: wait for its end.")


def _leftovers(server: Server, names: Sequence[str]) -> list[str]:
    """Return which of the names are a killed drill's. Something else that is called so is nothing of ours."""
    found = server.connection.execute(_NAMED, [list(names)]).fetchall()
    if taken := [name for name, comment in found if comment != MARK]:
        raise DrillRefusedError(
            f"A database {', '.join(taken)} is there that no drill has made: rename it, or drop it if nobody wants it."
        )
    return [name for name, _ in found]


def _make(server: Server, name: str, made: list[str]) -> None:
    try:
        made.append(name)
        server.make(name)
    except psycopg.errors.DuplicateDatabase:
        made.remove(name)
        raise DrillRefusedError(f"A database {name} was made just now by somebody else.") from None
    except psycopg.errors.InsufficientPrivilege:
        raise DrillRefusedError("The role of RESTORE_SERVER_URL may not make databases: name a superuser.") from None
    except psycopg.Error as error:
        raise DrillFaultError(DrillFault.RESTORING, f"{name} cannot be made: {type(error).__name__}") from None


def restore(program: Path, server: Server, archive: Path, name: str) -> None:
    """Fill a scratch database from an archive, with owners, grants and policies, as one would if the live one was lost.

    Raises:
        DrillFaultError: Something of it was refused.
    """
    try:
        programs.run(program, "--exit-on-error", "--dbname", name, archive, url=server.url_of(name))
    except ProgramError as error:
        raise DrillFaultError(DrillFault.RESTORING, f"{archive.name} cannot be restored; {error}") from None


def rows_in(url: str, tables: Sequence[str]) -> dict[str, int]:
    """Count the rows of these tables in a database; those that are not there are missing in the answer."""
    with psycopg.connect(url) as connection:
        query = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = ANY(%s)"
        there = [name for (name,) in connection.execute(query, [list(tables)])]
        counts = [SQL("SELECT {}, count(*) FROM public.{}").format(name, Identifier(name)) for name in sorted(there)]
        return dict(connection.execute(SQL(" UNION ALL ").join(counts)).fetchall()) if counts else {}


def as_application(url: str) -> dict[str, object]:
    """Return Django's entry for a database that is looked at as the service would: by the application's role.

    Whoever signs in takes that role at once, so grants, policies and functions of the restored database are tried too.
    """
    parts = conninfo_to_dict(url)
    options = {key: value for key, value in parts.items() if key not in {"dbname", "user", "password", "host", "port"}}
    options["options"] = f"{options.get('options', '')} -c role={APP_ROLE}".strip()
    return {
        "NAME": parts["dbname"], "USER": parts.get("user", ""), "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""), "PORT": str(parts.get("port", "")), "OPTIONS": options,
        "CONN_HEALTH_CHECKS": False,
    }  # fmt: skip
