"""Members who were not here for a while."""

from datetime import timedelta

import pytest
from django.core import mail

from tenants.actions import unused
from tenants.gate.checks import Visit, is_in_use
from tenants.look import look
from tenants.models import Membership, PolicyChoice
from tenants.policy_names import MEMBER_UNUSED
from tenants.scoping import tenant_scope


@pytest.fixture
def counted(acme, now):
    """Acme, which has chosen ninety days."""
    with tenant_scope(acme):
        PolicyChoice.objects.create(tenant=acme, key=MEMBER_UNUSED, value="90", changed_at=now)
    return acme


def last_here(member, days, now):
    with tenant_scope(member.tenant_id):
        Membership.objects.filter(id=member.id).update(used_at=now - timedelta(days=days))
        member.refresh_from_db(fields=["used_at"])


def found(member):
    with tenant_scope(member.tenant_id):
        return Membership.objects.select_related("user").get(id=member.id)


def night(tenant, now):
    mail.outbox.clear()
    unused.look_after(tenant, now=now)
    return [(one.to[0], one.subject) for one in mail.outbox]


def refusal_of(member, now):
    with tenant_scope(member.tenant_id):
        member, facts = look(member.tenant, member.user, None)
    return is_in_use(facts, Visit(member, "127.0.0.1", now.timestamp()))
