"""Whoever was not here is let back in by an owner, and counts anew."""

import pytest

from compliance.models import AuditEntry
from tenants.actions import invitations, members
from tenants.gate.checks import Refusal
from tenants.permissions import NotPermittedError
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.tokens import InvitationKey
from tests.tenants.unused.conftest import found, last_here, night, refusal_of

pytestmark = pytest.mark.django_db
PEOPLE = "/o/acme/settings/people/"


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
