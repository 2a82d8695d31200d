"""What operators look at in the admin is written down: in their trail, and in that of the organisation it shows."""

import pytest

from compliance.models import AuditEntry, OperatorEntry
from tenants.scoping import tenant_scope

# The operators' role has connections of its own: what it writes is seen once it is committed.
pytestmark = pytest.mark.django_db(transaction=True)


def looks(tenant):
    with tenant_scope(tenant):
        return list(AuditEntry.objects.filter(event="admin.viewed").order_by("id").values_list("facts", flat=True))


def test_a_page_of_the_admin_stands_in_the_operators_trail_and_in_that_of_the_organisation_it_shows(
    client, sign_in, oscar, acme, globex
):
    operator = sign_in(client, oscar)
    operator.get("/admin/compliance/auditentry/?organisation=acme")
    operator.get(f"/admin/tenants/tenant/{acme.id}/change/")
    # A directory is of no organisation; what is not there leaves nothing.
    operator.get("/admin/tenants/user/")
    assert operator.get("/admin/compliance/auditentry/?organisation=nobody").status_code == 404

    assert looks(acme) == [{"page": "compliance_auditentry_changelist"}, {"page": "tenants_tenant_change"}]
    assert looks(globex) == []
    mine = OperatorEntry.objects.filter(event="admin.viewed", operator_id=oscar.id).order_by("id")
    assert list(mine.values_list("organisation_id", "facts__page")) == [
        (acme.id, "compliance_auditentry_changelist"), (acme.id, "tenants_tenant_change"),
        (None, "tenants_user_changelist"),
    ]  # fmt: skip
