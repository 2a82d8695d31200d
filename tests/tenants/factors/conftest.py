"""Second factors beyond the first sign-in."""

from compliance.models import AuditEntry
from tenants.scoping import tenant_scope

FACTOR, PAGE, CODES = "/sign-in/factor/", "/account/security/", "/account/security/backup-codes/"


def events(tenant):
    with tenant_scope(tenant):
        return list(AuditEntry.objects.order_by("id").values_list("event", flat=True))
