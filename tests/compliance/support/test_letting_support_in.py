"""An owner lets an operator in for a while, and nobody else does; under a mode it takes a code."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError

from compliance import support, support_ends
from compliance.actions.support import NoGrantError, leave
from compliance.models import SupportGrant
from tenants.actions.break_glass import WrongBreakGlassCodeError, codes_left, make_codes
from tenants.actions.policies import choose
from tenants.actors import Actor
from tenants.permissions import NotPermittedError
from tenants.policy_names import BREAK_GLASS, SUPPORT_ACCESS
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.compliance.support.conftest import PAGE, approved, events, is_live, kept, refused, trail
from tests.factories.modes import switch_mode
from tests.factories.support import ask_support, let_in
from tests.factories.tenants import make_member, make_person, owner_of

pytestmark = pytest.mark.django_db


def test_an_owner_lets_in_for_a_while_and_both_sides_keep_it(
    acme, olive, oscar, now, django_capture_on_commit_callbacks
):
    grant = ask_support(acme, oscar, now=now)

    with django_capture_on_commit_callbacks() as later:
        approved(grant, olive, now, minutes=60)

    assert is_live(grant, oscar)
    assert kept(grant).until == now + timedelta(minutes=60)
    assert [event for event, *_ in events(acme)] == ["asked", "approved"]
    assert trail(oscar) == [("asked", acme.id), ("approved", acme.id)]
    later[0]()
    assert "let Oscar" in mail.outbox[-1].body


@pytest.mark.parametrize("minutes", [0, 61, 600, -5])
def test_an_hour_is_the_longest(acme, olive, oscar, now, minutes):
    grant = ask_support(acme, oscar, now=now)

    with pytest.raises(NoGrantError):
        approved(grant, olive, now, minutes=minutes)
    with pytest.raises(IntegrityError), tenant_scope(acme):
        SupportGrant.objects.filter(id=grant.id).update(
            approved_by=olive, approved_at=now, until=now + timedelta(minutes=61)
        )


@pytest.mark.parametrize("role", [role for role in Role if role != Role.OWNER])
def test_nobody_but_an_owner_lets_anybody_in_or_ends_it(acme, olive, oscar, now, role):
    colleague = make_member(acme, "Colin", role, now=now)
    grant = ask_support(acme, oscar, now=now)

    for act in (approved, refused):
        with pytest.raises(NotPermittedError):
            act(grant, colleague, now)


def test_mallory_and_her_owner_find_no_such_question(acme, globex, oscar, mallory, now, client, sign_in):
    grant = ask_support(acme, oscar, now=now)
    gustav = owner_of(globex)

    for act in (approved, refused):
        with pytest.raises(NoGrantError):
            act(grant, gustav, now)
    sign_in(client, mallory)
    assert client.get(PAGE).status_code == 404
    assert client.get("/o/globex/settings/support/").status_code == 403
    sign_in(client, gustav)
    for act in ("approve", "refuse"):
        assert client.post(f"{PAGE}{grant.id}/{act}/", {"minutes": "30"}).status_code == 404
        assert client.post(f"/o/globex/settings/support/{grant.id}/{act}/", {"minutes": "30"}).status_code == 404
    assert kept(grant).ended_at is None
    assert not is_live(grant, oscar)


def test_what_was_declined_withdrawn_or_ended_is_not_answered_any_more(acme, olive, oscar, now):
    for end in (
        lambda grant: refused(grant, olive, now),
        lambda grant: leave(tenant_id=acme.id, grant_id=grant.id, actor=Actor.operator(oscar), now=now),
    ):
        grant = ask_support(acme, oscar, now=now)
        end(grant)
        with pytest.raises(NoGrantError):
            approved(grant, olive, now)
        with pytest.raises(NoGrantError):
            end(grant)

    assert [facts.get("ended_as") for event, _, facts in events(acme) if event == "ended"] == ["declined", "withdrawn"]


def test_two_owners_at_once_let_in_once(acme, olive, oscar, now):
    second = make_member(acme, "Otto", Role.OWNER, now=now)
    grant = ask_support(acme, oscar, now=now)
    approved(grant, olive, now)

    with pytest.raises(NoGrantError):
        approved(grant, second, now)
    assert kept(grant).approved_by_id == olive.id


def test_another_operator_neither_ends_nor_has_it(acme, olive, oscar, now):
    other = make_person("Orla", email="orla@hushdesk.example", is_operator=True, now=now)
    grant = let_in(olive, oscar, now=now)

    with pytest.raises(NoGrantError):
        leave(tenant_id=acme.id, grant_id=grant.id, actor=Actor.operator(other), now=now)
    assert support.accesses_of(other.id) == {}


def test_two_operators_have_each_their_own(acme, olive, oscar, now):
    other = make_person("Orla", email="orla@hushdesk.example", is_operator=True, now=now)
    first, second = let_in(olive, oscar, now=now), let_in(olive, other, now=now)

    refused(first, olive, now)

    assert not is_live(first, oscar)
    assert is_live(second, other)


@pytest.mark.parametrize("mode", ["hipaa", "pci"])
def test_under_a_mode_a_break_glass_code_is_used_up_for_it(acme, olive, oscar, now, mode):
    switch_mode(tenant=acme, mode=mode, on=True, reason="A clinic", actor=Actor.member(olive), now=now)
    olive.tenant.refresh_from_db()
    with tenant_scope(acme):
        code, *_ = make_codes(actor=olive, now=now)
    grant = ask_support(acme, oscar, now=now)
    for wrong in ("", "0000-0000", code[:-1] + ("0" if code[-1] != "0" else "1")):
        with pytest.raises(WrongBreakGlassCodeError):
            approved(grant, olive, now, code=wrong)

    approved(grant, olive, now, code=code)

    assert is_live(grant, oscar)
    with tenant_scope(acme):
        assert codes_left() == 4
    assert events(acme)[-1][2]["break_glass"] is True
    refused(grant, olive, now)
    with pytest.raises(WrongBreakGlassCodeError):
        approved(ask_support(acme, oscar, now=now), olive, now, code=code)


def test_an_organisation_may_ask_for_a_code_without_a_mode(acme, olive, oscar, now):
    with tenant_scope(acme):
        choose(key=SUPPORT_ACCESS, value=BREAK_GLASS, actor=olive, now=now)

    with pytest.raises(WrongBreakGlassCodeError):
        let_in(olive, oscar, now=now)


def test_whoever_comes_too_late_finds_it_over(acme, olive, oscar, now):
    grant = ask_support(acme, oscar, now=now - timedelta(hours=25))

    with pytest.raises(NoGrantError):
        approved(grant, olive, now)
    with tenant_scope(acme):
        assert support_ends.end_what_is_over(now=now) == 1
    assert kept(grant).ended_as == "by_time"
