"""A rule of addresses is tried before it stands, confirmed from within, and taken back by itself."""

import pytest
from django.test import Client

from helpdesk.core import clock
from tenants.actions import places
from tenants.actions.places import NotFromHereError, NoTrialError
from tenants.scoping import tenant_scope
from tests.support.entries import entries
from tests.support.later import later
from tests.tenants.places.addresses.conftest import (
    AT_HOME,
    AT_WORK,
    HOME,
    OFFICE,
    PAGE,
    SETTINGS,
    posted,
    rule,
    standing,
    trying,
)

pytestmark = pytest.mark.django_db


def test_a_change_that_nobody_confirms_is_taken_back_by_itself(client, sign_in, olive, ada, acme):
    trying(olive)
    sign_in(client, ada)
    assert client.get(SETTINGS, **AT_HOME).status_code == 403

    with later(minutes=15):
        assert client.get(SETTINGS, **AT_HOME).status_code == 200
        with tenant_scope(acme):
            assert places.end_lapsed(now=clock.now())
            assert not places.end_lapsed(now=clock.now())

    [entry] = entries(acme, "address_rule.reverted")
    assert (entry.actor_kind, entry.facts) == ("system", {"networks": 1})


def test_what_stood_before_a_trial_holds_again_after_it(client, sign_in, olive, ada):
    standing(olive)
    trying(olive, rule(("192.0.2.0/24", "")))
    sign_in(client, ada)
    assert client.get(SETTINGS, **AT_WORK).status_code == 403

    with later(minutes=15):
        assert client.get(SETTINGS, **AT_WORK).status_code == 200
        assert client.get(SETTINGS, **AT_HOME).status_code == 403


def test_confirmed_from_one_of_its_networks_it_stands(client, sign_in, olive, acme):
    trying(olive)
    sign_in(client, olive)
    assert b"Confirm the address rule, or it ends" in client.get(SETTINGS, **AT_WORK).content

    client.post(f"{PAGE}confirm/", **AT_WORK)

    with later(hours=1):
        assert client.get(SETTINGS, **AT_WORK).status_code == 200
        assert client.get(SETTINGS, **AT_HOME).status_code == 403
    assert len(entries(acme, "address_rule.tried")) == len(entries(acme, "address_rule.confirmed")) == 1


def test_it_is_not_confirmed_from_elsewhere_nor_when_its_time_is_over(olive):
    trying(olive)

    with tenant_scope(olive.tenant):
        with pytest.raises(NotFromHereError):
            places.confirm(actor=olive, address=HOME, now=clock.now())
        with pytest.raises(NoTrialError):
            places.confirm(actor=olive, address=OFFICE, now=clock.now() + places.TRIAL)


def test_it_can_be_taken_back_at_once(client, sign_in, olive, ada):
    trying(olive)
    sign_in(client, olive).post(f"{PAGE}take-back/", **AT_WORK)

    assert sign_in(Client(), ada).get(SETTINGS, **AT_HOME).status_code == 200


def test_switched_off_it_is_off_at_once(client, sign_in, olive, ada, acme):
    standing(olive)
    sign_in(client, olive)

    client.post(PAGE, posted(("203.0.113.0/24", "Office")), **AT_WORK)

    assert sign_in(Client(), ada).get(SETTINGS, **AT_HOME).status_code == 200
    assert len(entries(acme, "address_rule.switched_off")) == 1
    assert b"203.0.113.0/24" in client.get(PAGE).content
