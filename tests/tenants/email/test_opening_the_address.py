"""The link mailed to another address gives it to the account, once, with the password."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from tenants import factor_list
from tenants.actions import email_changes, people
from tenants.actions.email_changes import AnotherPersonError, ChangeExpiredError
from tenants.actions.passwords import WrongPresentPasswordError
from tenants.actions.people import AddressTakenError
from tenants.lockout import counting
from tenants.models import StaffSession, User
from tenants.relying_party import RelyingParty
from tenants.tokens import EMAIL_WANTED, BadTokenError, SpentTokenError
from tests.factories.tenants import PASSWORD, make_factor, make_person
from tests.factories.tenants import sign_in as sign_client_in
from tests.tenants.email.conftest import CONFIRM, NEW, OLD, PAGE, address_of, ask, asked, done, mailed

pytestmark = pytest.mark.django_db


def test_the_link_works_once(ada, now):
    token = EMAIL_WANTED.issue(asked(ada, now).id)
    email_changes.confirm(token=token, password=PASSWORD, signed_in=None, now=now)

    with pytest.raises(SpentTokenError):
        email_changes.confirm(token=token, password=PASSWORD, signed_in=None, now=now)


def test_the_link_runs_out_after_a_day(ada, now):
    token = EMAIL_WANTED.issue(asked(ada, now).id)

    with pytest.raises(ChangeExpiredError):
        email_changes.confirm(token=token, password=PASSWORD, signed_in=None, now=now + timedelta(hours=24))
    assert address_of(ada) == OLD


def test_a_link_that_ran_out_says_so_and_leads_back(page, now):
    ask(page)
    token = mailed(NEW, CONFIRM)

    with time_machine.travel(now + timedelta(hours=25), tick=False):
        response = Client().post(CONFIRM, {"code": token, "password": PASSWORD})

    assert "This link has expired." in response.text
    assert PAGE in response.text


def test_the_link_needs_the_accounts_password(ada, now):
    token = EMAIL_WANTED.issue(asked(ada, now).id)

    with pytest.raises(WrongPresentPasswordError):
        email_changes.confirm(token=token, password="nine purple lanterns", signed_in=None, now=now)
    assert address_of(ada) == OLD


def test_passwords_cannot_be_guessed_at_the_link(ada, now):
    token = EMAIL_WANTED.issue(asked(ada, now).id)
    visitor = Client()

    answers = [visitor.post(CONFIRM, {"code": token, "password": f"guess number {n}"}).status_code for n in range(8)]

    assert answers[-1] == 429
    assert visitor.post(CONFIRM, {"code": token, "password": PASSWORD}).status_code == 429


def test_a_link_opened_by_somebody_else_who_is_signed_in_changes_nothing(ada, sam, sign_in, now):
    token = EMAIL_WANTED.issue(asked(ada, now).id)
    sams = sign_in(Client(), sam)

    response = sams.post(CONFIRM, {"code": token, "password": PASSWORD})

    assert "Somebody else is signed in here." in response.text
    assert (address_of(ada), address_of(sam)) == (OLD, "sam@acme.example")
    with pytest.raises(AnotherPersonError):
        email_changes.confirm(token=token, password=PASSWORD, signed_in=sam.user_id, now=now)
    email_changes.confirm(token=token, password=PASSWORD, signed_in=ada.user_id, now=now)


def test_sessions_other_than_this_one_end(page, ada):
    other = sign_client_in(Client(), ada.user)
    ask(page)

    page.post(CONFIRM, {"code": mailed(NEW, CONFIRM), "password": PASSWORD})

    assert page.get("/account/security/").status_code == 200
    assert other.get("/account/security/").status_code == 302
    assert StaffSession.objects.filter(user=ada.user_id).count() == 1


def test_opened_on_a_phone_that_is_not_signed_in_every_session_ends(page, ada):
    ask(page)

    response = Client().post(CONFIRM, {"code": mailed(NEW, CONFIRM), "password": PASSWORD})

    assert response.url == "/sign-in/"
    assert not StaffSession.objects.filter(user=ada.user_id).exists()
    assert page.get("/account/security/").status_code == 302


def test_an_address_that_somebody_took_meanwhile_is_not_given(ada, now):
    token = EMAIL_WANTED.issue(asked(ada, now).id)
    make_person("Nora", email=NEW, now=now)

    with pytest.raises(AddressTakenError):
        email_changes.confirm(token=token, password=PASSWORD, signed_in=None, now=now)


def test_a_sign_up_that_nobody_confirmed_does_not_hold_an_address(ada, now):
    unproven = people.sign_up(email=NEW, name="Squatter", password=PASSWORD, now=now)

    done(ada, now)

    assert address_of(ada) == NEW
    unproven.refresh_from_db()
    assert not unproven.is_active
    assert unproven.email.endswith(".invalid")


def test_a_lock_goes_with_the_address_and_the_new_one_can_be_locked(client, ada, now):
    for _ in range(6):
        client.post("/sign-in/", {"email": OLD, "password": "wrong"})
    assert counting.locked_until([OLD], now=now)

    done(ada, now)
    for _ in range(6):
        client.post("/sign-in/", {"email": NEW, "password": "wrong"})

    assert set(counting.locked_until([OLD, NEW], now=now)) == {NEW}


def test_factors_go_on_and_a_passkeys_handle_is_the_persons(ada, now):
    factor, before = make_factor(ada.user), RelyingParty().get_user_entity(ada.user).id

    done(ada, now)

    person = User.objects.get(id=ada.user_id)
    assert factor_list.factors_of(person) == [factor]
    assert RelyingParty().get_user_entity(person).id == before


def test_the_new_address_signs_in_and_the_former_does_not(ada, now):
    done(ada, now)

    def landing(email):
        return Client().post("/sign-in/", {"email": email, "password": PASSWORD}).status_code

    assert (landing(OLD), landing(NEW)) == (422, 302)


def test_a_person_shut_out_can_be_given_no_address(ada, now):
    token = EMAIL_WANTED.issue(asked(ada, now).id)
    User.objects.filter(id=ada.user_id).update(is_active=False)

    with pytest.raises(BadTokenError):
        email_changes.confirm(token=token, password=PASSWORD, signed_in=None, now=now)
