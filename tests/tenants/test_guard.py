import os
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest
from django.db import connections
from psycopg.sql import SQL, Identifier

from tenants import guard, rls
from tenants.guard import UnsafeDatabaseError, check_database_role
from tenants.models import TrainingDuty
from tenants.scoping import tenant_scope

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


def test_a_process_that_serves_operators_needs_their_role(monkeypatch):
    monkeypatch.setattr(guard, "connections", {alias: connections[alias] for alias in ("default", "keys")})

    check_database_role()
    with pytest.raises(UnsafeDatabaseError, match="OPERATOR_DATABASE_URL"):
        check_database_role(with_operators=True)


@pytest.mark.parametrize("alias", ["operator", "operator_keys"])
def test_operators_who_come_as_the_application_are_refused(alias, monkeypatch):
    same = {alias: connections["default" if alias == "operator" else "keys"]}
    monkeypatch.setattr(guard, "connections", {name: connections[name] for name in connections} | same)

    with pytest.raises(UnsafeDatabaseError, match="a role of their own"):
        check_database_role()


@pytest.mark.parametrize(("column", "keys"), [("chat_message.body", False), ("keyring_tenantkey.wrapped", True)])
def test_operators_who_could_read_what_is_sealed_are_refused(column, keys, owner_connection, owner_keys_connection):
    owner = owner_keys_connection if keys else owner_connection
    table, _, name = column.partition(".")
    owner.execute(f"GRANT SELECT ({name}) ON {table} TO hd_operator")
    try:
        with pytest.raises(UnsafeDatabaseError, match=column):
            check_database_role()
    finally:
        owner.execute(f"REVOKE SELECT ({name}) ON {table} FROM hd_operator")


@pytest.mark.parametrize(("role", "alias"), [("hd_app", "default"), ("hd_operator", "operator")])
def test_a_role_that_could_become_the_owner_is_refused(role, alias, monkeypatch):
    # A role of its own: the service's are shared with whatever runs beside this test.
    with psycopg.connect(os.environ["SUPERUSER_DATABASE_URL"], autocommit=True) as superuser:
        climber = Identifier(f"climber_{uuid4().hex}")
        superuser.execute(SQL("CREATE ROLE {} LOGIN IN ROLE hd_owner, {}").format(climber, Identifier(role)))
        url = os.environ["DATABASE_URL"].replace("hd_app@", f"{climber.as_string()[1:-1]}@")
        try:
            with psycopg.connect(url) as climbing:
                known = {name: connections[name] for name in connections}
                monkeypatch.setattr(guard, "connections", known | {alias: climbing})

                with pytest.raises(UnsafeDatabaseError, match=f"{alias}: the role owns tables"):
                    check_database_role()
        finally:
            superuser.execute(SQL("DROP ROLE {}").format(climber))


def test_a_table_without_forced_row_security_is_refused(owner_connection):
    owner_connection.execute("ALTER TABLE chat_message NO FORCE ROW LEVEL SECURITY")
    try:
        with pytest.raises(UnsafeDatabaseError, match="chat_message"):
            check_database_role()
    finally:
        owner_connection.execute("ALTER TABLE chat_message FORCE ROW LEVEL SECURITY")


def test_a_table_without_the_floor_is_refused(owner_connection):
    floor = "tenant_id = current_setting('app.tenant')::uuid"
    owner_connection.execute("DROP POLICY floor ON chat_message")
    try:
        with pytest.raises(UnsafeDatabaseError, match="no floor under chat_message"):
            check_database_role()
    finally:
        owner_connection.execute(
            f"CREATE POLICY floor ON chat_message AS RESTRICTIVE USING ({floor}) WITH CHECK ({floor})"
        )


def test_a_column_can_refer_to_rows_of_its_organisation_whatever_rows_are_there(owner_connection, ada, now):
    """PostgreSQL looks at the rows that are there as the owner, whom forced row security would refuse."""
    with tenant_scope(ada.tenant):
        TrainingDuty.objects.create(
            tenant=ada.tenant, membership=ada, course="privacy", closes=True, assigned_at=now, due_at=now
        )
    key = "tenants_trainingduty_membership_id_same_tenant"
    defined = f"SELECT pg_get_constraintdef(oid), convalidated FROM pg_constraint WHERE conname = '{key}'"
    before = owner_connection.execute(defined).fetchall()
    operation = rls.refer("tenants_trainingduty", "membership_id", "tenants_membership")

    owner_connection.execute(operation.reverse_sql)
    assert owner_connection.execute(defined).fetchall() == []
    for statement in operation.sql:
        owner_connection.execute(statement)

    assert owner_connection.execute(defined).fetchall() == before != []
    check_database_role()


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


def test_the_lookup_role_reads_what_is_listed_and_cannot_sign_in(owner_connection):
    readable = owner_connection.execute(
        "SELECT table_name, privilege_type FROM information_schema.table_privileges WHERE grantee = 'hd_lookup'"
    ).fetchall()
    (can_login, bypass) = owner_connection.execute(
        "SELECT rolcanlogin, rolbypassrls FROM pg_roles WHERE rolname = 'hd_lookup'"
    ).fetchone()

    by_column = owner_connection.execute(
        "SELECT DISTINCT table_name FROM information_schema.column_privileges WHERE grantee = 'hd_lookup'"
    ).fetchall()

    trails = {"compliance_auditentry", "compliance_operatorentry"}
    whole = {"tenants_membership", "chat_inbox", "compliance_supportgrant", *trails}
    # An entry goes by `expire_audit()` alone, which asks holds and choices whether it may.
    assert set(readable) == {(table, "SELECT") for table in whole} | {("compliance_auditentry", "DELETE")}
    # What support access stands on, and what it lets through: a few columns of each.
    parts = {"tenants_tenant", "tenants_user", "chat_conversation", "chat_message", "chat_finding"}
    assert {table for (table,) in by_column} - whole == parts | {"compliance_legalhold", "tenants_policychoice"}
    assert not can_login
    assert not bypass


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("log_error_verbosity", "default"),
        ("log_error_verbosity", "verbose"),
        ("log_parameter_max_length_on_error", "-1"),
        ("log_parameter_max_length_on_error", "64"),
        ("log_statement", "mod"),
        ("log_statement", "all"),
        ("log_min_error_statement", "error"),
        ("log_min_duration_statement", "250"),
        ("log_min_duration_sample", "0"),
        ("log_transaction_sample_rate", "0.5"),
        ("log_duration", "on"),
    ],
)
@pytest.mark.parametrize("database", ["hushdesk", "hushdesk_keys"])
def test_a_server_whose_log_could_show_values_is_refused(database, setting, value):
    with set_on_server({setting: value}, database), pytest.raises(UnsafeDatabaseError, match=setting):
        check_database_role()


@contextmanager
def set_on_server(values, database="hushdesk"):
    """Set what only a superuser may, for the application role's next connections to one database."""
    variable = "DATABASE_URL" if database == "hushdesk" else "KEYS_DATABASE_URL"
    alias = "default" if database == "hushdesk" else "keys"
    with psycopg.connect(os.environ[f"SUPERUSER_{variable}"], autocommit=True) as superuser:
        name = Identifier(superuser.info.dbname)
        for setting, value in values.items():
            superuser.execute(
                SQL("ALTER ROLE hd_app IN DATABASE {} SET {} = {}").format(name, Identifier(setting), value)
            )
        connections[alias].close()
        try:
            yield
        finally:
            superuser.execute(SQL("ALTER ROLE hd_app IN DATABASE {} RESET ALL").format(name))
            connections[alias].close()
