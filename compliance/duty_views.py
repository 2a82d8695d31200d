"""The page of who does what."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from compliance import duties
from helpdesk.core import clock
from tenants.http import MemberRequest, member_required
from tenants.permissions import may
from tenants.roles import Capability


@require_safe
@member_required(Capability.READ_AUDIT)
def duties_page(request: MemberRequest) -> HttpResponse:
    """Show each area with what the service does, what is yours to do, and how both stand."""
    shares = duties.shares(request.tenant, now=clock.now())
    context: dict[str, Any] = {
        "organisation": request.tenant,
        "membership": request.membership,
        "section": "settings",
        "shares": [(one, [(duty, may(request.membership, duty.needs)) for duty in one.yours]) for one in shares],
        "open": sum(duty.is_met is False for one in shares for duty in one.yours),
        "amiss": sum(one.state == "amiss" for share in shares for one in share.ours),
    }
    return render(request, "compliance/duties.html", context)
