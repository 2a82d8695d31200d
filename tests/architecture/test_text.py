"""Texts are stored only masked and sealed: a column that could hold one otherwise is red, until its reason is named."""

from typing import Final

import pytest
from django.apps import apps
from django.db import models

from chat.models import CannedResponse, Conversation, PreChatField
from chat.models.columns import OF_CONTACTS, OF_ORGANISATIONS, OF_PEOPLE
from compliance.masking import MaskingPolicy, mask
from compliance.processing.terms import every_row
from compliance.sealed_text import SealedText, SealedTextField, UnmaskedTextError, seal_masked

OUR_APPS: Final = {"tenants", "compliance", "chat", "keyring"}
# What can hold words. Columns with a fixed list of choices can't.
WORDS: Final = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.FileField)

# What the one table of columns says (`compliance.processing.terms`); there too stands why words in one may be readable.
TABLE: Final = {row.model: dict(row.each()) for row in every_row()}
# The product's own models that anyone could add a column to.
MODELS: Final = [model for model in apps.get_models() if model._meta.app_label in OUR_APPS]


def columns_of_words(model: type[models.Model]) -> list[models.Field]:
    return [
        field
        for field in model._meta.local_fields
        if isinstance(field, WORDS) and not field.choices and not isinstance(field, SealedTextField)
    ]


def unexplained(model: type[models.Model]) -> list[str]:
    held = TABLE.get(model._meta.label, {})
    return [field.name for field in columns_of_words(model) if field.name not in held or not held[field.name].plain]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_column_that_can_hold_words_is_sealed_text_or_says_why_not(model):
    assert unexplained(model) == []


def test_every_reason_is_about_a_column_that_can_hold_words():
    explained = {(label, name) for label, columns in TABLE.items() for name, held in columns.items() if held.plain}

    assert explained <= {(model._meta.label, field.name) for model in MODELS for field in columns_of_words(model)}


def test_a_new_column_of_text_would_be_seen():
    class Remark(models.Model):  # noqa: DJ008
        text = models.TextField()
        kept = SealedTextField()

        class Meta:
            app_label = "chat"
            managed = False

    try:
        assert unexplained(Remark) == ["text"]
    finally:
        del apps.all_models["chat"]["remark"]


@pytest.mark.parametrize("value", ["a text", b"an envelope made elsewhere", memoryview(b"the same")])
def test_a_column_of_text_takes_nothing_that_was_not_masked(value):
    field = Conversation._meta.get_field("subject")

    with pytest.raises(UnmaskedTextError):
        field.get_prep_value(value)
    with pytest.raises(UnmaskedTextError):
        SealedText(b"an envelope made elsewhere")


def test_what_is_sealed_must_come_from_the_engine():
    masked = mask("card 4111 1111 1111 1111", MaskingPolicy.named("default"))
    slot = CannedResponse.slot(Conversation._meta.pk.default(), Conversation._meta.pk.default())

    for text in (masked.text, masked.text.encode()):
        with pytest.raises(UnmaskedTextError):
            seal_masked(slot, text)


def test_every_column_of_sealed_text_is_known_to_key_rotation_and_re_scan():
    sealed = {
        (model, field.name)
        for model in MODELS
        for field in model._meta.local_fields
        if isinstance(field, SealedTextField)
    }

    listed = [(column.model, column.name) for column in (*OF_CONTACTS, *OF_ORGANISATIONS, *OF_PEOPLE)]
    assert set(listed) == sealed
    assert len(listed) == len(set(listed))
    assert (PreChatField, "label") in sealed
