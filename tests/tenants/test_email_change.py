"""Another e-mail address: asked for with password and factor, opened from the new mailbox, taken back from the old."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from compliance.models import AuditEntry
from helpdesk.core import clock
from tenants import email_change_mail, factor_list, holders
from tenants.actions import email_changes, invitations, people
from tenants.actions.email_changes import AnotherPersonError, ChangeExpiredError, SameAddressError
from tenants.actions.invitations import OtherAddressError
from tenants.actions.passwords import WrongPresentPasswordError
from tenants.actions.people import AddressTakenError
from tenants.fresh_factor import STAMP
from tenants.lockout import counting
from tenants.mail import MailNotSentError
from tenants.models import EmailChange, EmailChangeState, StaffSession, User
from tenants.relying_party import RelyingParty
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.tokens import EMAIL_FORMER, EMAIL_WANTED, PASSWORD_RESET, BadTokenError, InvitationKey, SpentTokenError
from tests.factories.tenants import PASSWORD, make_factor, make_person, owner_of
from tests.factories.tenants import sign_in as sign_client_in

pytestmark = pytest.mark.django_db
PAGE, CONFIRM, STOP = "/account/email/", "/account/email/confirm/", "/account/email/stop/"
OLD, NEW = "ada@acme.example", "ada@newer.example"


@pytest.fixture
def page(client, ada, sign_in):
    """Ada's browser, at which she has just given her second factor."""
    sign_in(client, ada)
    session = client.session
    make_fresh(session, ada)
    return client


def make_fresh(session, member):
    session[STAMP] = [clock.now().timestamp(), make_factor(member.user).persistent_id]
    session.save()


def ask(page, email=NEW, password=PASSWORD, **fields):
    return page.post(PAGE, {"email": email, "password": password, "code": "", **fields})


def mailed(to, path):
    """The token in the newest mail to an address that leads to a page."""
    body = next(one.body for one in reversed(mail.outbox) if one.to == [to])
    return re.search(re.escape(path) + r"#([\w-]+)", body).group(1)


def asked(member, now, email=NEW):
    return email_changes.ask(person_id=member.user_id, email=email, password=PASSWORD, now=now)


def done(member, now, email=NEW):
    change = asked(member, now, email)
    token = EMAIL_WANTED.issue(change.id)
    return email_changes.confirm(token=token, password=PASSWORD, signed_in=None, now=now)


def address_of(member):
    return User.objects.get(id=member.user_id).email


def events(tenant):
    with tenant_scope(tenant):
        return list(AuditEntry.objects.filter(event__startswith="member.email").values_list("event", flat=True))


def test_the_address_changes_once_the_link_mailed_there_is_opened(page, ada, acme):
    ask(page)
    before = address_of(ada)

    response = page.post(CONFIRM, {"code": mailed(NEW, CONFIRM), "password": PASSWORD}, follow=True)

    assert before == OLD
    assert address_of(ada) == NEW
    assert "every other session of yours has ended" in response.text
    assert set(events(acme)) == {"member.email_change_asked", "member.email_changed"}


def test_the_present_address_is_told_at_once_and_again_when_it_is_done(page):
    ask(page)
    at_once = [one.subject for one in mail.outbox if one.to == [OLD]]
    page.post(CONFIRM, {"code": mailed(NEW, CONFIRM), "password": PASSWORD})

    assert at_once == ["Another address is wanted for your account"]
    assert [one.subject for one in mail.outbox if one.to == [OLD]][1:] == ["Your account has another address now"]
    assert mail.outbox[-1].to == [NEW]


def test_neither_the_audit_trail_nor_the_log_holds_an_address(page, acme, caplog):
    ask(page)
    page.post(CONFIRM, {"code": mailed(NEW, CONFIRM), "password": PASSWORD})

    with tenant_scope(acme):
        entries = list(AuditEntry.objects.filter(event__startswith="member.email").values())
    assert len(entries) == 2
    assert "@" not in f"{entries}"
    assert "newer.example" not in caplog.text


