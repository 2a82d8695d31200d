"""What the settings say of support access to whoever can let operators in."""

from typing import Any

from django import template

from compliance import support
from compliance.models import SupportState
from helpdesk.core import clock
from tenants.permissions import may
from tenants.roles import Capability

register = template.Library()


@register.inclusion_tag("compliance/_support_banner.html", takes_context=True)
def support_banner(context: dict[str, Any]) -> dict[str, Any]:
    """Say who asks to look in, and who can; nothing to members who decide nothing about it. In the tenant's scope."""
    request = context["request"]
    found = support.grants(clock.now()) if may(request.membership, Capability.GRANT_SUPPORT) else {}
    return {"asked": found.get(SupportState.ASKED), "open": found.get(SupportState.OPEN), "slug": request.tenant.slug}
