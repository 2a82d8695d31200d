"""Who is not here is warned by mail, and deactivated by the nightly task, but the last owner."""

from datetime import timedelta

import pytest
from celery import current_app
from django.core import mail

from chat.models import Conversation
from compliance.models import AuditEntry
from tenants.actions import unused
from tenants.gate.checks import Refusal
from tenants.models import Membership, StaffSession
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation
from tests.factories.tenants import make_member
from tests.tenants.unused.conftest import found, last_here, night, refusal_of

pytestmark = pytest.mark.django_db


def test_two_mails_come_before_the_end(ada, olive, counted, now):
    last_here(ada, 0, now)

    told = {day: night(counted, now + timedelta(days=day)) for day in (75, 76, 77, 86, 87, 88, 89)}
    with tenant_scope(counted):
        Membership.objects.filter(id=olive.id).update(used_at=now + timedelta(days=89))
    at_the_end = night(counted, now + timedelta(days=90))

    to_ada = [
        day for day, mails in told.items() if (ada.user.email, "Your access is about to be switched off") in mails
    ]
    assert to_ada == [76, 87]
    assert at_the_end == [(ada.user.email, "Your access was switched off")]


def test_the_mail_says_how_long(ada, counted, now):
    last_here(ada, 87, now)
    night(counted, now)

    assert "for 87 days. In 3 days your access" in mail.outbox[0].body
    assert "/o/acme/settings/" in mail.outbox[0].body


def test_who_comes_back_is_warned_again_another_time(ada, counted, now):
    last_here(ada, 80, now)
    first = night(counted, now)
    last_here(ada, 0, now)
    quiet = night(counted, now)
    again = night(counted, now + timedelta(days=77))

    assert len(first) == 1
    assert quiet == []
    assert (ada.user.email, "Your access is about to be switched off") in again


def test_the_nightly_task_deactivates_and_leaves_an_entry(ada, olive, counted, now):
    last_here(ada, 95, now)

    night(counted, now)

    assert (found(ada).is_active, found(ada).is_unused) == (False, True)
    with tenant_scope(counted):
        entry = AuditEntry.objects.filter(event="member.changed").latest("at", "id")
    assert (entry.actor_kind, entry.facts) == ("system", {"active": False, "unused_days": 95})


def test_a_second_run_does_nothing_more(ada, counted, now):
    last_here(ada, 95, now)
    night(counted, now)

    assert night(counted, now) == []
    with tenant_scope(counted):
        assert AuditEntry.objects.filter(event="member.changed").count() == 1


def test_sessions_go_on_since_they_may_be_of_another_organisation(client, ada, counted, sign_in, now):
    sign_in(client, ada)
    last_here(ada, 95, now)

    night(counted, now)

    assert StaffSession.objects.filter(user=ada.user_id).exists()
    assert client.get("/o/acme/inbox/").status_code == 404


def test_what_they_held_goes_back_to_the_queue(ada, counted, now):
    held = store_conversation(counted, at=now)
    with tenant_scope(counted):
        Conversation.objects.filter(id=held.id).update(assignee=ada)
    last_here(ada, 95, now)

    night(counted, now)

    with tenant_scope(counted):
        assert Conversation.objects.get(id=held.id).assignee_id is None


def test_the_last_owner_stays_and_owner_and_operators_are_told(olive, oscar, counted, now):
    last_here(olive, 200, now)

    told = night(counted, now)
    again = night(counted, now + timedelta(days=1))

    assert {to for to, _ in told} == {olive.user.email, oscar.email}
    assert again == []
    assert found(olive).is_active
    assert refusal_of(olive, now) is None


def test_of_two_owners_the_one_who_was_here_last_stays(olive, counted, now):
    berta = make_member(counted, "Berta", Role.OWNER, now=now)
    last_here(olive, 200, now)
    last_here(berta, 100, now)

    before_the_task = refusal_of(olive, now), refusal_of(berta, now)
    night(counted, now)

    assert before_the_task == (Refusal.UNUSED, None)
    assert (found(olive).is_active, found(berta).is_active) == (False, True)


def test_an_owner_whose_account_is_shut_does_not_count_as_the_other(olive, counted, now):
    berta = make_member(counted, "Berta", Role.OWNER, now=now)
    type(berta.user).objects.filter(id=berta.user_id).update(is_active=False)
    last_here(olive, 200, now)

    assert refusal_of(olive, now) is None


def test_a_run_takes_on_a_bounded_number(ada, sam, counted, now, monkeypatch):
    monkeypatch.setattr(unused, "MOST", 1)
    last_here(ada, 100, now)
    last_here(sam, 95, now)

    night(counted, now)
    after_one = [found(ada).is_active, found(sam).is_active]
    night(counted, now)

    assert after_one == [False, True]
    assert not found(sam).is_active


def test_the_task_is_of_one_organisation_and_sent_to_each(acme, globex, monkeypatch):
    current_app.loader.import_default_modules()
    sent = []
    task = current_app.tasks["tenants.look_after_unused"]
    monkeypatch.setattr(task, "apply_async", lambda **options: sent.append(options["headers"]["hushdesk_tenant"]))

    current_app.tasks["tenants.look_after_people"].apply(throw=True)

    assert sorted(sent) == sorted([str(acme.id), str(globex.id)])
    assert {entry["task"] for entry in current_app.conf.beat_schedule.values()} >= {"tenants.look_after_people"}
