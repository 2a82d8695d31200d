"""The page of business hours: looked at before they are kept, with what is wrong, and switched off."""

from datetime import timedelta

import pytest
from django.test import Client

from chat.models import BusinessHours, ClosedDay
from chat.views.hours import WEEKDAYS
from tenants.scoping import tenant_scope

PAGE = "/o/acme/settings/hours/"


def filled(**changed):
    """The form as a browser sends it."""
    spans = {f"{end}{day}_{place}": "" for day in range(len(WEEKDAYS)) for place in (0, 1) for end in ("from", "until")}
    return spans | {"zone": "Europe/Berlin", "step": "save"} | changed


@pytest.fixture
def owner(olive, sign_in):
    return sign_in(Client(), olive)


@pytest.mark.django_db
def test_an_owner_looks_at_a_week_before_keeping_it(acme, owner):
    week = {"from0_0": "22:00", "until0_0": "02:00", "from1_0": "09:00", "until1_0": "00:00"}

    looked = owner.post(PAGE, filled(**week, step="look"))
    with tenant_scope(acme):
        assert not BusinessHours.objects.exists()
    kept = owner.post(PAGE, filled(**week), follow=True)

    assert "Preview, not saved yet" in looked.text
    assert "Saved." in kept.text
    assert 'value="22:00"' in kept.text
    with tenant_scope(acme):
        assert BusinessHours.objects.get().week == [[[1320, 1560]], [[540, 1440]], [], [], [], [], []]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"zone": "Europe/Atlantis"}, "Select a valid choice"),
        ({"from0_0": "25:00", "until0_0": "9:00"}, "valid time"),
        ({"from0_0": "09:00"}, "Monday: give both times"),
        ({"from0_0": "09:00", "until0_0": "12:00", "from0_1": "11:00", "until0_1": "13:00"}, "Two spans overlap"),
    ],
)  # fmt: skip
def test_a_week_that_is_none_is_shown_again_with_what_is_wrong(acme, owner, changed, said):
    response = owner.post(PAGE, filled(**changed))

    assert response.status_code == 422
    assert said in response.text
    with tenant_scope(acme):
        assert not BusinessHours.objects.exists()


@pytest.mark.django_db
def test_closed_days_are_added_and_removed_on_the_page(acme, owner, now):
    coming = (now + timedelta(days=30)).date()
    owner.post(f"{PAGE}days/", {"day": coming.isoformat(), "name": "Holiday"})
    with tenant_scope(acme):
        day = ClosedDay.objects.get()

    shown = owner.get(PAGE)
    refused = [
        owner.post(f"{PAGE}days/", {"day": given, "name": name}).status_code
        for given, name in (("", "Holiday"), ("soon", "Holiday"), ("1999-01-01", "Over"), (coming.isoformat(), ""))
    ]
    owner.post(f"{PAGE}days/{day.id}/remove/")
    gone = owner.post(f"{PAGE}days/{day.id}/remove/")

    assert "Holiday" in shown.text
    assert refused == [422] * 4
    assert gone.status_code == 404
    with tenant_scope(acme):
        assert not ClosedDay.objects.exists()


@pytest.mark.django_db
def test_hours_are_switched_off_on_the_page_and_offered_again_as_they_were(owner, hours):
    assert "Use no hours" in owner.get(PAGE).text

    page = owner.post(f"{PAGE}off/", follow=True)

    assert "No hours are set" in page.text
    assert 'value="09:00"' in page.text


@pytest.mark.django_db
def test_mallory_sees_no_hours_of_acme_s(mallory, sign_in, hours):
    assert sign_in(Client(), mallory).get(PAGE).status_code == 404
