"""Each column says what it holds of people, what for and for how long: one that does not is red."""

import pytest
from django.apps import apps
from django.db import models

from compliance.processing.terms import Category, Persons, every_row
from tests.architecture.test_text import MODELS

ROWS = every_row()
# A row's own id and its organisation say nothing that its other columns don't.
NO_COLUMNS = {"id", "tenant", "tenant_id"}


def columns_of(model: type[models.Model]) -> list[str]:
    return sorted(field.name for field in model._meta.local_fields if field.name not in NO_COLUMNS)


def unsaid(model: type[models.Model]) -> list[str]:
    """The columns of which nothing is said, or too much."""
    named = [name for row in ROWS if row.model == model._meta.label for name, _ in row.each()]
    return [name for name in columns_of(model) if named.count(name) != 1]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_column_says_once_what_it_holds_of_people(model):
    assert unsaid(model) == [], "name them in the table of columns: compliance/processing, chat/processing.py"


def test_a_new_column_or_model_would_be_seen():
    class Hobby(models.Model):  # noqa: DJ008
        name = models.CharField(max_length=20)
        since = models.DateField()

        class Meta:
            app_label = "chat"
            managed = False

    try:
        assert unsaid(Hobby) == ["name", "since"]
    finally:
        del apps.all_models["chat"]["hobby"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.model)
def test_what_is_said_is_said_of_columns_that_are_there_and_of_somebody_if_they_hold_something(row):
    there = {field.name for field in apps.get_model(row.model)._meta.local_fields}
    held = {held.category for name, held in row.each()}

    assert {name for name, _ in row.each()} <= there
    assert (row.of is Persons.NOBODY) == (held <= {Category.NONE})
    assert len({row.of, *row.also}) == 1 + len(row.also)
