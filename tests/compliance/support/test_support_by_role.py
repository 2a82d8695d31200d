"""By their own role of the database operators ask and end, and let themselves in nowhere."""

import pytest
from django.db import DatabaseError, connections

from compliance.models import SupportGrant
from tenants.operator_role import as_operator
from tenants.scoping import tenant_scope
from tests.compliance.support.conftest import LATER, refused
from tests.factories.support import ask_support, let_in

pytestmark = pytest.mark.django_db


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
