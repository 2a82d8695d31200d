"""The three fences stand around every model and table that belongs to an organisation."""

import os
from uuid import uuid4

import psycopg
import pytest
from django.apps import apps
from django.db import connections, models

from tenants.keyring.scope import KeyManager
from tenants.models import Tenant, TenantForeignKey, TenantModel
from tenants.rls import APP_ROLE, GLOBAL_TABLES
from tenants.scoping import ScopeError, TenantManager

OURS = [model for model in apps.get_models() if model.__module__.split(".")[0] in {"tenants", "compliance", "chat"}]
OF_A_TENANT = [model for model in OURS if {field.attname for field in model._meta.fields} & {"tenant_id"}]
GLOBAL = [model for model in OURS if model not in OF_A_TENANT]

TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
FLOORS = """
    SELECT tablename, qual, with_check FROM pg_policies
    WHERE permissive = 'RESTRICTIVE' AND cmd = 'ALL' AND roles = '{public}'
"""
REFERENCES = """
    SELECT conrelid::regclass::text, confrelid::regclass::text,
           array(SELECT attname::text FROM unnest(conkey) k JOIN pg_attribute ON attrelid = conrelid AND attnum = k)
    FROM pg_constraint WHERE contype = 'f'
"""
GRANTS = """
    SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = %s
"""


def ask(alias, query, *arguments):
    with connections[alias].cursor() as cursor:
        cursor.execute(query, arguments)
        return cursor.fetchall()


def alias_of(model):
    return "keys" if model._meta.app_label == "keyring" else "default"


@pytest.mark.parametrize("model", OF_A_TENANT, ids=lambda model: model.__name__)
def test_every_model_of_a_tenant_has_the_manager_that_raises_unscoped(model):
    for manager in (model._default_manager, model._base_manager, model.objects):
        assert isinstance(manager, TenantManager | KeyManager)
        with pytest.raises(ScopeError):
            manager.all()


@pytest.mark.parametrize("model", GLOBAL, ids=lambda model: model.__name__)
def test_every_model_without_a_tenant_is_named_with_its_reason(model):
    assert GLOBAL_TABLES[model._meta.db_table]


@pytest.mark.parametrize("model", OF_A_TENANT, ids=lambda model: model.__name__)
def test_references_inside_an_organisation_are_made_as_such(model):
    for field in model._meta.fields:
        if isinstance(field, models.ForeignKey) and issubclass(field.related_model, TenantModel):
            assert isinstance(field, TenantForeignKey), field


@pytest.mark.django_db
@pytest.mark.parametrize("alias", ["default", "keys"])
def test_every_table_is_fenced_or_global(alias):
    tables = {name for (name,) in ask(alias, TABLES)}
    fenced = {name for name, qual, check in ask(alias, FLOORS) if "app.tenant" in qual and qual == check}
    forced = {name for (name,) in ask(alias, TABLES + " AND relrowsecurity AND relforcerowsecurity")}

    assert tables - GLOBAL_TABLES.keys() == fenced == forced


@pytest.mark.django_db
@pytest.mark.parametrize("model", OF_A_TENANT, ids=lambda model: model.__name__)
def test_every_table_of_a_tenant_has_a_floor(model):
    fenced = {name for name, *_ in ask(alias_of(model), FLOORS)}

    assert model._meta.db_table in fenced


@pytest.mark.django_db
def test_every_reference_between_tables_of_a_tenant_holds_the_tenant_too():
    composite = {(table, target, tuple(sorted(columns))) for table, target, columns in ask("default", REFERENCES)}

    for model in OF_A_TENANT:
        for field in model._meta.fields:
            if isinstance(field, TenantForeignKey):
                columns = tuple(sorted(("tenant_id", field.column)))
                assert (model._meta.db_table, field.related_model._meta.db_table, columns) in composite, field


@pytest.mark.django_db
@pytest.mark.parametrize("alias", ["default", "keys"])
def test_the_application_role_may_neither_truncate_nor_change_the_audit(alias):
    grants = set(ask(alias, GRANTS, APP_ROLE))

    assert not {name for name, privilege in grants if privilege in {"TRUNCATE", "TRIGGER", "REFERENCES"}}
    audit = {privilege for name, privilege in grants if name == "compliance_auditentry"}
    assert audit == ({"SELECT", "INSERT"} if alias == "default" else set())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement", ["UPDATE compliance_auditentry SET event = 'x'", "DELETE FROM compliance_auditentry"]
)
def test_the_audit_trail_cannot_be_changed_by_the_application(statement):
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute("SELECT set_config('app.tenant', %s, true)", [str(uuid4())])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


def test_an_organisation_itself_is_in_the_directory():
    assert Tenant in GLOBAL
