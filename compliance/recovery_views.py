"""An owner lets a colleague back in who can give none of their factors."""

from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from compliance.actions.factor_recovery import ElsewhereError, OwnFactorError, reset_member_factors
from compliance.actions.reasons import MAX_REASON
from helpdesk.core import clock
from tenants import fresh_factor
from tenants.actions.members import NoMemberError
from tenants.fresh_factor import FreshCodeField
from tenants.http import MemberRequest, member_required
from tenants.models import Membership
from tenants.roles import Capability
from tenants.scoping import tenant_scope
from tenants.views.pages import form_view

TEMPLATE: Final = "compliance/reset_factors.html"
OWN: Final = "You cannot reset your own second factor. Another owner can, or use one of your backup codes."
ELSEWHERE: Final = (
    "This person belongs to another organisation too, so one organisation cannot decide this alone. "
    "Please ask the operators of the service."
)


class ResetForm(forms.Form):
    """Why, and a factor of the owner's own."""

    reason = forms.CharField(
        max_length=MAX_REASON,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text="How you know that it is them who asks. Kept in the audit trail, masked: no names, no numbers.",
        error_messages={"required": "Say why: the reason is kept in the audit trail."},
    )
    code = FreshCodeField()


@form_view
@member_required(Capability.INVITE_MEMBERS, scoped=False)
def reset_factors(request: MemberRequest, membership_id: UUID) -> HttpResponse:
    """Ask for a reason and a fresh factor; then the colleague sets theirs up anew at the next sign-in."""
    with tenant_scope(request.tenant):
        member = Membership.objects.filter(id=membership_id, is_active=True).select_related("user").first()
    if member is None:
        raise Http404
    form = ResetForm(request.POST or None)
    if request.method == "POST" and fresh_factor.accept(form, request, now=clock.now()):
        try:
            with tenant_scope(request.tenant):
                reset_member_factors(
                    membership_id=membership_id,
                    reason=form.cleaned_data["reason"],
                    actor=request.membership,
                    now=clock.now(),
                )
        except NoMemberError:
            raise Http404 from None
        except OwnFactorError:
            messages.error(request, OWN)
        except ElsewhereError:
            messages.error(request, ELSEWHERE)
        else:
            told = f"{member.user.name} is signed out everywhere and sets up a new second factor at the next sign-in."
            messages.success(request, told)
        return redirect("organisation:people", slug=request.tenant.slug)
    context = {"form": form, "member": member, "organisation": request.tenant, "section": "settings"}
    return render(request, TEMPLATE, context, status=422 if form.is_bound else 200)
