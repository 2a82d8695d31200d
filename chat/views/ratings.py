"""How conversations were, in numbers alone; what somebody wrote stands beside their conversation."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from chat import rating_selectors
from helpdesk.core import clock
from tenants import policies
from tenants.http import MemberRequest, member_required
from tenants.permissions import may
from tenants.policy_names import RATING
from tenants.roles import Capability


@require_safe
@member_required(Capability.ASSIGN_CONVERSATIONS)
def ratings(request: MemberRequest) -> HttpResponse:
    """The last 30 days."""
    context = {
        "figures": rating_selectors.figures(now=clock.now()),
        "asked": policies.in_force(request.tenant, RATING),
        "may_choose": may(request.membership, Capability.MANAGE_SIGN_IN),
        "section": "settings",
    }
    return render(request, "chat/ratings.html", context)
