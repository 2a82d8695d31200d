"""Another owner: made with a fresh factor, told to all, beside or in place of who makes them one."""

import pytest
from django.core import mail
from django.test import Client

from compliance.models import AuditEntry
from helpdesk.core import clock
from tenants.actions.members import NoMemberError
from tenants.actions.ownership import transfer_ownership
from tenants.fresh_factor import STAMP
from tenants.models import Membership
from tenants.permissions import NotPermittedError
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.tenants import make_factor

pytestmark = pytest.mark.django_db
PAGE = "/o/acme/settings/people/ownership/"
PEOPLE = "/o/acme/settings/people/"


@pytest.fixture
def owner(client, olive, sign_in):
    """Olive's browser, at which she has just given her second factor."""
    sign_in(client, olive)
    session = client.session
    session[STAMP] = [clock.now().timestamp(), make_factor(olive.user).persistent_id]
    session.save()
    return client


def roles(tenant):
    with tenant_scope(tenant):
        return {member.user.name: member.role for member in Membership.objects.select_related("user")}


def make_owner(browser, member, own_role=Role.OWNER):
    return browser.post(PAGE, {"member": str(member.id), "own_role": own_role, "code": ""}, follow=True)


def test_a_second_owner_is_made_and_every_owner_told(owner, acme, sam):
    page = make_owner(owner, sam)

    assert "Sam is an owner now" in page.text
    assert roles(acme) == {"Olive": Role.OWNER, "Sam": Role.OWNER}
    assert {one.to[0] for one in mail.outbox} == {"olive@acme.example", "sam@acme.example"}
    assert "no longer an owner" not in mail.outbox[0].body


def test_ownership_passes_to_another_in_one_moment(owner, acme, sam):
    page = make_owner(owner, sam, Role.AGENT)

    assert page.status_code == 200
    assert roles(acme) == {"Olive": Role.AGENT, "Sam": Role.OWNER}
    assert {one.to[0] for one in mail.outbox} == {"olive@acme.example", "sam@acme.example"}
    assert "Olive made them one, and is no longer an owner." in mail.outbox[0].body
    with tenant_scope(acme):
        facts = [entry.facts for entry in AuditEntry.objects.filter(event="member.changed").order_by("at", "id")]
    assert facts == [{"role": "owner"}, {"role": "agent"}]
    assert owner.get(PEOPLE).status_code == 403


def test_it_asks_for_a_fresh_factor(acme, olive, sam, sign_in):
    browser = sign_in(Client(), olive)
    session = browser.session
    session.pop(STAMP, None)
    session.save()

    page = make_owner(browser, sam)

    assert "Please confirm that it is you." in page.text
    assert roles(acme)["Sam"] == Role.SUPERVISOR


def test_the_list_of_people_leads_there_instead_of_making_an_owner(owner, acme, sam):
    answer = owner.post(f"{PEOPLE}{sam.id}/role/", {"role": Role.OWNER})

    assert answer.url == f"{PAGE}?member={sam.id}"
    assert f'value="{sam.id}" selected' in owner.get(answer.url).text
    assert roles(acme)["Sam"] == Role.SUPERVISOR


def test_only_an_active_colleague_becomes_one(acme, olive, sam, mallory, now):
    with tenant_scope(acme):
        Membership.objects.filter(id=sam.id).update(is_active=False)
        for wrong in (olive, sam, mallory):
            with pytest.raises(NoMemberError):
                transfer_ownership(membership_id=wrong.id, own_role=Role.AGENT, actor=olive, now=now)


def test_nobody_but_an_owner_makes_one(acme, ada, sam, now):
    with tenant_scope(acme), pytest.raises(NotPermittedError):
        transfer_ownership(membership_id=ada.id, own_role=Role.AGENT, actor=sam, now=now)


def test_a_single_owner_is_asked_to_make_another(owner, sam):
    alone = owner.get(PEOPLE).text
    make_owner(owner, sam)

    assert "One owner is one too few" in alone
    assert "One owner is one too few" not in owner.get(PEOPLE).text


def test_with_nobody_to_choose_the_page_says_so(owner):
    assert "Nobody to make an owner" in owner.get(PAGE).text
