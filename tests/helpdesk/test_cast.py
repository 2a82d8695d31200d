"""The cast is made once for many tests, and each test finds just whom it asks for, as they were made."""

import pytest
from django.db import connection

from tenants.models import Membership, Tenant, User
from tenants.scoping import tenant_scope
from tests import cast
from tests.cast import Cast, Stage

committing = pytest.mark.django_db(transaction=True)
met = set()


@pytest.fixture
def stage():
    stage = Stage()
    yield stage
    stage.clear()


def names():
    return set(User.objects.values_list("name", flat=True))


@committing
def test_who_stays_is_not_made_again_and_who_is_not_asked_for_is_gone(stage):
    assert stage.set_for(["acme", "ada", "sam"])
    acme = stage.people["acme"].id
    assert names() == {"Olive", "Ada", "Sam"}

    assert not stage.set_for(["acme", "ada"])
    assert names() == {"Olive", "Ada"}
    assert stage.set_for(["acme", "oscar"])
    assert names() == {"Olive", "Oscar"}
    assert Tenant.objects.get().id == acme

    assert stage.set_for(["globex"])
    assert names() == {"Gustav"}
    stage.clear()
    assert not names()


@committing
def test_nobody_is_committed(stage, owner_connection):
    stage.set_for(["acme", "ada", "globex", "mallory", "sam", "oscar"])

    assert User.objects.count() == 6
    assert owner_connection.execute("SELECT count(*) FROM tenants_user").fetchone() == (0,)


@committing
def test_a_test_has_copies_that_know_each_other(stage):
    stage.set_for(["acme", "ada"])
    first, second = Cast(stage.people), Cast(stage.people)

    first["acme"].name = "Changed"
    first["ada"].user.name = "Changed"

    assert first["ada"].tenant is first["olive"].tenant is first["acme"]
    assert (second["acme"].name, second["ada"].user.name) == ("Acme", "Ada")


@committing
def test_who_is_not_there_yet_is_made_when_asked_for():
    alone = Cast({})
    acme, ada = alone["acme"], alone["ada"]

    with tenant_scope(acme):
        assert set(Membership.objects.values_list("id", flat=True)) == {alone["olive"].id, ada.id}


@committing
def test_a_connection_that_was_closed_takes_everyone_with_it(stage):
    stage.set_for(["acme", "ada"])
    acme = stage.people["acme"].id
    connection.close()

    assert stage.set_for(["acme", "ada"])
    assert names() == {"Olive", "Ada"}
    assert Tenant.objects.get().id == stage.people["acme"].id != acme


@committing
def test_who_cannot_be_made_leaves_nobody_behind(stage, monkeypatch):
    stage.set_for(["acme"])
    monkeypatch.setitem(cast.ENTRANCES, "ada", lambda there: there["nobody"])

    with pytest.raises(KeyError):
        stage.set_for(["acme", "ada"])

    assert not stage.people
    assert not names()


@pytest.mark.parametrize("time", ["first", "second", "third"])
def test_each_of_several_tests_finds_the_same_people_untouched(acme, ada, time):
    met.add(acme.id)
    assert met == {acme.id}
    assert (Tenant.objects.get().name, names()) == ("Acme", {"Olive", "Ada"})

    acme.name = "Changed"
    acme.save()
    User.objects.filter(name="Olive").update(name="Changed")
    with tenant_scope(acme):
        Membership.objects.filter(id=ada.id).update(role="auditor")
