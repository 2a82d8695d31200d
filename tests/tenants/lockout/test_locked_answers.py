"""A lock is said alike for everyone, recorded, and told to whom it concerns."""

import re
from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client

from tenants import tasks
from tenants.lockout.rules import rule_for
from tenants.models import Membership
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.tasks_base import HEADER
from tests.support.entries import entries
from tests.support.signing_in import give_password
from tests.tenants.lockout.conftest import ask_for_link, lock

pytestmark = pytest.mark.django_db


def nobody_locked_by(rule):
    """Return an address of nobody that seems to have a rule; which of them do depends on the service's key."""
    return next(email for email in (f"nobody-{n}@example.com" for n in range(1000)) if rule_for(email) == rule)


@pytest.mark.parametrize("step", ["asked", "opened", "right password"])
def test_a_locked_answer_is_the_same_for_who_exists_and_who_does_not(ada, step):
    pages = []
    for email in (ada.user.email, nobody_locked_by(rule_for(ada.user.email))):
        client = Client()
        page = lock(email, client)
        if step == "right password":
            page = give_password(client, email)
        elif step == "asked":
            page = client.get(ask_for_link(client, email).url)
        pages.append((page.status_code, re.sub(r'value="[^"]*"|nonce="[^"]*"', "", page.text)))

    assert pages[0] == pages[1]


def test_a_lock_is_handed_to_a_task_whether_or_not_the_address_has_an_account(ada, monkeypatch):
    told = []
    monkeypatch.setattr(tasks.record_lock, "apply_async", lambda **options: told.append(options))

    lock(ada.user.email)
    lock("nobody@example.com")

    assert [told[0]["headers"][HEADER], told[0]["kwargs"]["membership_id"]] == [str(ada.tenant_id), str(ada.id)]
    assert [list(options) for options in told] == [list(told[0])] * 2


def test_a_lock_is_recorded_in_each_organisation_and_mailed_once(ada, globex, now, django_capture_on_commit_callbacks):
    with tenant_scope(globex):
        elsewhere = Membership.objects.create(tenant=globex, user=ada.user, role=Role.AGENT, created_at=now)

    with django_capture_on_commit_callbacks(execute=True):
        for membership in (ada, elsewhere):
            tasks.record_lock.for_tenant(membership.tenant_id).run_here(membership_id=membership.id)

    for membership in (ada, elsewhere):
        (entry,) = entries(membership.tenant, "member.locked")
        assert (entry.object_id, entry.actor_kind) == (membership.id, "system")
    assert [each.to for each in mail.outbox] == [[ada.user.email]]
    assert "#" not in mail.outbox[-1].body


def test_who_is_locked_again_and_again_is_told_three_times_a_day(ada, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(5):
            tasks.record_lock.for_tenant(ada.tenant_id).run_here(membership_id=ada.id)

    assert len(entries(ada.tenant, "member.locked")) == 5
    assert len(mail.outbox) == 3


def test_a_lock_of_nobody_is_told_to_nobody(ada):
    tasks.record_lock.for_tenant(ada.tenant_id).run_here(membership_id=uuid4())

    assert entries(ada.tenant, "member.locked") == []
