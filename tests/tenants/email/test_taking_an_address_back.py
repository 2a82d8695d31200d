"""The former address stops a change, or takes it back for a while."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from tenants import holders
from tenants.actions import email_changes, invitations, people
from tenants.actions.email_changes import ChangeExpiredError
from tenants.actions.invitations import OtherAddressError
from tenants.actions.people import AddressTakenError
from tenants.models import User
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.tokens import EMAIL_FORMER, EMAIL_WANTED, PASSWORD_RESET, BadTokenError, InvitationKey, SpentTokenError
from tests.factories.tenants import PASSWORD, owner_of
from tests.factories.tenants import sign_in as sign_client_in
from tests.tenants.email.conftest import CONFIRM, NEW, OLD, STOP, address_of, ask, asked, done, events, mailed

pytestmark = pytest.mark.django_db


def test_the_former_address_stops_a_change_which_ends_sessions(page, ada, acme):
    ask(page)
    token = mailed(NEW, CONFIRM)

    response = Client().post(STOP, {"code": mailed(OLD, STOP)}, follow=True)

    assert "The change is stopped" in response.text
    assert mail.outbox[-1].to == [OLD]
    assert "/password/reset/#" in mail.outbox[-1].body
    assert page.get("/account/security/").status_code == 302
    assert "given up" in Client().post(CONFIRM, {"code": token, "password": PASSWORD}).text
    assert "member.email_change_stopped" in events(acme)


def test_the_former_address_takes_a_change_back_for_seven_days(ada, acme, sign_in, now):
    change = done(ada, now)
    signed_in = sign_in(Client(), ada)

    response = Client().post(STOP, {"code": EMAIL_FORMER.issue(change.id)}, follow=True)

    assert "Your former address is back" in response.text
    assert address_of(ada) == OLD
    assert signed_in.get("/account/security/").status_code == 302
    assert "member.email_change_undone" in events(acme)


def test_meanwhile_both_addresses_hear_what_is_done_to_the_account(ada, now):
    done(ada, now)
    person = User.objects.get(id=ada.user_id)

    assert holders.told_at(person, now=now) == [NEW, OLD]
    assert holders.told_at(person, now=now + timedelta(days=7)) == [NEW]


def test_a_new_password_is_told_to_both(page, ada, now):
    done(ada, now)
    browser = sign_client_in(Client(), User.objects.get(id=ada.user_id))
    browser.post("/password/change/", {"present": PASSWORD, "password": "nine purple lanterns"})

    assert sorted(one.to[0] for one in mail.outbox) == [OLD, NEW]


def test_later_than_that_it_stays(ada, now):
    change = done(ada, now)

    with pytest.raises(ChangeExpiredError):
        email_changes.take_back(token=EMAIL_FORMER.issue(change.id), now=now + timedelta(days=7))
    assert address_of(ada) == NEW


def test_it_is_taken_back_once(ada, now):
    token = EMAIL_FORMER.issue(done(ada, now).id)
    email_changes.take_back(token=token, now=now)

    assert "There is nothing to stop" in Client().post(STOP, {"code": token}).text


def test_two_steps_away_are_undone_by_the_first_address(ada, now):
    first = done(ada, now)
    second = done(ada, now + timedelta(minutes=1), "ada@third.example")

    email_changes.take_back(token=EMAIL_FORMER.issue(first.id), now=now + timedelta(minutes=2))

    assert address_of(ada) == OLD
    with pytest.raises(SpentTokenError):
        email_changes.take_back(token=EMAIL_FORMER.issue(second.id), now=now + timedelta(minutes=3))


def test_the_tokens_of_one_mailbox_are_none_of_the_others(ada, now):
    change = asked(ada, now)

    with pytest.raises(BadTokenError):
        email_changes.take_back(token=EMAIL_WANTED.issue(change.id), now=now)
    with pytest.raises(BadTokenError):
        email_changes.find_wanted(EMAIL_FORMER.issue(change.id), now=now)


def test_the_former_address_is_held_while_it_can_be_taken_back(ada, now):
    done(ada, now)

    held = people.sign_up(email=OLD, name="Mallory", password=PASSWORD, now=now)
    with pytest.raises(AddressTakenError):
        people.create_person(email=OLD, name="Mallory", password=PASSWORD, now=now)
    later = people.sign_up(email=OLD, name="Nora", password=PASSWORD, now=now + timedelta(days=7))

    assert held is None
    assert later is not None


def test_a_link_for_a_new_password_mailed_before_dies(ada, now):
    reset = PASSWORD_RESET.issue(ada.user, now=now)
    done(ada, now)

    with pytest.raises(SpentTokenError):
        PASSWORD_RESET.read(reset, now=now)


def test_an_invitation_mailed_to_the_former_address_still_lets_them_join(ada, sam, globex, now):
    boss = owner_of(globex)
    with tenant_scope(globex):
        _, token = invitations.invite_colleague(email=OLD, role=Role.AGENT, actor=boss, now=now)
    done(ada, now)

    with pytest.raises(OtherAddressError):
        invitations.join(key=InvitationKey.of(token), person=sam.user, now=now)
    membership = invitations.join(key=InvitationKey.of(token), person=User.objects.get(id=ada.user_id), now=now)

    assert membership.user_id == ada.user_id


def test_a_colleague_is_not_invited_twice_by_another_address(ada, olive, now):
    done(ada, now)

    with tenant_scope(ada.tenant_id), pytest.raises(invitations.AlreadyMemberError):
        invitations.invite_colleague(email=NEW, role=Role.AGENT, actor=olive, now=now)


def test_addresses_are_forgotten_when_nothing_can_be_taken_back(ada, now):
    done(ada, now)

    kept = email_changes.forget_old(now=now + timedelta(days=7))
    gone = email_changes.forget_old(now=now + timedelta(days=8, minutes=1))

    assert (kept, gone) == (0, 1)
