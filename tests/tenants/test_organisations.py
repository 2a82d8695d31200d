"""Opening an organisation."""

import pytest

from tenants.actions.tenants import SlugTakenError, open_tenant
from tenants.keyring import ring
from tenants.keyring.models import Purpose
from tenants.models import Membership, Tenant, TenantStatus
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.selectors import reachable_tenant
from tests.factories.tenants import make_person


def test_opening_an_organisation_makes_its_owner_and_its_keys(db, now):
    person = make_person("Nora", now=now)

    tenant = open_tenant(name="Nora & Co", slug="nora-co", region="eu", owner=person, now=now)

    with tenant_scope(tenant):
        assert Membership.objects.get().role == Role.OWNER
    assert ring.tenant_cipher(tenant.id, Purpose.CONTENT).version == 1


def test_a_taken_slug_is_refused_and_leaves_nothing(acme, now):
    person = make_person("Nora", now=now)

    with pytest.raises(SlugTakenError):
        open_tenant(name="Other", slug="acme", region="eu", owner=person, now=now)

    assert Tenant.objects.count() == 1


def test_the_cast_is_signed_in_with_a_second_factor(acme, ada, olive, mallory, sign_in, client):
    sign_in(client, ada)

    response = client.get("/organisations/")

    assert response.wsgi_request.user == ada.user
    assert response.wsgi_request.user.is_verified()


@pytest.mark.parametrize(("role", "page"), [(Role.AGENT, "inbox/"), (Role.AUDITOR, "settings/")])
def test_the_address_of_an_organisation_leads_to_where_a_member_begins(client, sign_in, ada, role, page):
    with tenant_scope(ada.tenant):
        Membership.objects.filter(id=ada.id).update(role=role)
    sign_in(client, ada)

    assert client.get("/o/acme/").url == f"/o/acme/{page}"
    assert client.get("/o/globex/").status_code == 404


@pytest.mark.parametrize("status", TenantStatus)
def test_only_an_active_organisation_or_one_that_closes_is_found_by_its_slug(acme, globex, status):
    Tenant.objects.filter(id=acme.id).update(status=status)

    found = reachable_tenant("acme")

    assert found == (acme if status in {TenantStatus.ACTIVE, TenantStatus.CLOSING} else None)
    assert found is None or (found.name, found.status) == ("Acme", status)
