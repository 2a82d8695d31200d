"""Another e-mail address is asked for with password and factor, and what is told of it tells nobody anything."""

import re

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from compliance.models import AuditEntry
from tenants import email_change_mail
from tenants.actions import email_changes
from tenants.actions.email_changes import SameAddressError
from tenants.mail import MailNotSentError
from tenants.models import EmailChange, EmailChangeState
from tenants.scoping import tenant_scope
from tenants.tokens import EMAIL_WANTED, SpentTokenError
from tests.factories.tenants import PASSWORD
from tests.tenants.email.conftest import CONFIRM, NEW, OLD, PAGE, address_of, ask, asked, done, events, mailed

pytestmark = pytest.mark.django_db


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


def test_without_a_mail_to_the_present_address_nothing_is_asked(page, monkeypatch):
    def refuse(change):
        raise MailNotSentError

    monkeypatch.setattr(email_change_mail, "tell_asked", refuse)

    response = ask(page)

    assert response.status_code == 503
    assert EmailChange.objects.get().state == EmailChangeState.WITHDRAWN
    assert mail.outbox == []
