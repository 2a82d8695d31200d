"""Two requests at the same moment: one wins."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import connections
from django_otp.oath import totp

from tenants.actions import invitations, members, people
from tenants.actions.invitations import NoInvitationError
from tenants.actions.members import LastOwnerError
from tenants.actions.tenants import SlugTakenError, open_tenant
from tenants.models import Membership, SealedTOTPDevice, Tenant, User
from tenants.permissions import NotPermittedError
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.tokens import CONFIRMATION, BadTokenError, InvitationKey
from tests.factories.tenants import PASSWORD, make_factor, make_member, make_person

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 4


def at_once(*works):
    """Run every work in a thread of its own; return what each gave, an error included."""

    def run(work):
        try:
            return work()
        except Exception as error:  # noqa: BLE001 (what each thread met is what is looked at)
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_a_code_is_accepted_once(now):
    device = make_factor(make_person("Nora", now=now))
    code = f"{totp(device.seed()):06d}"

    answers = at_once(*[lambda: SealedTOTPDevice.objects.get(id=device.id).verify_token(code)] * AT_ONCE)

    assert sorted(answers) == [False] * (AT_ONCE - 1) + [True]


def test_an_address_is_confirmed_once(now):
    person = people.sign_up(email="nora@example.com", name="Nora", password=PASSWORD, now=now)
    token = CONFIRMATION.issue(person, now=now)

    answers = at_once(*[lambda: people.confirm_email(token=token, password=PASSWORD, now=now)] * AT_ONCE)

    assert sum(isinstance(answer, User) for answer in answers) == 1
    assert sum(isinstance(answer, BadTokenError) for answer in answers) == AT_ONCE - 1


def test_one_account_comes_of_simultaneous_sign_ups(now):
    def sign_up():
        return people.sign_up(email="nora@example.com", name="Nora", password=PASSWORD, now=now)

    answers = at_once(*[sign_up] * AT_ONCE)

    assert all(isinstance(answer, User) for answer in answers)
    assert User.objects.count() == 1


def test_a_slug_goes_to_one_of_two(now):
    owner = make_person("Nora", now=now)

    def open_nora():
        return open_tenant(name="Nora", slug="nora", region="eu", owner=owner, now=now)

    answers = at_once(open_nora, open_nora)

    assert {type(answer) for answer in answers} == {Tenant, SlugTakenError}


def test_an_invitation_is_accepted_once(acme, olive, now):
    with tenant_scope(acme):
        _, token = invitations.invite_colleague(email="nora@example.com", role=Role.AGENT, actor=olive, now=now)
    key = InvitationKey.of(token)

    answers = at_once(
        *[lambda: invitations.join_as_new_person(key=key, name="Nora", password=PASSWORD, now=now)] * AT_ONCE
    )

    assert sum(isinstance(answer, Membership) for answer in answers) == 1
    assert sum(isinstance(answer, NoInvitationError) for answer in answers) == AT_ONCE - 1


def test_two_owners_cannot_remove_each_other(acme, olive, now):
    otto = make_member(acme, "Otto", Role.OWNER, now=now)

    def remove(other, actor):
        with tenant_scope(acme), suppress(NotPermittedError, LastOwnerError):
            members.set_member_active(membership_id=other.id, is_active=False, actor=actor, now=now)

    at_once(lambda: remove(otto, olive), lambda: remove(olive, otto))

    with tenant_scope(acme):
        assert Membership.objects.filter(role=Role.OWNER, is_active=True).count() == 1
