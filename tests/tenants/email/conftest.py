"""Ada's e-mail address, and another one that she asks for."""

import re

import pytest
from django.core import mail

from compliance.models import AuditEntry
from helpdesk.core import clock
from tenants.actions import email_changes
from tenants.fresh_factor import STAMP
from tenants.models import User
from tenants.scoping import tenant_scope
from tenants.tokens import EMAIL_WANTED
from tests.factories.tenants import PASSWORD, make_factor

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
