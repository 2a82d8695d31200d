"""Where colleagues are signed in, for who manages them; and what each role may do."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from helpdesk.core import clock
from tenants.actions import sessions
from tenants.actions.members import NoMemberError
from tenants.http import MemberRequest, member_required
from tenants.models import Membership
from tenants.roles import ROLE_CAPABILITIES, Capability, Role
from tenants.sessions import sessions_of

TEMPLATE: Final = "tenants/member_sessions.html"


@require_safe
@member_required(Capability.INVITE_MEMBERS)
def member_sessions(request: MemberRequest, membership_id: UUID) -> HttpResponse:
    """Show from which browsers a colleague is signed in now."""
    member = Membership.objects.select_related("user").filter(id=membership_id).first()
    if member is None:
        raise Http404
    context = {"member": member, "sessions": sessions_of(member.user), "section": "settings"}
    return render(request, TEMPLATE, context)


@require_POST
@member_required(Capability.INVITE_MEMBERS)
def end_member_sessions(request: MemberRequest, membership_id: UUID) -> HttpResponse:
    """Sign a colleague out everywhere."""
    try:
        member = sessions.end_of_member(membership_id=membership_id, actor=request.membership, now=clock.now())
    except NoMemberError:
        raise Http404 from None
    messages.success(request, f"{member.user.name} is signed out everywhere. Open pages close within seconds.")
    return redirect("organisation:people", slug=request.tenant.slug)


@require_safe
@member_required()
def role_table(request: MemberRequest) -> HttpResponse:
    """Show what each role may do, as the code has it."""
    rows = [
        (capability.label, [(role, capability in ROLE_CAPABILITIES[role]) for role in Role])
        for capability in Capability
    ]
    return render(request, "tenants/roles.html", {"roles": Role, "rows": rows, "section": "settings"})
