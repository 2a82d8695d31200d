"""People of Acme: invited, shown a link, joining."""

import pytest

from tenants.models import Membership
from tenants.roles import Role
from tenants.scoping import tenant_scope

PEOPLE = "/o/acme/settings/people/"


@pytest.fixture
def owner(client, olive, sign_in):
    return sign_in(client, olive)


def invite(owner, email="nora@example.com", role=Role.AGENT):
    return owner.post(f"{PEOPLE}invite/", {"email": email, "role": role}, follow=True)


def members_of(tenant):
    with tenant_scope(tenant):
        return {member.user.email: member for member in Membership.objects.select_related("user")}
