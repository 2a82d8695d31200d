"""Whoever can give none of their factors is let back in by another owner, or by an operator in front of all owners."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from compliance.actions.factor_recovery import ElsewhereError, OwnFactorError, reset_member_factors, reset_user_factors
from compliance.models import AuditEntry
from tenants import factor_list
from tenants.actions.backup_codes import make_backup_codes
from tenants.actors import Actor
from tenants.models import BackupCodes, Membership, StaffSession
from tenants.permissions import NotPermittedError
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.tenants import PASSWORD, make_factor, make_member
from tests.support.signing_in import code_of

pytestmark = pytest.mark.django_db
REASON = "Called me, lost the phone with card 4111 1111 1111 1111"


def page(member):
    return f"/o/acme/settings/people/{member.id}/factors/"


def reset(acme, member, actor, now):
    with tenant_scope(acme):
        return reset_member_factors(membership_id=member.id, reason="They called", actor=actor, now=now)


@pytest.mark.django_db(transaction=True)
def test_an_owner_resets_a_colleagues_factors_and_everyone_concerned_is_told(client, sign_in, olive, ada, acme, now):
    second = make_member(acme, "Otto", Role.OWNER, now=now)
    agent = sign_in(Client(), ada)
    make_backup_codes(person=ada.user, now=now)
    sign_in(client, olive, fresh=False)
    assert reverse("compliance:reset_factors", args=["acme", ada.id]) in client.get("/o/acme/settings/people/").text
    assert client.post(page(ada), {"reason": REASON}).status_code == 422
    assert client.post(page(ada), {"reason": "", "code": code_of(olive.user)}).status_code == 422

    assert client.post(page(ada), {"reason": REASON, "code": code_of(olive.user)}).status_code == 302

    assert not factor_list.has_factor(ada.user)
    assert not BackupCodes.objects.exists()
    assert not StaffSession.objects.filter(user=ada.user).exists()
    assert agent.get("/o/acme/inbox/").status_code == 302
    told = {one.to[0]: one for one in mail.outbox}
    assert set(told) == {ada.user.email, olive.user.email, second.user.email}
    assert "Olive has reset the second factor of Ada" in told[second.user.email].body
    with tenant_scope(acme):
        entry = AuditEntry.objects.get(event="member.factors_reset")
    assert (entry.actor_id, entry.object_id) == (olive.id, ada.id)
    assert "4111 1111" not in entry.facts["reason"]
    agent.post("/sign-in/", {"email": ada.user.email, "password": PASSWORD})
    assert agent.get("/sign-in/factor/").url == "/sign-in/enrol/"


def test_nobody_resets_their_own(acme, olive, now):
    with pytest.raises(OwnFactorError):
        reset(acme, olive, olive, now)


def test_an_owner_of_two_takes_the_other_back_in(acme, olive, now):
    other = make_member(acme, "Otto", Role.OWNER, now=now)
    make_factor(other.user)

    reset(acme, other, olive, now)

    assert not factor_list.has_factor(other.user)


def test_one_organisation_does_not_decide_for_another(acme, globex, olive, ada, now):
    make_factor(ada.user)
    with tenant_scope(globex):
        Membership.objects.create(tenant=globex, user=ada.user, role=Role.AGENT, created_at=now)

    with pytest.raises(ElsewhereError):
        reset(acme, ada, olive, now)
    assert factor_list.has_factor(ada.user)


def test_an_owner_does_not_reset_an_operator(acme, olive, oscar, now):
    with tenant_scope(acme):
        member = Membership.objects.create(tenant=acme, user=oscar, role=Role.AGENT, created_at=now)

    with pytest.raises(ElsewhereError):
        reset(acme, member, olive, now)


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.COMPLIANCE_OFFICER, Role.AUDITOR])
def test_only_owners_may(acme, ada, now, role):
    colleague = make_member(acme, "Colin", role, now=now)

    with pytest.raises(NotPermittedError):
        reset(acme, ada, colleague, now)


def test_mallory_finds_nothing_to_reset(client, sign_in, ada, globex, now):
    gustav = make_member(globex, "Greta", Role.OWNER, now=now)
    sign_in(client, gustav)

    assert client.get(page(ada)).status_code == 404
    assert client.get(f"/o/globex/settings/people/{ada.id}/factors/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_an_operator_resets_the_last_owner_and_every_other_owner_hears_of_it(
    client, sign_in, oscar, olive, acme, globex, now
):
    make_factor(olive.user)
    with tenant_scope(globex):
        Membership.objects.create(tenant=globex, user=olive.user, role=Role.AGENT, created_at=now)
    sign_in(client, oscar, fresh=False)
    address = reverse("admin:tenants_user_reset_factors", args=[olive.user_id])
    assert address in client.get(reverse("admin:tenants_user_change", args=[olive.user_id])).text
    assert client.post(address, {"reason": REASON}).status_code == 422
    assert factor_list.has_factor(olive.user)

    assert client.post(address, {"reason": REASON, "code": code_of(oscar)}).status_code == 302

    assert not factor_list.has_factor(olive.user)
    assert {one.to[0] for one in mail.outbox} == {olive.user.email, "gustav@globex.example"}
    for tenant in (acme, globex):
        with tenant_scope(tenant):
            entry = AuditEntry.objects.get(event="member.factors_reset")
        assert (entry.actor_kind, entry.actor_id) == ("operator", oscar.id)


def test_an_operator_does_not_reset_an_operator(client, sign_in, oscar, now):
    sign_in(client, oscar)

    assert client.get(reverse("admin:tenants_user_reset_factors", args=[oscar.id])).status_code == 404
    with pytest.raises(NotPermittedError):
        reset_user_factors(user=oscar, reason="Lost", actor=Actor.operator(oscar), now=now)
