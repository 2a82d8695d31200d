"""What operators look at in the admin: an entry for each page, in their trail and the organisation's it shows."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.http import HttpRequest

from compliance import audit, audit_events
from tenants.actors import Actor
from tenants.admin_scope import chosen_slug
from tenants.models import Tenant
from tenants.scoping import tenant_scope

# Of the site's own, and of nobody's rows.
UNREAD: Final = frozenset({"jsi18n", "logout", "login", "index", "app_list", "password_change", "password_change_done"})


def record_page(request: HttpRequest, *, now: datetime) -> None:
    """Write that an operator was shown a page of the admin. Call it by the operators' role, once the page is made."""
    match: Any = request.resolver_match
    if match is None or match.url_name in UNREAD:
        return
    staff: Any = request.user
    tenant = _shown(request, match)
    if tenant is None:
        with transaction.atomic():
            audit.record_of_operators(staff.id, audit_events.ADMIN_VIEWED, staff, at=now, page=match.url_name)
        return
    with tenant_scope(tenant):
        audit.record(Actor.operator(staff), audit_events.ADMIN_VIEWED, tenant, at=now, page=match.url_name)


def _shown(request: HttpRequest, match: Any) -> Tenant | None:
    """Return the organisation whose rows a page shows; none for a directory."""
    admin: Any = getattr(match.func, "model_admin", None)
    if admin is None:
        return None
    if admin.tenancy.one_organisation:
        return Tenant.objects.filter(slug=chosen_slug(request) or "").first()
    named = match.kwargs.get("tenant_id") or (match.kwargs.get("object_id") if admin.model is Tenant else None)
    return Tenant.objects.filter(id=named).first() if named else None
