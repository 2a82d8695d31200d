"""A mode's way back: two people and a day, kept on by any owner alone."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from compliance import audit_events, mode_progress
from compliance.actions import modes
from compliance.actions.organisations import set_tenant_state
from compliance.mode_progress import SETTLES_AFTER
from compliance.models import ModeSwitch, SwitchEnd
from compliance.models.mode import ASKED_FOR, NOTICE
from tenants import policies
from tenants.actors import Actor
from tenants.models import Tenant, TenantStatus, User
from tenants.policy_names import PLAINTEXT_EXPORT
from tenants.scoping import tenant_scope
from tests.compliance.modes.steps.conftest import DISABLING, ENABLING, OFF, ON, ask_off, is_on, state, step
from tests.factories.modes import AGREED, begin, cut_short

pytestmark = pytest.mark.django_db


def test_asked_to_end_it_holds_until_another_agreed_and_a_day_is_over(acme, olive, otto, now):
    is_on(acme, olive, now)
    ask_off(acme, olive, now)
    mode_progress.advance(acme.id, now=now + timedelta(days=3))
    assert state(acme) == DISABLING

    agreed_at = now + timedelta(days=3)
    step(modes.agree_off, acme, otto, agreed_at)
    mode_progress.advance(acme.id, now=agreed_at + NOTICE - timedelta(seconds=1))
    acme.refresh_from_db()
    assert policies.effective(acme, PLAINTEXT_EXPORT).value == "refused"

    assert mode_progress.advance(acme.id, now=agreed_at + NOTICE) == [("hipaa", OFF)]
    acme.refresh_from_db()
    assert (acme.hipaa_state, acme.factors_due_at) == (OFF, None)
    assert policies.effective(acme, PLAINTEXT_EXPORT).value == "allowed"
    assert mode_progress.advance(acme.id, now=agreed_at + NOTICE) == []


def test_nobody_agrees_to_what_they_asked_and_an_operator_not_to_an_operators(acme, olive, otto, oscar, now):
    is_on(acme, olive, now)
    ask_off(acme, olive, now)
    with pytest.raises(modes.SamePersonError):
        step(modes.agree_off, acme, olive, now)
    step(modes.agree_off, acme, oscar, now)
    step(modes.keep_on, acme, otto, now)

    another = User.objects.get(id=oscar.id)
    ask_off(acme, oscar, now)
    with pytest.raises(modes.SamePersonError):
        step(modes.agree_off, acme, another, now)
    with tenant_scope(acme):
        ModeSwitch.objects.filter(ended_at=None).update(asked_person=uuid4())
    with pytest.raises(modes.OwnerNeededError):
        step(modes.agree_off, acme, oscar, now)
    step(modes.agree_off, acme, olive, now)


def test_an_operator_who_is_an_owner_too_is_one_person(acme, olive, now):
    is_on(acme, olive, now)
    User.objects.filter(id=olive.user_id).update(is_operator=True)
    ask_off(acme, olive, now)

    with pytest.raises(modes.SamePersonError):
        step(modes.agree_off, acme, User.objects.get(id=olive.user_id), now)


def test_any_owner_keeps_it_on_alone_and_it_is_again_what_it_was(acme, olive, otto, trail, now):
    begin(acme, "hipaa", Actor.member(olive), now)
    ask_off(acme, olive, now)
    step(modes.agree_off, acme, otto, now)

    assert step(modes.keep_on, acme, otto, now + timedelta(hours=23)) == ENABLING

    assert trail(acme, audit_events.MODE_SWITCHED)[-1].facts["taken_back"] is True
    assert mode_progress.advance(acme.id, now=now + NOTICE) == [("hipaa", ON)]
    for do in (modes.keep_on, modes.agree_off):
        with pytest.raises(modes.NotInThatStateError):
            step(do, acme, otto, now)


def test_what_nobody_agrees_to_within_a_week_is_over(acme, olive, otto, now):
    is_on(acme, olive, now)
    ask_off(acme, olive, now)
    with pytest.raises(modes.NotInThatStateError):
        step(modes.agree_off, acme, otto, now + ASKED_FOR)

    assert mode_progress.advance(acme.id, now=now + ASKED_FOR) == [("hipaa", ON)]
    with tenant_scope(acme):
        assert ModeSwitch.objects.get(turns_on=False).ended_as == SwitchEnd.LAPSED


def test_switched_off_before_it_was_on_it_leaves_nothing_under_way(acme, olive, otto, now):
    begin(acme, "hipaa", Actor.member(olive), now)
    ask_off(acme, olive, now)
    step(modes.agree_off, acme, otto, now)
    mode_progress.advance(acme.id, now=now + NOTICE)

    assert state(acme) == OFF
    with tenant_scope(acme):
        assert ModeSwitch.objects.get(turns_on=True).ended_as == SwitchEnd.OUTDATED
    begin(acme, "hipaa", Actor.member(otto), now + NOTICE)


def test_on_while_it_is_being_switched_off_is_refused_and_off_while_it_is_off(acme, olive, oscar, now):
    with pytest.raises(modes.NotInThatStateError):
        ask_off(acme, oscar, now)
    is_on(acme, olive, now)
    ask_off(acme, oscar, now)
    assert ask_off(acme, olive, now) is None

    with pytest.raises(modes.NotInThatStateError):
        step(modes.switch_on, acme, olive, now, reason="No", **AGREED)


def test_one_mode_is_switched_on_while_the_other_ends(acme, olive, otto, now):
    is_on(acme, olive, now)
    due = Tenant.objects.get(id=acme.id).factors_due_at
    ask_off(acme, olive, now)
    step(modes.agree_off, acme, otto, now)
    begin(acme, "pci", Actor.member(otto), now)

    assert mode_progress.advance(acme.id, now=now + NOTICE) == [("hipaa", OFF), ("pci", ON)]
    acme.refresh_from_db()
    assert acme.factors_due_at == due
    assert policies.effective(acme, PLAINTEXT_EXPORT).held_by == ("pci",)


@pytest.mark.parametrize("status", [TenantStatus.SUSPENDED, TenantStatus.CLOSING])
def test_a_suspended_or_closing_organisation_takes_no_step_and_goes_on_afterwards(acme, olive, oscar, now, status):
    begin(acme, "hipaa", Actor.member(olive), now)
    Tenant.objects.filter(id=acme.id).update(status=status)

    with pytest.raises(modes.OrganisationNotActiveError):
        ask_off(acme, oscar, now)
    with pytest.raises(modes.OrganisationNotActiveError):
        step(modes.switch_on, acme, oscar, now, mode="pci", reason="Cards", **AGREED)
    assert mode_progress.advance(acme.id, now=now + SETTLES_AFTER) == []

    if status == TenantStatus.SUSPENDED:
        set_tenant_state(tenant=acme, status=TenantStatus.ACTIVE, actor=Actor.operator(oscar), now=now)
        assert mode_progress.advance(acme.id, now=now + SETTLES_AFTER) == [("hipaa", ON)]


def test_the_database_holds_two_people_and_a_day(acme, olive, now):
    is_on(acme, olive, now)
    ask_off(acme, olive, now)
    agreed = {"approved_at": now, "approved_person": uuid4(), "due_at": now + NOTICE}
    bent = (
        {**agreed, "approved_person": olive.user_id},
        {**agreed, "due_at": now + timedelta(hours=23)},
        {"due_at": now},
        {"ended_at": now, "ended_as": "done"},
        {**agreed, "ended_at": now + timedelta(hours=23), "ended_as": "done"},
    )

    with tenant_scope(acme):
        asked = ModeSwitch.objects.filter(turns_on=False)
        for one in bent:
            with pytest.raises(IntegrityError), transaction.atomic():
                asked.update(**one)
        asked.update(**agreed, ended_at=now + NOTICE, ended_as="done")


@pytest.mark.parametrize("before", [ENABLING, ON])
def test_the_database_lets_no_mode_be_off_that_was_not_ending(acme, before):
    Tenant.objects.filter(id=acme.id).update(hipaa_state=before)

    with pytest.raises(IntegrityError), transaction.atomic():
        Tenant.objects.filter(id=acme.id).update(hipaa_state=OFF)
    cut_short(acme, "hipaa")
    assert state(acme) == OFF
