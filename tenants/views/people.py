"""An organisation's settings: an index, and its people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from helpdesk.core import clock
from tenants import factor_list, limits, mail, unused
from tenants.actions import invitations, locks, members
from tenants.actions.invitations import AlreadyMemberError, NoInvitationError
from tenants.actions.members import LastOwnerError, NoMemberError
from tenants.forms.organisations import InvitationForm, RoleForm
from tenants.http import MemberRequest, member_required
from tenants.limits import TooManyTriesError
from tenants.lockout import counting
from tenants.mail import Mail, MailNotSentError
from tenants.models import Invitation, Membership
from tenants.roles import ROLE_CAPABILITIES, Capability, Role
from tenants.scoping import tenant_scope
from tenants.unused import Unused
from tenants.views.pages import form_page, refused

TEMPLATE: Final = "tenants/people.html"
LAST_OWNER: Final = "An organisation keeps at least one active owner. Make someone else an owner first."


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member as the list shows them: until when their sign-in is locked, and for how long they were not here."""

    member: Membership
    locked_until: datetime | None
    is_enrolled: bool
    unused: Unused

    @property
    def is_in(self) -> bool:
        """Whether the gate lets them in."""
        return self.member.is_active and not self.unused.has_ended

    @property
    def ends_soon(self) -> bool:
        return self.is_in and self.unused.ends_soon(clock.now())


@require_safe
@member_required()
def settings_index(request: MemberRequest) -> HttpResponse:
    """What there is to set, as far as the member may."""
    capabilities = ROLE_CAPABILITIES[request.membership.role]
    context = {"capabilities": {capability.name for capability in capabilities}, "section": "settings"}
    return render(request, "tenants/settings.html", context)


@require_safe
@member_required(Capability.INVITE_MEMBERS)
def people(request: MemberRequest) -> HttpResponse:
    """Members, and who was invited."""
    return form_page(request, TEMPLATE, InvitationForm(), **_lists(request))


@require_POST
@member_required(Capability.INVITE_MEMBERS, scoped=False)
def invite(request: MemberRequest) -> HttpResponse:
    """Invite a colleague; the mail goes out after the commit."""
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return form_page(request, TEMPLATE, form, **_lists(request))
    try:
        limits.take(limits.INVITATIONS_SENT, "all", request.tenant.id)
        with tenant_scope(request.tenant):
            invitation, token = invitations.invite_colleague(
                **form.cleaned_data, actor=request.membership, now=clock.now()
            )
    except TooManyTriesError as why:
        return refused(request, TEMPLATE, form, why, **_lists(request))
    except AlreadyMemberError:
        form.add_error("email", "This person is a member already.")
        return form_page(request, TEMPLATE, form, **_lists(request))
    return _mailed(request, invitation, token)


@require_POST
@member_required(Capability.INVITE_MEMBERS, scoped=False)
def invite_again(request: MemberRequest, invitation_id: UUID) -> HttpResponse:
    """Mail a fresh link; the one before stops working."""
    try:
        limits.take(limits.INVITATIONS_SENT, "all", request.tenant.id)
        with tenant_scope(request.tenant):
            invitation, token = invitations.renew_invitation(
                invitation_id=invitation_id, actor=request.membership, now=clock.now()
            )
    except TooManyTriesError as why:
        messages.warning(request, str(why))
        return _back(request)
    except NoInvitationError:
        raise Http404 from None
    return _mailed(request, invitation, token)


@require_POST
@member_required(Capability.INVITE_MEMBERS)
def withdraw(request: MemberRequest, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    try:
        invitations.withdraw_invitation(invitation_id=invitation_id, actor=request.membership, now=clock.now())
    except NoInvitationError:
        raise Http404 from None
    messages.success(request, "The invitation is withdrawn; its link no longer works.")
    return _back(request)


@require_POST
@member_required(Capability.INVITE_MEMBERS)
def let_back_in(request: MemberRequest, membership_id: UUID) -> HttpResponse:
    """Let a member in again who was deactivated, or was not here for too long."""
    try:
        member = members.set_member_active(
            membership_id=membership_id, is_active=True, actor=request.membership, now=clock.now()
        )
    except NoMemberError:
        raise Http404 from None
    messages.success(request, f"{member.user.name} is active again.")
    return _back(request)


@require_POST
@member_required(Capability.INVITE_MEMBERS)
def set_role(request: MemberRequest, membership_id: UUID) -> HttpResponse:
    """Give a member another role."""
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "There is no such role.")
        return _back(request)
    if form.cleaned_data["role"] == Role.OWNER:
        # A page of its own, since it asks for a factor.
        way = reverse("organisation:ownership", kwargs={"slug": request.tenant.slug})
        return redirect(f"{way}?{urlencode({'member': str(membership_id)})}")
    try:
        member = members.change_role(
            membership_id=membership_id, role=form.cleaned_data["role"], actor=request.membership, now=clock.now()
        )
    except NoMemberError:
        raise Http404 from None
    except LastOwnerError:
        messages.error(request, LAST_OWNER)
        return _back(request)
    messages.success(request, f"{member.user.name} is now: {member.get_role_display()}.")
    return _back(request)


@require_POST
@member_required(Capability.INVITE_MEMBERS)
def unlock(request: MemberRequest, membership_id: UUID) -> HttpResponse:
    """Let a colleague whose sign-in is locked try again at once."""
    try:
        member = locks.unlock_member(membership_id=membership_id, actor=request.membership, now=clock.now())
    except NoMemberError:
        raise Http404 from None
    messages.success(request, f"{member.user.name} can try to sign in again.")
    return _back(request)


def _lists(request: MemberRequest) -> dict[str, Any]:
    with tenant_scope(request.tenant):
        everyone = Membership.objects.select_related("user").order_by("-is_active", "user__name", "id")
        locked = counting.locked_until((member.user.email for member in everyone if member.is_active), now=clock.now())
        allowed, last, now = unused.allowed_days(request.tenant.id), unused.last_owner(), clock.now()
        enrolled = factor_list.enrolled_among(member.user_id for member in everyone)
        pending = Invitation.objects.filter(accepted_at=None).order_by("-created_at")
        rows = [
            MemberRow(
                member,
                locked.get(member.user.email),
                is_enrolled=member.user_id in enrolled,
                unused=Unused.of(member, allowed, now=now, is_last_owner=last is not None and last.id == member.id),
            )
            for member in everyone
        ]
        return {
            "members": rows,
            "invitations": [(one, one.expires_at <= clock.now()) for one in pending],
            "roles": Role.choices,
            "has_one_owner": len([row for row in rows if row.is_in and row.member.role == Role.OWNER]) == 1,
            "section": "settings",
        }


def _mailed(request: MemberRequest, invitation: Invitation, token: str) -> HttpResponse:
    facts = {"organisation": request.tenant.name, "role": invitation.get_role_display()}
    try:
        mail.send(Mail.INVITATION, invitation.email, link=mail.link("accounts:invitation", token), **facts)
    except MailNotSentError:
        messages.error(request, "The invitation is kept, but its mail could not be sent. Send it again in a minute.")
    else:
        messages.success(request, f"The invitation is on its way to {invitation.email}.")
    return _back(request)


def _back(request: MemberRequest) -> HttpResponse:
    return redirect("organisation:people", slug=request.tenant.slug)
