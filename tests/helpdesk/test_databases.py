"""The databases of a test run: what a test has committed is gone when the next begins."""

import os

import psycopg
import pytest
from django.db import connection, connections
from django.test import TestCase
from psycopg.sql import SQL, Identifier

from compliance.models import AuditEntry
from tenants.keyring.models import TenantKey
from tenants.models import Membership
from tests import databases

pytestmark = pytest.mark.django_db(transaction=True)


def filled() -> list[str]:
    """The tables of both databases that hold a row."""
    found = []
    for variable in databases.VARIABLES:
        with psycopg.connect(os.environ[f"SUPERUSER_{variable}"], autocommit=True) as connection:
            names = [name for name, _ in connection.execute(databases.TOUCHED_TABLES, [list(databases.KEPT)])]
            found += [
                name
                for name in names
                if connection.execute(SQL("SELECT 1 FROM {} LIMIT 1").format(Identifier(name))).fetchone()
            ]
    return found


@pytest.mark.parametrize("vacuumed_from_bytes", [0, databases.VACUUMED_FROM_BYTES])
def test_what_a_test_has_committed_is_gone_afterwards(ada, sign_in, client, monkeypatch, vacuumed_from_bytes):
    monkeypatch.setattr(databases, "VACUUMED_FROM_BYTES", vacuumed_from_bytes)
    sign_in(client, ada)
    assert {model._meta.db_table for model in (Membership, TenantKey, AuditEntry)} <= set(filled())

    databases.empty_touched_tables()

    assert filled() == []


def test_a_connection_is_kept_from_test_to_test_until_it_is_cut(ada):
    kept = connection.connection
    databases.clean_up()
    assert connection.connection is kept

    # These and no others: a thread of another test may keep one, and goes on with it.
    cut = [one.info.backend_pid for one in (kept, *map(databases.superuser, databases.VARIABLES))]
    with psycopg.connect(os.environ["SUPERUSER_DATABASE_URL"], autocommit=True) as server:
        server.execute("SELECT pg_terminate_backend(pid, 10000) FROM unnest(%s::int[]) AS pid", [cut])
    databases.clean_up()

    assert connection.connection is None
    assert filled() == []


@pytest.mark.django_db
def test_constraints_are_looked_at_where_a_test_has_done_something():
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT 1")

    assert databases.checks_constraints(TestCase(), connections["default"])
    assert not databases.checks_constraints(TestCase(), connections["keys"])
