"""Deactivate a colleague, and say to whom what they hold goes."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages as notices
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from chat import teams
from chat.actions.assignment import UnknownAssigneeError, UntrainedAssigneeError
from chat.actions.leaving import deactivate_and_hand_over
from chat.models import Conversation, TeamMember
from helpdesk.core import clock
from tenants.actions.members import LastOwnerError, NoMemberError
from tenants.http import MemberRequest, member_required
from tenants.models import Membership
from tenants.roles import Capability
from tenants.views.pages import form_view
from tenants.views.people import LAST_OWNER

TEMPLATE: Final = "chat/leave.html"
NO_SUCCESSOR: Final = "This colleague cannot be given conversations. Choose another."


@form_view
@member_required(Capability.INVITE_MEMBERS)
def leave(request: MemberRequest, membership_id: UUID) -> HttpResponse:
    """Show what a member holds, and deactivate them; a colleague, their teams or the queue get it."""
    if request.method != "POST":
        return _page(request, membership_id)
    try:
        successor_id = UUID(given) if (given := request.POST.get("successor", "")) else None
        member, held = deactivate_and_hand_over(
            membership_id=membership_id, successor_id=successor_id, actor=request.membership, now=clock.now()
        )
    except NoMemberError:
        raise Http404 from None
    except LastOwnerError:
        notices.error(request, LAST_OWNER)
        return redirect("organisation:people", slug=request.tenant.slug)
    except (UnknownAssigneeError, UntrainedAssigneeError, ValueError):
        return _page(request, membership_id, error=NO_SUCCESSOR)
    what = f" {held} open conversation{'s were' if held != 1 else ' was'} handed over." if held else ""
    notices.success(request, f"{member.user.name} is deactivated and signed out everywhere.{what}")
    return redirect("organisation:people", slug=request.tenant.slug)


def _page(request: MemberRequest, membership_id: UUID, *, error: str = "") -> HttpResponse:
    member = Membership.objects.filter(id=membership_id, is_active=True).select_related("user").first()
    if member is None:
        raise Http404
    names = TeamMember.objects.filter(membership=member, team__deleted_at=None).order_by("team__name")
    context: dict[str, Any] = {
        "member": member,
        "held": Conversation.objects.begun().open().filter(assignee=member).count(),
        "teams": list(names.values_list("team__name", flat=True)),
        "colleagues": [one for one in teams.could_belong() if one.id != member.id],
        "error": error,
        "section": "settings",
    }
    return render(request, TEMPLATE, context, status=422 if error else 200)
