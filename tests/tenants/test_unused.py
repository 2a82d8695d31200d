"""Memberships that nobody uses: warned of, deactivated, refused by the gate in any case, and let back in."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from celery import current_app
from django.core import mail
from django.test import Client

from chat.models import Conversation
from compliance.models import AuditEntry
from tenants.actions import invitations, members, unused
from tenants.actions.policies import choose
from tenants.gate.checks import Refusal, Visit, is_in_use
from tenants.gate.facts import Facts
from tenants.look import look
from tenants.models import Membership, ModeState, PolicyChoice, StaffSession, Tenant
from tenants.permissions import NotPermittedError
from tenants.policies import effective
from tenants.policy_names import MEMBER_UNUSED
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.tokens import InvitationKey
from tests.factories.stored import store_conversation
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db
PEOPLE = "/o/acme/settings/people/"


@pytest.fixture
def counted(acme, now):
    """Acme, which has chosen ninety days."""
    with tenant_scope(acme):
        PolicyChoice.objects.create(tenant=acme, key=MEMBER_UNUSED, value="90", changed_at=now)
    return acme


@pytest.fixture
def pci(acme):
    """Acme in PCI mode."""
    acme.pci_state = ModeState.ON
    acme.save(update_fields=["pci_state"])
    return acme


def last_here(member, days, now):
    with tenant_scope(member.tenant_id):
        Membership.objects.filter(id=member.id).update(used_at=now - timedelta(days=days))
        member.refresh_from_db(fields=["used_at"])


def found(member):
    with tenant_scope(member.tenant_id):
        return Membership.objects.select_related("user").get(id=member.id)


def night(tenant, now):
    mail.outbox.clear()
    unused.look_after(tenant, now=now)
    return [(one.to[0], one.subject) for one in mail.outbox]


def refusal_of(member, now):
    with tenant_scope(member.tenant_id):
        member, facts = look(member.tenant, member.user, None)
    return is_in_use(facts, Visit(member, "127.0.0.1", now.timestamp()))


def test_a_mode_asks_for_ninety_days_and_cites_its_clause(acme, pci):
    at_choice = effective(Tenant(), MEMBER_UNUSED)
    held = effective(pci, MEMBER_UNUSED, chosen="365")

    assert (at_choice.value, at_choice.is_locked) == ("0", False)
    assert (held.value, held.clauses) == ("90", ("PCI DSS 8.2.6",))
    assert effective(pci, MEMBER_UNUSED, chosen="30").value == "30"


def test_the_gate_refuses_who_was_not_here_though_no_task_has_run(client, ada, counted, sign_in, now):
    sign_in(client, ada)
    last_here(ada, 90, now)

    response = client.get("/o/acme/inbox/")

    assert response.status_code == 403
    assert "An owner can let you back in" in response.text
    assert found(ada).is_active
    with tenant_scope(counted):
        assert Membership.objects.get(id=ada.id).used_at == ada.used_at  # being refused is no use


def test_a_day_before_that_it_lets_them_in_and_counts_anew(client, ada, counted, sign_in, now):
    sign_in(client, ada)
    last_here(ada, 89, now)

    assert client.get("/o/acme/inbox/").status_code == 200
    assert found(ada).used_at >= now


def test_a_mode_does_without_a_choice(ada, pci, now):
    last_here(ada, 90, now)

    assert refusal_of(ada, now) is Refusal.UNUSED


def test_without_a_mode_or_a_choice_nobody_is_refused(ada, now):
    last_here(ada, 5000, now)

    assert refusal_of(ada, now) is None


def test_an_organisation_may_choose_it_by_itself(ada, olive, now):
    last_here(ada, 31, now)
    with tenant_scope(ada.tenant_id):
        choose(key=MEMBER_UNUSED, value="30", actor=olive, now=now)

    assert refusal_of(ada, now) is Refusal.UNUSED


def test_what_a_page_asks_by_itself_is_no_use(client, ada, sign_in, now):
    sign_in(client, ada)
    last_here(ada, 10, now)

    client.get("/o/acme/inbox/rows/", headers={"HX-Request": "true"})

    assert found(ada).used_at == ada.used_at


def test_use_elsewhere_does_not_count(ada, globex, counted, now):
    boss = make_member(globex, "Berta", Role.OWNER, now=now)
    with tenant_scope(globex):
        _, token = invitations.invite_colleague(email=ada.user.email, role=Role.AGENT, actor=boss, now=now)
    elsewhere = invitations.join(key=InvitationKey.of(token), person=ada.user, now=now)
    last_here(ada, 90, now)

    assert refusal_of(ada, now) is Refusal.UNUSED
    assert refusal_of(elsewhere, now) is None


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


def test_an_owner_lets_them_back_in_after_the_task(client, ada, olive, counted, sign_in, now):
    last_here(ada, 95, now)
    night(counted, now)
    sign_in(client, olive)

    page = client.get(PEOPLE)
    client.post(f"{PEOPLE}{ada.id}/activate/")

    assert "Deactivated, not used" in page.text
    assert (found(ada).is_active, found(ada).is_unused) == (True, False)
    assert refusal_of(ada, now) is None


def test_and_before_it(client, ada, olive, counted, sign_in, now):
    last_here(ada, 95, now)
    sign_in(client, olive)

    page = client.get(PEOPLE)
    client.post(f"{PEOPLE}{ada.id}/activate/")

    assert "Deactivated, not used" in page.text
    assert refusal_of(ada, now) is None
    with tenant_scope(counted):
        assert AuditEntry.objects.filter(event="member.changed", facts={"active": True}).count() == 1


def test_nobody_but_an_owner_does(ada, sam, counted, now):
    last_here(ada, 95, now)

    with tenant_scope(counted), pytest.raises(NotPermittedError):
        members.set_member_active(membership_id=ada.id, is_active=True, actor=sam, now=now)
    assert refusal_of(ada, now) is Refusal.UNUSED


def test_an_active_colleague_is_let_back_in_without_an_entry(ada, olive, acme, now):
    with tenant_scope(acme):
        members.set_member_active(membership_id=ada.id, is_active=True, actor=olive, now=now)
        assert not AuditEntry.objects.filter(event="member.changed").exists()


def test_the_list_says_who_was_not_here_and_who_is_deactivated_when(client, ada, sam, olive, counted, sign_in, now):
    last_here(ada, 20, now)
    last_here(sam, 80, now)

    text = sign_in(client, olive).get(PEOPLE).text

    assert "Not used for 20 days" in text
    assert "for 80 days; deactivated on" in text


def test_somebody_invited_again_counts_anew(ada, olive, counted, now):
    last_here(ada, 95, now)
    night(counted, now)
    with tenant_scope(counted):
        _, token = invitations.invite_colleague(email=ada.user.email, role=Role.AGENT, actor=olive, now=now)

    invitations.join(key=InvitationKey.of(token), person=ada.user, now=now)

    assert (found(ada).is_unused, refusal_of(ada, now)) == (False, None)


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


@pytest.mark.parametrize(("days", "refusal"), [(89.99, None), (90, Refusal.UNUSED), (4000, Refusal.UNUSED), (-1, None)])
def test_the_check_is_a_plain_function_of_the_facts(days, refusal):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    member = Membership(tenant=Tenant(), role=Role.AGENT)
    facts = Facts({MEMBER_UNUSED: "90"}, 0, 0, used_at=at.timestamp() - days * 86400)

    assert is_in_use(facts, Visit(member, "", at.timestamp())) is refusal


def test_a_page_opened_every_few_minutes_writes_it_down_once(client, ada, sign_in, now):
    sign_in(client, ada)
    last_here(ada, 1, now)
    client.get("/o/acme/inbox/")
    first = found(ada).used_at
    with time_machine.travel(now + timedelta(hours=5), tick=False):
        Client().get("/")
        client.get("/o/acme/inbox/")

    assert found(ada).used_at == first
