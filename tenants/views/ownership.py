"""Make somebody else an owner, and stay one or step back."""

from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from helpdesk.core import clock
from tenants import fresh_factor, mail
from tenants.actions.members import NoMemberError
from tenants.actions.ownership import transfer_ownership
from tenants.fresh_factor import FreshCodeField
from tenants.http import MemberRequest, member_required
from tenants.mail import Mail, MailNotSentError
from tenants.mail_owners import mail_owners
from tenants.models import Membership
from tenants.roles import Capability, Role
from tenants.scoping import tenant_scope
from tenants.views.pages import form_page, form_view, posted

TEMPLATE: Final = "tenants/ownership.html"
STAY: Final = "I stay an owner too"


class OwnershipForm(forms.Form):
    """Who becomes an owner, what becomes of the one who makes them one, and a factor given just now."""

    member = forms.ChoiceField(label="Who becomes an owner")
    own_role = forms.ChoiceField(label="And you", initial=Role.OWNER)
    code = FreshCodeField()

    def __init__(self, colleagues: list[Membership], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        member: Any = self.fields["member"]
        own_role: Any = self.fields["own_role"]
        member.choices = [(str(one.id), f"{one.user.name}, {one.get_role_display().lower()}") for one in colleagues]
        own_role.choices = [
            (value, STAY if value == Role.OWNER else f"I become: {label}") for value, label in Role.choices
        ]


@form_view
@member_required(Capability.INVITE_MEMBERS, scoped=False)
def ownership(request: MemberRequest) -> HttpResponse:
    """Ask who, and for a factor; every owner is told by mail."""
    with tenant_scope(request.tenant):
        active = Membership.objects.filter(is_active=True, user__is_active=True).exclude(id=request.membership.id)
        colleagues = list(active.exclude(role=Role.OWNER).select_related("user").order_by("user__name", "id"))
    form = OwnershipForm(colleagues, posted(request), initial={"member": request.GET.get("member", "")})
    if request.method != "POST" or not fresh_factor.accept(form, request, now=clock.now()):
        return form_page(request, TEMPLATE, form, colleagues=colleagues, section="settings")
    own_role = form.cleaned_data["own_role"]
    try:
        with tenant_scope(request.tenant):
            member = transfer_ownership(
                membership_id=UUID(form.cleaned_data["member"]),
                own_role=own_role,
                actor=request.membership,
                now=clock.now(),
            )
    except NoMemberError:
        raise Http404 from None
    _tell(request, member, steps_back=own_role != Role.OWNER)
    messages.success(request, f"{member.user.name} is an owner now. Every owner was told.")
    back = "organisation:people" if own_role == Role.OWNER else "organisation:settings"
    return redirect(back, slug=request.tenant.slug)


def _tell(request: MemberRequest, member: Membership, *, steps_back: bool) -> None:
    facts = {"name": member.user.name, "by": request.user.name, "steps_back": "yes" if steps_back else ""}
    mail_owners(request.tenant, Mail.NEW_OWNER, page="organisation:people", **facts)
    if steps_back:
        link = f"{settings.SITE_URL}{reverse('organisation:settings', args=[request.tenant.slug])}"
        with suppress(MailNotSentError):  # it is logged there
            mail.send(Mail.NEW_OWNER, request.user.email, organisation=request.tenant.name, link=link, **facts)
