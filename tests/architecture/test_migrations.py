"""Migrations are complete, have one end, and can be taken back."""

import pytest
from django.apps import apps
from django.db import connections
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunPython, RunSQL
from django.db.migrations.state import ProjectState

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


def test_every_table_of_ours_is_fenced_by_the_migration_after_the_one_that_makes_it(loader):
    """A later migration must not leave a new table open: `protect()` stands in the same app, after the creation."""
    for label in LABELS:
        made, fenced = set(), set()
        for key, migration in sorted(ours(loader)):
            if key[0] != label:
                continue
            for operation in migration.operations:
                if type(operation).__name__ == "CreateModel":
                    made.add(f"{label}_{operation.name_lower}")
                elif isinstance(operation, RunSQL):
                    statements = operation.sql if isinstance(operation.sql, list) else [operation.sql]
                    fenced |= {name for name in made for sql in statements if f"ON {name} " in f"{sql} "}
        assert made == fenced, label


@pytest.mark.django_db
def test_the_databases_the_tests_run_on_are_migrated_to_the_end(owner_connection, owner_keys_connection, loader):
    expected = ((owner_connection, {"tenants", "compliance", "chat"}), (owner_keys_connection, {"keyring"}))
    for connection, labels in expected:
        applied = set(connection.execute("SELECT app, name FROM django_migrations").fetchall())
        assert {key for key, _ in ours(loader) if key[0] in labels} <= applied
    assert set(connections) == {*OWN_ALIASES, *OPERATORS.values()}