def test_it_takes_the_password_and_a_fresh_factor(client, ada, sign_in, page):
    wrong = ask(page, password="not the password")
    stale = ask(sign_in(Client(), ada, fresh=False))

    assert "This is not your password." in wrong.text
    assert "Please confirm that it is you." in stale.text
    assert not EmailChange.objects.exists()
    assert mail.outbox == []


def without_secrets(response, address):
    text = re.sub(r"<time.*?</time>|value=\"\w{64}\"|nonce=\S+", "", response.text)
    assert address in text
    return text.replace(address, "")


def test_a_taken_address_gets_a_mail_that_says_so_and_the_page_looks_the_same(page, sam):
    free = ask(page, email="nobody@free.example")
    free_page = page.get(PAGE)
    taken = ask(page, email="sam@acme.example")
    taken_page = page.get(PAGE)

    assert (taken.status_code, taken.url) == (free.status_code, free.url)
    assert without_secrets(taken_page, "sam@acme.example") == without_secrets(free_page, "nobody@free.example")
    assert mail.outbox[-1].to == ["sam@acme.example"]
    assert mail.outbox[-1].subject == "This address has a Hushdesk account already"
    assert CONFIRM not in mail.outbox[-1].body


def test_a_taken_address_costs_as_many_queries_as_a_free_one(page, sam):
    ask(page, email="first@free.example")  # what the first of all looks up and keeps
    with CaptureQueriesContext(connection) as free:
        ask(page, email="nobody@free.example")
    with CaptureQueriesContext(connection) as taken:
        ask(page, email="sam@acme.example")

    assert abs(len(free) - len(taken)) <= 1


@pytest.mark.parametrize("same", [OLD, "ADA@ACME.EXAMPLE", "ada@acme\u3002example", "\uff41da@acme.example."])
def test_the_present_address_in_other_letters_is_no_other_address(page, same):
    assert "This is your address already." in ask(page, email=same).text


def test_an_address_in_capitals_is_the_same_persons(ada, now):
    done(ada, now)

    with pytest.raises(SameAddressError):
        asked(ada, now, "ADA@newer.example")


def test_a_letter_that_only_looks_like_another_is_refused(page):
    assert ask(page, email="\u0430da@newer.example").status_code == 422  # Cyrillic


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


def test_of_two_pages_the_last_one_counts(ada, now):
    first, second = asked(ada, now), asked(ada, now, "ada@third.example")

    with pytest.raises(SpentTokenError):
        email_changes.confirm(token=EMAIL_WANTED.issue(first.id), password=PASSWORD, signed_in=None, now=now)
    email_changes.confirm(token=EMAIL_WANTED.issue(second.id), password=PASSWORD, signed_in=None, now=now)

    assert address_of(ada) == "ada@third.example"


def test_it_is_sent_again_and_can_be_given_up(page, ada):
    ask(page)
    first = mailed(NEW, CONFIRM)
    page.post(f"{PAGE}again/")
    again = mailed(NEW, CONFIRM)
    page.post(f"{PAGE}keep/")

    response = page.post(CONFIRM, {"code": again, "password": PASSWORD})

    assert again == first
    assert "given up" in response.text
    assert address_of(ada) == OLD
    assert page.post(f"{PAGE}again/").url == PAGE


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


def test_without_a_mail_to_the_present_address_nothing_is_asked(page, monkeypatch):
    def refuse(change):
        raise MailNotSentError

    monkeypatch.setattr(email_change_mail, "tell_asked", refuse)

    response = ask(page)

    assert response.status_code == 503
    assert EmailChange.objects.get().state == EmailChangeState.WITHDRAWN
    assert mail.outbox == []


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


def test_addresses_are_forgotten_when_nothing_can_be_taken_back(ada, now):
    done(ada, now)

    kept = email_changes.forget_old(now=now + timedelta(days=7))
    gone = email_changes.forget_old(now=now + timedelta(days=8, minutes=1))

    assert (kept, gone) == (0, 1)


def test_a_person_shut_out_can_be_given_no_address(ada, now):
    token = EMAIL_WANTED.issue(asked(ada, now).id)
    User.objects.filter(id=ada.user_id).update(is_active=False)

    with pytest.raises(BadTokenError):
        email_changes.confirm(token=token, password=PASSWORD, signed_in=None, now=now)
