import os

import psycopg
import pytest
from django.db import connections

from tenants import guard, rls
from tenants.guard import UnsafeDatabaseError, check_database_role

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_application_role_is_safe():
    check_database_role()


@pytest.mark.parametrize("alias", ["default", "keys"])
@pytest.mark.parametrize("role", ["OWNER", "SUPERUSER"])
def test_a_role_that_could_see_past_row_security_is_refused(alias, role, monkeypatch):
    variable = "DATABASE_URL" if alias == "default" else "KEYS_DATABASE_URL"
    with psycopg.connect(os.environ[f"{role}_{variable}"]) as stronger:
        monkeypatch.setattr(guard, "connections", {"default": connections["default"], alias: stronger})

        with pytest.raises(UnsafeDatabaseError, match=alias):
            check_database_role()


def test_a_table_without_forced_row_security_is_refused(owner_connection):
    owner_connection.execute("ALTER TABLE chat_message NO FORCE ROW LEVEL SECURITY")
    try:
        with pytest.raises(UnsafeDatabaseError, match="chat_message"):
            check_database_role()
    finally:
        owner_connection.execute("ALTER TABLE chat_message FORCE ROW LEVEL SECURITY")


def test_every_global_table_exists_and_has_a_reason(owner_connection):
    rows = owner_connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()

    assert rls.GLOBAL_TABLES.keys() <= {name for (name,) in rows}
    assert all(len(reason) > 8 for reason in rls.GLOBAL_TABLES.values())


def test_every_table_with_a_tenant_has_floor_policies_and_composite_keys_only(owner_connection):
    tenant_tables = {
        name
        for (name,) in owner_connection.execute(
            "SELECT table_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND column_name = 'tenant_id'"
        )
    }
    floors = {
        name
        for (name,) in owner_connection.execute(
            "SELECT tablename FROM pg_policies "
            "WHERE policyname = 'floor' AND permissive = 'RESTRICTIVE' AND cmd = 'ALL'"
        )
    }
    plain_keys = owner_connection.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint "
        "WHERE contype = 'f' AND cardinality(conkey) = 1 AND confrelid::regclass::text = ANY(%s)",
        [list(tenant_tables)],
    ).fetchall()

    assert tenant_tables
    assert tenant_tables == floors
    assert plain_keys == []


def test_the_application_role_may_neither_truncate_nor_change_the_audit(owner_connection):
    rows = owner_connection.execute(
        "SELECT table_name, privilege_type FROM information_schema.table_privileges WHERE grantee = 'hd_app'"
    ).fetchall()

    assert not [table for table, privilege in rows if privilege in {"TRUNCATE", "REFERENCES", "TRIGGER"}]
    assert {p for t, p in rows if t == "compliance_auditentry"} == {"SELECT", "INSERT"}


def test_the_lookup_role_reads_two_tables_and_cannot_sign_in(owner_connection):
    readable = owner_connection.execute(
        "SELECT table_name, privilege_type FROM information_schema.table_privileges WHERE grantee = 'hd_lookup'"
    ).fetchall()
    (can_login, bypass) = owner_connection.execute(
        "SELECT rolcanlogin, rolbypassrls FROM pg_roles WHERE rolname = 'hd_lookup'"
    ).fetchone()

    assert set(readable) == {("tenants_membership", "SELECT"), ("chat_inbox", "SELECT")}
    assert not can_login
    assert not bypass
