"""An operator looks into an organisation only where one of its owners lets them, and is told of each look."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import DatabaseError, IntegrityError, connections
from django.test import Client
from django_otp.oath import totp

from compliance import support, support_ends
from compliance.actions.organisations import set_tenant_state
from compliance.actions.people import set_user_active
from compliance.actions.reasons import ReasonMissingError
from compliance.actions.support import AlreadyAskedError, NoGrantError, NotOpenError, approve, leave, refuse
from compliance.models import AuditEntry, OperatorEntry, SupportGrant, SupportState
from compliance.tasks import end_support
from tenants.actions import members
from tenants.actions.break_glass import WrongBreakGlassCodeError, codes_left, make_codes
from tenants.actions.factors import factor_of
from tenants.actions.policies import choose
from tenants.actors import Actor
from tenants.models import Tenant, TenantStatus
from tenants.operator_role import as_operator
from tenants.permissions import NotPermittedError
from tenants.policy_names import BREAK_GLASS, SUPPORT_ACCESS
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.modes import switch_mode
from tests.factories.support import ask_support, let_in
from tests.factories.tenants import make_factor, make_member, make_person, owner_of

pytestmark = pytest.mark.django_db
PAGE = "/o/acme/settings/support/"
LATER = timedelta(minutes=31)


def events(tenant):
    with tenant_scope(tenant):
        entries = AuditEntry.objects.filter(event__startswith="support.").order_by("at", "id")
        return [(entry.event.partition(".")[2], entry.actor_kind, entry.facts) for entry in entries]


def trail(operator):
    entries = OperatorEntry.objects.filter(operator_id=operator.id, event__startswith="support.").order_by("at", "id")
    return [(entry.event.partition(".")[2], entry.organisation_id) for entry in entries]


def is_live(grant, operator):
    return support.accesses_of(operator.id)[grant.id].is_live


def approved(grant, owner, now, **given):
    with tenant_scope(owner.tenant):
        return approve(grant_id=grant.id, actor=owner, now=now, **{"minutes": 30, "code": "", **given})


def refused(grant, owner, now):
    with tenant_scope(owner.tenant):
        return refuse(grant_id=grant.id, actor=owner, now=now)


def kept(grant):
    with tenant_scope(grant.tenant_id):
        return SupportGrant.objects.get(id=grant.id)


def test_an_operator_asks_and_every_owner_is_told_without_the_reason(
    acme, olive, oscar, now, django_capture_on_commit_callbacks
):
    make_member(acme, "Otto", Role.OWNER, now=now)
    make_member(acme, "Ada", Role.AGENT, now=now)
    reason = "Card 4111 1111 1111 1111 is not masked"

    with django_capture_on_commit_callbacks(execute=True):
        grant = ask_support(acme, oscar, reason=reason, now=now)

    assert {one.to[0] for one in mail.outbox} == {olive.user.email, "otto@acme.example"}
    assert all("Oscar" in one.body and PAGE in one.body and "masked" not in one.body for one in mail.outbox)
    assert "4111 1111" not in grant.reason
    assert not is_live(grant, oscar)
    assert events(acme) == [("asked", "operator", {"reason": grant.reason})]
    assert trail(oscar) == [("asked", acme.id)]


@pytest.mark.parametrize("reason", ["", " \n "])
def test_nobody_asks_without_a_reason(acme, oscar, now, reason):
    with pytest.raises(ReasonMissingError):
        ask_support(acme, oscar, reason=reason, now=now)


def test_who_is_no_operator_asks_nothing(acme, ada, mallory, now):
    for person in (ada.user, mallory.user):
        with pytest.raises(NotPermittedError):
            ask_support(acme, person, now=now)


def test_an_operator_asks_once_until_it_is_answered_or_over(acme, oscar, now):
    ask_support(acme, oscar, now=now)

    with pytest.raises(AlreadyAskedError):
        ask_support(acme, oscar, now=now)
    again = ask_support(acme, oscar, now=now + timedelta(hours=25))
    assert again.state(now + timedelta(hours=25)) is SupportState.ASKED
    assert [event for event, *_ in events(acme)] == ["asked", "ended", "asked"]


def test_of_an_organisation_that_is_suspended_nothing_is_asked(acme, oscar, now):
    Tenant.objects.filter(id=acme.id).update(status=TenantStatus.SUSPENDED)

    with pytest.raises(NotOpenError):
        ask_support(acme, oscar, now=now)


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


def test_it_is_over_by_itself_and_a_job_writes_that_down(acme, olive, oscar, now):
    grant = let_in(olive, oscar, now=now - LATER)
    assert not is_live(grant, oscar)

    end_support.for_tenant(acme.id).run_here()
    end_support.for_tenant(acme.id).run_here()

    assert (kept(grant).ended_as, [event for event, *_ in events(acme)]) == ("by_time", ["asked", "approved", "ended"])
    assert trail(oscar)[-1] == ("ended", acme.id)


def demote(acme, olive, oscar, now):
    second = make_member(acme, "Otto", Role.OWNER, now=now)
    with tenant_scope(acme):
        members.change_role(membership_id=olive.id, role=Role.AGENT, actor=second, now=now)


def deactivate_the_owner(acme, olive, oscar, now):
    second = make_member(acme, "Otto", Role.OWNER, now=now)
    with tenant_scope(acme):
        members.set_member_active(membership_id=olive.id, is_active=False, actor=second, now=now)


def shut_the_owner_out(acme, olive, oscar, now):
    other = make_person("Orla", email="orla@hushdesk.example", is_operator=True, now=now)
    set_user_active(user=olive.user, is_active=False, actor=Actor.operator(other), now=now)


def deactivate_the_operator(acme, olive, oscar, now):
    other = make_person("Orla", email="orla@hushdesk.example", is_operator=True, now=now)
    set_user_active(user=oscar, is_active=False, actor=Actor.operator(other), now=now)


def suspend(acme, olive, oscar, now):
    set_tenant_state(tenant=acme, status=TenantStatus.SUSPENDED, actor=Actor.operator(oscar), now=now)


def mode_on(acme, olive, oscar, now):
    switch_mode(tenant=acme, mode="hipaa", on=True, reason="A clinic", actor=Actor.operator(oscar), now=now)


def ask_for_codes(acme, olive, oscar, now):
    with tenant_scope(acme):
        choose(key=SUPPORT_ACCESS, value=BREAK_GLASS, actor=olive, now=now)


GONE = [demote, deactivate_the_owner, shut_the_owner_out, deactivate_the_operator, suspend, mode_on, ask_for_codes]


@pytest.mark.parametrize("happens", GONE)
def test_it_ends_with_what_it_stood_on(acme, olive, oscar, now, happens):
    grant = let_in(olive, oscar, now=now)
    assert is_live(grant, oscar)

    happens(acme, olive, oscar, now)

    assert not is_live(grant, oscar)
    assert kept(grant).ended_as == "void"
    assert events(acme)[-1][:2] == ("ended", "system")


def test_it_does_not_come_back_with_what_it_stood_on(acme, olive, oscar, now):
    grant = let_in(olive, oscar, now=now)
    mode_on(acme, olive, oscar, now)
    switch_mode(tenant=acme, mode="hipaa", on=False, reason="A shop", actor=Actor.operator(oscar), now=now)

    assert not is_live(grant, oscar)


def test_who_is_no_operator_any_more_is_let_in_no_more(acme, olive, oscar, now):
    grant = ask_support(acme, oscar, now=now)
    oscar.is_operator = False
    oscar.save(update_fields=["is_operator"])

    with pytest.raises(NoGrantError):
        approved(grant, olive, now)


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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "change",
    ["approved_at = now()", "until = now() + interval '1 hour'", "is_break_glass = true", "operator_id = id"],
)
def test_by_their_own_role_operators_approve_and_prolong_nothing(acme, olive, oscar, now, change):
    grant = let_in(olive, oscar, now=now)

    with as_operator(), pytest.raises(DatabaseError, match="permission denied"), tenant_scope(acme):
        connections["default"].cursor().execute(
            f"UPDATE compliance_supportgrant SET {change} WHERE id = %s", [grant.id]
        )


@pytest.mark.django_db(transaction=True)
def test_by_their_own_role_operators_open_nothing_anew_that_has_ended(acme, olive, oscar, now):
    grant = let_in(olive, oscar, now=now)
    refused(grant, olive, now)

    with as_operator(), tenant_scope(acme):
        assert SupportGrant.objects.filter(id=grant.id).update(ended_at=None, ended_as="") == 0
    open_one = ask_support(acme, oscar, now=now)
    with as_operator(), pytest.raises(DatabaseError, match="row-level security"), tenant_scope(acme):
        SupportGrant.objects.filter(id=open_one.id).update(ended_at=None, ended_as="")


@pytest.mark.django_db(transaction=True)
def test_by_their_own_role_operators_ask_and_do_not_approve(acme, olive, oscar, now):
    with as_operator(), pytest.raises(DatabaseError, match="row-level security"), tenant_scope(acme):
        SupportGrant.objects.create(
            tenant=acme,
            operator=oscar,
            reason="I may",
            asked_at=now,
            approved_by=olive,
            approved_at=now,
            until=now + LATER,
        )


def test_the_page_is_empty_asked_live_and_past(client, sign_in, olive, oscar, acme, now):
    sign_in(client, olive, fresh=False)
    assert "Nobody looks in" in client.get(PAGE).text
    grant = ask_support(acme, oscar, reason="See why <b>nothing</b> comes", now=now)
    page = client.get(PAGE).text
    assert "Oscar asks to look in" in page
    assert "asks to look in" in client.get("/o/acme/settings/").text
    assert "See why &lt;b&gt;nothing" in page
    address = f"{PAGE}{grant.id}/approve/"
    asked = client.post(address, {"minutes": "15"})
    assert (asked.status_code, is_live(grant, oscar)) == (422, False)
    assert 'name="minutes" value="15"' in asked.text

    client.post(address, {"minutes": "15", "fresh-code": f"{totp(make_factor(olive.user).seed()):06d}"})

    assert is_live(grant, oscar)
    page = client.get(PAGE).text
    assert "Oscar can look in" in page
    assert "What they looked at" in page
    assert "can look in until" in client.get("/o/acme/settings/").text
    client.post(f"{PAGE}{grant.id}/refuse/")
    assert not is_live(grant, oscar)
    assert "Ended by an owner" in client.get(PAGE).text
    assert client.post(address, {"minutes": "15"}, follow=True).status_code == 200


def test_the_page_asks_for_a_code_under_a_mode_and_says_what_is_wrong(client, sign_in, olive, oscar, acme, now):
    switch_mode(tenant=acme, mode="hipaa", on=True, reason="A clinic", actor=Actor.member(olive), now=now)
    grant = ask_support(acme, oscar, now=now)
    sign_in(client, olive)
    assert "Break-glass code" in client.get(PAGE).text

    answer = client.post(f"{PAGE}{grant.id}/approve/", {"minutes": "15", "break_glass": "wrong"})

    assert answer.status_code == 422
    assert "none of your organisation" in answer.text
    assert not is_live(grant, oscar)


def test_a_question_asked_twice_over_the_page_is_answered_once(client, sign_in, olive, ada, acme, oscar, now):
    grant = ask_support(acme, oscar, now=now)
    sign_in(client, ada)

    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}{grant.id}/approve/", {"minutes": "15"}).status_code == 403
    assert Client().post(f"{PAGE}{grant.id}/approve/", {"minutes": "15"}).status_code == 302
    assert factor_of(olive.user) is None or not is_live(grant, oscar)
