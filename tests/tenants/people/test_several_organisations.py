"""Organisations are named and opened, and whoever belongs to several chooses."""

import pytest
from django.urls import reverse

from tests.factories.tenants import PASSWORD, make_factor, make_person, make_tenant

pytestmark = pytest.mark.django_db


def test_an_organisation_is_named_and_opened_then_the_second_factor_is_set_up(client, now):
    person = make_person("Nora", now=now)
    client.post("/sign-in/", {"email": person.email, "password": PASSWORD})

    response = client.post("/organisations/new/", {"name": "Nora & Co", "slug": "", "region": "eu"})

    assert response.url == "/sign-in/enrol/?next=%2Fo%2Fnora-co%2Fstart%2F"


@pytest.mark.parametrize("slug", ["admin", "a", "-acme", "ac--me", "acme!", "Acmé", "a" * 41, "www"])
def test_a_slug_that_cannot_be_is_refused_next_to_its_field(owner, slug):
    response = owner.post("/organisations/new/", {"name": "Nora & Co", "slug": slug, "region": "eu"})

    assert response.status_code == 422
    assert 'id="id_slug_error"' in response.text


def test_a_taken_slug_is_told_with_one_that_is_free(owner):
    response = owner.post("/organisations/new/", {"name": "Acme", "slug": "acme", "region": "eu"})

    assert response.status_code == 422
    assert "“acme-2” is free" in response.text


def test_an_owner_may_open_a_second_organisation_only_with_the_second_factor(client, olive):
    make_factor(olive.user)
    client.post("/sign-in/", {"email": olive.user.email, "password": PASSWORD})

    response = client.post("/organisations/new/", {"name": "Other", "slug": "", "region": "eu"})

    assert response.url.startswith("/sign-in/factor/")


def test_people_of_several_organisations_choose(owner, olive, now):
    make_tenant("Initech", owner=olive.user, now=now)

    page = owner.get(reverse("accounts:organisations"))

    assert "/o/acme/inbox/" in page.text
    assert "/o/initech/inbox/" in page.text
