"""Who is asked for which course, by when, and what is not asked for any more."""

from datetime import timedelta

import pytest

from compliance import tasks
from compliance.training import assigning
from tenants.actions import members
from tenants.actors import Actor
from tenants.models import ModeState, Tenant, TrainingDuty
from tenants.policy_names import ASKED, CLOSES, NOT_ASKED
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.compliance.training.conftest import ask, duties, publish
from tests.factories.modes import switch_mode
from tests.factories.tenants import make_member
from tests.factories.training import complete, duty_of

pytestmark = pytest.mark.django_db


def test_pci_mode_asks_those_who_chat_and_gives_who_is_there_two_weeks(acme, olive, ada, sam, now):
    switch_mode(tenant=acme, mode="pci", on=True, reason="Cards", actor=Actor.member(olive), now=now)
    tasks.train_tenant.for_tenant(acme.id).run_here()

    given = duties(acme)
    assert {duty.membership_id for duty in given} == {olive.id, ada.id, sam.id}
    assert {(duty.course, duty.closes) for duty in given} == {("pci", True)}
    assert all(timedelta(days=13) < duty.due_at - now <= timedelta(days=14, minutes=1) for duty in given)


def test_who_joins_under_a_mode_takes_its_course_before_their_first_access(acme, now):
    Tenant.objects.filter(id=acme.id).update(hipaa_state=ModeState.ON)
    officer = make_member(acme, "Cora", Role.COMPLIANCE_OFFICER, now=now)
    auditor = make_member(acme, "Axel", Role.AUDITOR, now=now)

    assert [(duty.course, duty.due_at) for duty in duties(acme, membership=officer)] == [("hipaa", now)]
    assert duties(acme, membership=auditor) == []


def test_a_choice_asks_at_once_and_none_takes_it_back_without_forgetting_what_was_done(acme, olive, ada, now):
    ask(olive, "phishing", ASKED, now)
    complete(ada, "phishing", now=now)

    ask(olive, "phishing", NOT_ASKED, now)
    assert duties(acme, is_assigned=True) == []
    ask(olive, "phishing", CLOSES, now + timedelta(days=1))

    assert duty_of(ada, "phishing").due_at == now + assigning.VALID
    assert duty_of(olive, "phishing").due_at == now + timedelta(days=1) + assigning.GRACE


def test_what_was_late_and_closed_nothing_closes_only_after_two_weeks(olive, ada, now):
    ask(olive, "privacy", ASKED, now)
    later = now + timedelta(days=40)

    ask(olive, "privacy", CLOSES, later)

    assert duty_of(ada, "privacy").due_at == later + assigning.GRACE


def test_bringing_duties_up_to_date_again_changes_nothing(acme, olive, ada, now):
    ask(olive, "privacy", CLOSES, now)
    with tenant_scope(acme):
        assert assigning.bring_up_to_date(now=now + timedelta(days=3)) == 0
        assert TrainingDuty.objects.count() == 2


def test_another_role_is_asked_for_other_courses_and_who_is_let_back_in_takes_them_first(acme, olive, ada, now):
    publish(olive, now, roles=["agent"])
    course = duties(acme)[0].course
    with tenant_scope(acme):
        members.change_role(membership_id=ada.id, role=Role.SUPERVISOR, actor=olive, now=now)
        assert not TrainingDuty.objects.filter(is_assigned=True).exists()
        members.change_role(membership_id=ada.id, role=Role.AGENT, actor=olive, now=now)
        assert TrainingDuty.objects.get(is_assigned=True).due_at == now + assigning.GRACE
        members.set_member_active(membership_id=ada.id, is_active=False, actor=olive, now=now)
        members.set_member_active(membership_id=ada.id, is_active=True, actor=olive, now=now)

    assert duty_of(ada, course).due_at == now
