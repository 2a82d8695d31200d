"""The databases of a test run: what a test has committed is gone when the next begins."""

import os

import psycopg
import pytest
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
