"""No page of the admin lists, searches, filters by or shows what is sealed or what a visitor is known by."""

from typing import Final

import pytest
from django.contrib import admin
from django.db import models

from helpdesk.core.admin import ReadOnlyAdmin, UnloggedAdmin
from tenants.admin_scope import OfOneOrganisation

# Beside every binary field: what hashes, secrets and people's own words are kept in.
HIDDEN_NAMES: Final = {
    "password",
    "body",
    "wrapped",
    "token_hash",
    "sealed_seed",
    "greeting",
    "last_four",
    "contact",
    "started_by",
}
OUR_ADMINS: Final = list(admin.site._registry.items())


def names_of(model_admin):
    """Every field name that a class of the admin mentions."""
    mentioned = [
        model_admin.list_display, model_admin.search_fields, model_admin.fields or (), model_admin.list_filter,
        model_admin.ordering or (), model_admin.get_readonly_fields(None), model_admin.list_editable,
    ]  # fmt: skip
    return {str(name).lstrip("-").split("__")[-1] for names in mentioned for name in names if isinstance(name, str)}


@pytest.mark.parametrize(("model", "model_admin"), OUR_ADMINS, ids=str)
def test_nothing_sealed_is_mentioned(model, model_admin):
    binary = {field.name for field in model._meta.fields if isinstance(field, models.BinaryField)}

    assert not names_of(model_admin) & (HIDDEN_NAMES | binary)


@pytest.mark.parametrize(("model", "model_admin"), OUR_ADMINS, ids=str)
def test_nothing_is_written_past_the_actions(model, model_admin):
    assert isinstance(model_admin, UnloggedAdmin)
    assert not model_admin.has_add_permission(None)
    assert not model_admin.has_delete_permission(None)
    if isinstance(model_admin, ReadOnlyAdmin):
        assert not model_admin.has_change_permission(None)
    assert not model_admin.list_editable
    assert not model_admin.inlines


@pytest.mark.parametrize(("model", "model_admin"), OUR_ADMINS, ids=str)
def test_rows_of_an_organisation_are_shown_for_one_organisation_only(model, model_admin):
    has_tenant = any(field.name in {"tenant", "tenant_id"} for field in model._meta.fields)

    assert isinstance(model_admin, OfOneOrganisation) == has_tenant


def test_what_visitors_wrote_and_who_they_are_is_not_in_the_admin():
    of_chat = {model.__name__ for model, _ in OUR_ADMINS if model._meta.app_label == "chat"}

    # Of chat the times and counts of conversations alone: no message, finding, contact, session or assignment.
    assert of_chat == {"Conversation"}
