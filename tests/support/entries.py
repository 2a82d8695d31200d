"""What the audit trail of an organisation holds."""

from compliance.models import AuditEntry
from tenants.models import Tenant
from tenants.scoping import tenant_scope


def entries(tenant: Tenant, event: str) -> list[AuditEntry]:
    """Return the entries of one event."""
    with tenant_scope(tenant):
        return list(AuditEntry.objects.filter(event=event))


def events(tenant: Tenant) -> list[str]:
    """Return the names of all events, in their order."""
    with tenant_scope(tenant):
        return list(AuditEntry.objects.order_by("id").values_list("event", flat=True))
