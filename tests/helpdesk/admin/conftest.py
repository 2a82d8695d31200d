"""An operator, and pages of the admin.

Tests commit: the operators' role has connections of its own, which see what is committed.
"""

import pytest
from django.urls import reverse

from compliance.models import AuditEntry
from tenants.scoping import tenant_scope


@pytest.fixture
def operator(client, oscar, sign_in):
    """Oscar's browser, signed in with both factors."""
    return sign_in(client, oscar)


def page(name, *arguments):
    return reverse(f"admin:{name}", args=arguments)


def entries(tenant, event):
    with tenant_scope(tenant):
        return list(AuditEntry.objects.filter(event=event).order_by("at", "id"))


def save_organisation(operator, acme, **changed):
    form = {"region": acme.region, "status": acme.status, "keep_days": "", **changed}
    return operator.post(page("tenants_tenant_change", acme.id), form)
