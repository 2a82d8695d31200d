"""What a member has chosen to be: online, away or offline."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from chat.actions.availability import choose_status
from chat.models import Status
from helpdesk.core import clock
from tenants.http import MemberRequest, member_required
from tenants.roles import Capability


@require_POST
@member_required(Capability.ANSWER_CONVERSATIONS)
def choose(request: MemberRequest) -> HttpResponse:
    """Set it; leads back to the inbox where no script runs."""
    if (status := request.POST.get("status", "")) not in Status.values:
        return HttpResponse("There is no such status.", status=422, content_type="text/plain")
    choose_status(actor=request.membership, status=Status(status), now=clock.now())
    if "HX-Request" in request.headers:
        return HttpResponse(status=204)
    return redirect("chat:inbox", slug=request.tenant.slug)
