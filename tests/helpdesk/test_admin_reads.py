"""What operators look at in the admin is written down: in their trail, and in that of the organisation it shows."""

import pytest

from compliance.models import AuditEntry, OperatorEntry
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client, sign_in, oscar):
    return sign_in(client, oscar)


def looks(tenant):
    with tenant_scope(tenant):
        return list(AuditEntry.objects.filter(event="admin.viewed").order_by("id").values_list("facts", flat=True))


def test_a_page_of_an_organisation_stands_in_both_trails(operator, oscar, acme, globex):
    operator.get("/admin/compliance/auditentry/?organisation=acme")
    operator.get(f"/admin/tenants/tenant/{acme.id}/change/")

    assert looks(acme) == [{"page": "compliance_auditentry_changelist"}, {"page": "tenants_tenant_change"}]
    assert looks(globex) == []
    mine = OperatorEntry.objects.filter(event="admin.viewed", operator_id=oscar.id)
    assert set(mine.values_list("organisation_id", flat=True)) == {acme.id}


def test_a_directory_stands_in_the_operators_trail_alone(operator, oscar, acme):
    operator.get("/admin/tenants/user/?organisation=acme")

    assert looks(acme) == []
    assert OperatorEntry.objects.get(event="admin.viewed").facts == {"page": "tenants_user_changelist"}


def test_what_is_not_there_leaves_nothing(operator, acme):
    assert operator.get("/admin/compliance/auditentry/?organisation=nobody").status_code == 404

    assert not OperatorEntry.objects.filter(event="admin.viewed").exists()
