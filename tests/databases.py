"""Fixtures for the databases that `tests.embedded` prepared; registered by it.

Every database test may use both databases. A test that commits (`transaction=True`) is cleaned up after on a
superuser's connection: the application role may not, and the audit's triggers would refuse it.

Connections are kept from test to test, as they are from request to request: to a new one PostgreSQL has yet to read
what it knows of each table, which costs it more than a small test does.
"""

import functools
import os
from collections.abc import Iterator
from typing import Any, Final

import psycopg
import pytest
import redis
from django.db import connections
from django.test import TestCase, TransactionTestCase
from psycopg.pq import TransactionStatus
from psycopg.sql import SQL, Identifier

VARIABLES: Final = ("DATABASE_URL", "KEYS_DATABASE_URL")
# Filled by the migrate step, and the same after every test.
KEPT: Final = ("django_migrations", "django_content_type", "auth_permission")
# A table without a page holds nothing.
TOUCHED_TABLES: Final = """
    SELECT relname, pg_relation_size(oid) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
      AND pg_relation_size(oid) > 0 AND NOT relname = ANY(%s)
"""
RESTARTED_SEQUENCES: Final = """
    SELECT setval(sequence.oid, 1, false)
    FROM pg_depend JOIN pg_class sequence ON sequence.oid = objid JOIN pg_class owner ON owner.oid = refobjid
    WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass
      AND sequence.relkind = 'S' AND owner.relname = ANY(%s)
"""
# Rows that are gone still take up room until then.
VACUUMED_FROM_BYTES: Final = 256 * 1024


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """Nothing to set up: the databases are there, migrated, before Django reads its settings."""


@pytest.fixture
def owner_connection() -> Iterator[psycopg.Connection]:
    """The main database as `hd_owner`, in autocommit."""
    with psycopg.connect(os.environ["OWNER_DATABASE_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture
def owner_keys_connection() -> Iterator[psycopg.Connection]:
    """The keys database as `hd_owner`, in autocommit."""
    with psycopg.connect(os.environ["OWNER_KEYS_DATABASE_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def valkey() -> Iterator["redis.Redis"]:
    """This worker's own Valkey database."""
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        yield client


@pytest.fixture(autouse=True)
def _empty_valkey(valkey: "redis.Redis") -> Iterator[None]:
    """Counters and queued jobs of one test are not there in the next."""
    yield
    valkey.flushdb()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Open both databases to every database test: `@pytest.mark.django_db` alone means the first only."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        asked = set(getattr(item, "fixturenames", ())) & {"db", "transactional_db"}
        if marker is None and not asked:
            continue
        given = dict(marker.kwargs) if marker else {}
        if marker and marker.args:
            given["transaction"] = marker.args[0]
        item.add_marker(pytest.mark.django_db(**{"databases": "__all__", **given}), append=False)


def clean_up(_test: Any = None) -> None:
    """Empty what a committing test has written, and let go of connections that it broke."""
    empty_touched_tables()
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block or not connection.is_usable():
            connection.close()


def empty_touched_tables() -> None:
    """Empty every table of both databases that has ever held a row."""
    for variable in VARIABLES:
        try:
            empty_database(superuser(variable))
        except psycopg.OperationalError:
            if not superuser(variable).closed:
                raise
            # The server was started anew, or has cut it.
            superuser.cache_clear()
            empty_database(superuser(variable))


@functools.cache
def superuser(variable: str) -> psycopg.Connection:
    """A connection on which no trigger and no foreign key stands in the way."""
    connection = psycopg.connect(os.environ[f"SUPERUSER_{variable}"], autocommit=True)
    connection.execute("SET session_replication_role = replica")
    connection.execute("SET lock_timeout = '10s'")
    return connection


def empty_database(connection: psycopg.Connection) -> None:
    """Empty the tables of one database.

    By DELETE: a TRUNCATE makes every file of every table and index anew, fifty times the work for a few rows.
    """
    sizes = dict(connection.execute(TOUCHED_TABLES, [list(KEPT)]).fetchall())
    if sizes:
        empty(connection, list(sizes))
    for name in (name for name, size in sizes.items() if size > VACUUMED_FROM_BYTES):
        connection.execute(SQL("VACUUM {}").format(Identifier(name)))


def empty(connection: psycopg.Connection, names: list[str]) -> None:
    """Delete all rows, once nobody is about to write more, and number anew."""
    tables = [Identifier(name) for name in names]
    with connection.transaction():
        connection.execute(SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(SQL(", ").join(tables)))
        connection.execute(SQL("; ").join(SQL("DELETE FROM {}").format(table) for table in tables))
        connection.execute(RESTARTED_SEQUENCES, [names])


def checks_constraints(test: Any, connection: Any) -> bool:
    """Whether deferred constraints are looked at after a test that is rolled back: not where it has done nothing."""
    raw = connection.connection
    is_idle = raw is None or raw.info.transaction_status == TransactionStatus.IDLE
    return not is_idle and could_check(test, connection)


could_check: Final[Any] = TestCase._should_check_constraints  # type: ignore[attr-defined]
TestCase._should_check_constraints = checks_constraints  # type: ignore[attr-defined]
TransactionTestCase._fixture_teardown = clean_up  # type: ignore[method-assign]
TransactionTestCase._should_reload_connections = lambda _test: False  # type: ignore[method-assign]
