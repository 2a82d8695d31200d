"""Migrations are complete, have one end, and can be taken back."""

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.migrations import CreateModel
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunPython, RunSQL
from django.db.migrations.state import ProjectState

from helpdesk.core.create_models import CreateModels
from helpdesk.management.commands.migrate_all import parted
from tenants.operator_role import OPERATORS, OWN_ALIASES

LABELS = ("tenants", "keyring", "compliance", "chat")


@pytest.fixture(scope="module")
def loader():
    # Without a connection: what is applied is no matter here.
    return MigrationLoader(None)


def ours(loader):
    return [(key, migration) for key, migration in loader.disk_migrations.items() if key[0] in LABELS]


def test_no_change_of_a_model_is_without_its_migration(loader):
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))

    changes = detector.changes(graph=loader.graph)

    assert {label: changes[label] for label in changes if label in LABELS} == {}


def test_no_app_has_two_ends(loader):
    assert loader.detect_conflicts() == {}


def test_every_migration_can_be_taken_back(loader):
    for key, migration in ours(loader):
        for operation in migration.operations:
            assert operation.reversible, (key, operation)
            if isinstance(operation, RunPython | RunSQL):
                assert operation.reversible, (key, operation)


def test_every_table_of_ours_is_fenced_after_the_migration_that_makes_it(loader):
    """A later migration must not leave a new table open: `protect()` stands in the same app, after the creation."""
    for label in LABELS:
        made, fenced = set(), set()
        for key, migration in sorted(ours(loader)):
            if key[0] != label:
                continue
            for operation in migration.operations:
                if isinstance(operation, CreateModel | CreateModels):
                    models = operation.models if isinstance(operation, CreateModels) else [operation]
                    made |= {f"{label}_{model.name_lower}" for model in models}
                elif isinstance(operation, RunSQL):
                    statements = operation.sql if isinstance(operation.sql, list) else [operation.sql]
                    fenced |= {name for name in made for sql in statements if f"ON {name} " in f"{sql} "}
        assert made, label
        assert made == fenced, label


@pytest.mark.django_db
def test_the_databases_the_tests_run_on_are_migrated_to_the_end(owner_connection, owner_keys_connection, loader):
    expected = ((owner_connection, {"tenants", "compliance", "chat"}), (owner_keys_connection, {"keyring"}))
    for connection, labels in expected:
        applied = set(connection.execute("SELECT app, name FROM django_migrations").fetchall())
        assert {key for key, _ in ours(loader) if key[0] in labels} <= applied
    assert set(connections) == {*OWN_ALIASES, *OPERATORS.values()}


@pytest.mark.django_db(transaction=True)
def test_a_database_of_another_history_is_named_and_left_as_it_is(owner_connection):
    assert parted(connections["default"]) == []
    owner_connection.execute("UPDATE django_migrations SET name = 'other ' || name WHERE app = 'chat'")
    try:
        with pytest.raises(CommandError, match=r"the migrations of chat .* `manage.py demo --reset`"):
            call_command("migrate_all")
    finally:
        owner_connection.execute("UPDATE django_migrations SET name = replace(name, 'other ', '')")


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_only_ahead_serves_the_version_before(owner_connection):
    owner_connection.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('chat', '9999_next', now())")
    try:
        assert parted(connections["default"]) == []
    finally:
        owner_connection.execute("DELETE FROM django_migrations WHERE name = '9999_next'")


def test_models_that_are_created_together_are_rendered_once(loader):
    """None before one is asked for; what is in the state is as if each had come by itself."""
    operation = next(op for op in loader.disk_migrations["chat", "0002_conversations"].operations)
    before = loader.project_state(("chat", "0001_contacts"))
    together, apart = before.clone(), before.clone()
    _ = together.apps

    operation.state_forwards("chat", together)
    for model in operation.models:
        model.state_forwards("chat", apart)

    assert "apps" not in together.__dict__
    assert together.models == apart.models
    assert {model._meta.label for model in together.apps.get_models()} >= {"chat.Message", "tenants.Tenant"}
