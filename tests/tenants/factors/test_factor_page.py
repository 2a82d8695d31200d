"""The page of one's factors: added, named and removed with a factor given just now."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django_otp.oath import totp

from tenants.actions import factors
from tenants.actions.factors import factor_of
from tenants.models import SealedTOTPDevice
from tests.factories.tenants import make_factor
from tests.support.entries import events
from tests.support.signing_in import code_of, with_password
from tests.tenants.factors.conftest import FACTOR, PAGE

pytestmark = pytest.mark.django_db


def confirm(client, who):
    return client.post(f"{PAGE}confirm/", {"code": code_of(who.user)})


def test_the_page_lists_factors_and_is_behind_both(client, ada, sign_in):
    with_password(client, ada.user)
    assert client.get(PAGE).status_code == 302
    sign_in(client, ada)

    page = client.get(PAGE).text

    assert "Authenticator app" in page
    assert "You have none" in page
    assert "(this session)" in page


def test_an_app_is_added_named_and_removed_with_a_factor_given_just_now(client, ada, sign_in, acme):
    sign_in(client, ada, fresh=False)
    assert client.get(f"{PAGE}app/").url == PAGE
    confirm(client, ada)
    client.get(f"{PAGE}app/")
    added = SealedTOTPDevice.objects.get(user=ada.user, confirmed=False)

    client.post(f"{PAGE}app/", {"code": code_of(ada.user, added)})
    for _ in range(2):
        client.post(f"{PAGE}{added.id}/name/", {"name": "Old phone"})
    assert "Old phone" in client.get(PAGE).text
    client.post(f"{PAGE}{added.id}/remove/")

    assert not SealedTOTPDevice.objects.filter(id=added.id).exists()
    assert {"member.factor_enrolled", "member.factor_revoked"} <= set(events(acme))
    assert events(acme).count("member.factor_renamed") == 1


def test_the_last_factor_stays(client, ada, sign_in):
    sign_in(client, ada)
    confirm(client, ada)

    page = client.post(f"{PAGE}{factor_of(ada.user).id}/remove/", follow=True)

    assert "your only second factor" in page.text
    assert factor_of(ada.user) is not None


def test_removing_needs_a_factor_given_just_now(client, ada, sign_in):
    sign_in(client, ada, fresh=False)
    other = factors.give_factor(person=ada.user, seed=b"another phone's seed")

    client.post(f"{PAGE}{other.id}/remove/")

    assert SealedTOTPDevice.objects.filter(id=other.id).exists()


def test_a_removed_factor_ends_the_sessions_that_were_opened_by_it_and_no_other(client, ada, sign_in):
    sign_in(client, ada)
    lost = factors.give_factor(person=ada.user, seed=b"another phone's seed")
    thief = with_password(Client(), ada.user)
    thief.post(FACTOR, {"code": code_of(ada.user, lost)})
    assert thief.get("/o/acme/inbox/").status_code == 200

    confirm(client, ada)
    client.post(f"{PAGE}{lost.id}/remove/")

    assert thief.get("/o/acme/inbox/").status_code == 302
    assert client.get("/o/acme/inbox/").status_code == 200


def test_whoever_removes_the_factor_they_came_by_goes_on_by_the_one_given_just_now(client, ada, sign_in):
    sign_in(client, ada, fresh=False)
    came_by = factor_of(ada.user)
    other = factors.give_factor(person=ada.user, seed=b"another phone's seed")
    client.post(f"{PAGE}confirm/", {"code": code_of(ada.user, other)})

    client.post(f"{PAGE}{came_by.id}/remove/")

    assert client.get("/o/acme/inbox/").status_code == 200


def test_whoever_has_nothing_else_to_go_on_by_signs_in_again(client, ada, sign_in):
    sign_in(client, ada, fresh=False)
    came_by = factor_of(ada.user)
    factors.give_factor(person=ada.user, seed=b"another phone's seed")
    confirm(client, ada)

    assert client.post(f"{PAGE}{came_by.id}/remove/").url == "/sign-in/"
    assert client.get("/o/acme/inbox/").status_code == 302


@pytest.mark.parametrize("what", ["name", "remove"])
def test_mallory_touches_nobodys_factor(client, ada, mallory, sign_in, what):
    theirs = make_factor(ada.user)
    sign_in(client, mallory)
    factors.give_factor(person=mallory.user, seed=b"another phone's seed")
    confirm(client, mallory)

    assert client.post(f"{PAGE}{theirs.id}/{what}/", {"name": "Mine"}).status_code == 404
    assert factor_of(ada.user).name == "Authenticator app"


def test_a_name_that_holds_a_card_number_is_refused(client, ada, sign_in):
    sign_in(client, ada)

    client.post(f"{PAGE}{factor_of(ada.user).id}/name/", {"name": "4111 1111 1111 1111"})

    assert factor_of(ada.user).name == "Authenticator app"


def test_of_two_tabs_that_enrol_the_first_factor_one_is_told(client, ada):
    one, two = with_password(Client(), ada.user), with_password(Client(), ada.user)
    one.get("/sign-in/enrol/")
    seed = SealedTOTPDevice.objects.get().seed()
    one.post("/sign-in/enrol/", {"code": f"{totp(seed):06d}"})

    assert two.post("/sign-in/enrol/", {"code": f"{totp(seed):06d}"}).url == FACTOR
    assert SealedTOTPDevice.objects.filter(user=ada.user, confirmed=True).count() == 1


def test_a_factor_given_in_the_future_counts_for_nothing(client, ada, sign_in, now):
    sign_in(client, ada)
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        confirm(client, ada)
    with time_machine.travel(now, tick=False):
        assert client.get(f"{PAGE}app/").url == PAGE
