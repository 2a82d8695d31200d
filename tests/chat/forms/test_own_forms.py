"""Forms of one's own: one field at first, more as they are asked for, whether or not scripts run."""

import re

import pytest

from chat.models import FormTemplate
from tenants.scoping import tenant_scope

PAGE = "/o/acme/settings/forms/"


@pytest.fixture
def owner(client, sign_in, olive):
    return sign_in(client, olive)


def fields_in(answer):
    """What the page shows: of each field its number as it is read out, and what is typed."""
    page = answer.content.decode()
    labels = dict(re.findall(r'<input type="text" name="(label\d)"(?: value="([^"]*)")?', page))
    return [(int(one), labels[f"label{int(one) - 1}"]) for one in re.findall(r"<legend[^>]*>Field (\d)</legend>", page)]


def test_there_is_one_field_at_first_and_each_control_has_a_label(owner):
    answer = owner.get(PAGE)
    page = answer.content.decode()

    assert fields_in(answer) == [(1, "")]
    for control in re.findall(r'id="(id_(?:label|type)\d)"', page):
        assert f'for="{control}"' in page


def test_one_more_keeps_what_was_typed_and_stores_nothing(owner, acme):
    given = {"name": "Membership", "label0": "Number", "type0": "digits", "count": "1", "step": "longer"}
    answer = owner.post(PAGE, given)

    page = answer.content.decode()
    assert (answer.status_code, fields_in(answer)) == (200, [(1, "Number"), (2, "")])
    assert 'value="Membership"' in page
    assert '<option value="digits" selected>' in page
    # Not ticked before, and ticked where it is new; the cursor is in the new one.
    assert re.findall(r'name="needed(\d)"[^>]*checked', page) == ["1"]
    assert re.findall(r'name="(\w+)"[^>]*autofocus', page) == ["label1"]
    assert "errorlist" not in page
    with tenant_scope(acme):
        assert not FormTemplate.objects.exists()


def test_there_are_eight_at_most_however_many_are_asked_for(owner):
    for count in ("8", "9", "-1", "x", "9" * 5000):
        answer = owner.post(PAGE, {"count": count, "step": "longer"})
        assert (answer.status_code, len(fields_in(answer))) == (200, 8 if count == "8" else 2)
    assert re.search(r"data-adds[^>]* hidden", owner.post(PAGE, {"count": "8", "step": "longer"}).content.decode())


def test_what_is_wrong_is_told_with_all_that_was_filled_in(owner, acme):
    answer = owner.post(PAGE, {"label0": "Number", "type0": "text", "label3": "Name", "type3": "text"})
    assert (answer.status_code, len(fields_in(answer))) == (422, 4)

    owner.post(PAGE, {"name": "Membership", "label0": "Number", "type0": "digits", "label3": "Name", "needed3": "on"})

    with tenant_scope(acme):
        [row] = FormTemplate.objects.all()
    assert [(one["label"], one["type"], one["is_required"]) for one in row.fields] == [
        ("Number", "digits", False), ("Name", "text", True),
    ]  # fmt: skip
