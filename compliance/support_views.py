"""The owner's page of support access: who asks to look in, who is looking, and what was looked at."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from compliance import support
from compliance.actions.support import MINUTES, NoGrantError, approve, refuse
from compliance.models import SupportGrant, SupportState
from helpdesk.core import clock
from tenants import limits, policies
from tenants.actions.break_glass import WrongBreakGlassCodeError, codes_left
from tenants.http import MemberRequest, member_required
from tenants.limits import TooManyTriesError
from tenants.policy_names import BREAK_GLASS, SUPPORT_ACCESS
from tenants.roles import Capability
from tenants.scoping import tenant_scope

TEMPLATE: Final = "compliance/support.html"
GONE: Final = "Nothing is asked or open any more there."
WRONG_CODE: Final = "This is none of your organisation's codes, or it was used before; each works once."


class ApproveForm(forms.Form):
    """For how long, and a break-glass code where one is asked for."""

    minutes = forms.TypedChoiceField(
        label="For how long", coerce=int, initial=30, choices=[(each, f"{each} minutes") for each in MINUTES]
    )
    break_glass = forms.CharField(
        label="Break-glass code",
        max_length=100,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
        help_text="One of those you printed under Addresses. It is used up by this, and all owners are told.",
    )

    def __init__(self, *args: Any, asks_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_code:
            del self.fields["break_glass"]


@require_safe
@member_required(Capability.GRANT_SUPPORT)
def support_page(request: MemberRequest) -> HttpResponse:
    """Show what is asked, open and over."""
    return _page(request)


@require_POST
@member_required(Capability.GRANT_SUPPORT, scoped=False)
def approve_support(request: MemberRequest, grant_id: UUID) -> HttpResponse:
    """Let an operator look in; the mails go out after the commit."""
    with tenant_scope(request.tenant):
        form = ApproveForm(request.POST, auto_id=f"{grant_id}-%s", asks_code=_asks_code(request))
        if not form.is_valid():
            return _page(request, grant_id, form, status=422)
    code = form.cleaned_data.get("break_glass", "")
    try:
        if code:
            limits.take(limits.BREAK_GLASS_TRIED, str(request.membership.id), request.tenant.id)
        with tenant_scope(request.tenant):
            minutes = form.cleaned_data["minutes"]
            grant = approve(grant_id=grant_id, minutes=minutes, code=code, actor=request.membership, now=clock.now())
    except NoGrantError:
        return _gone(request, grant_id)
    except (WrongBreakGlassCodeError, TooManyTriesError) as why:
        form.add_error("break_glass", WRONG_CODE if isinstance(why, WrongBreakGlassCodeError) else str(why))
        with tenant_scope(request.tenant):
            return _page(request, grant_id, form, status=422)
    messages.success(request, f"{grant.operator.name} can look in for {minutes} minutes, and change nothing.")
    return redirect("compliance:support", slug=request.tenant.slug)


@require_POST
@member_required(Capability.GRANT_SUPPORT)
def refuse_support(request: MemberRequest, grant_id: UUID) -> HttpResponse:
    """Decline, or end: at once."""
    try:
        grant = refuse(grant_id=grant_id, actor=request.membership, now=clock.now())
    except NoGrantError:
        return _gone(request, grant_id)
    told = "Declined." if grant.approved_at is None else "Ended. What is open there closes within two seconds."
    messages.success(request, told)
    return redirect("compliance:support", slug=request.tenant.slug)


def _gone(request: MemberRequest, grant_id: UUID) -> HttpResponse:
    """Of a grant of nobody's there is no page; one that is over is said to be."""
    with tenant_scope(request.tenant):
        if not SupportGrant.objects.filter(id=grant_id).exists():
            raise Http404
    messages.info(request, GONE)
    return redirect("compliance:support", slug=request.tenant.slug)


def _asks_code(request: MemberRequest) -> bool:
    return policies.in_force(request.tenant, SUPPORT_ACCESS).value == BREAK_GLASS


def _page(
    request: MemberRequest, grant_id: UUID | None = None, bound: ApproveForm | None = None, *, status: int = 200
) -> HttpResponse:
    now, asks_code = clock.now(), _asks_code(request)
    found = support.grants(now)
    asked = [
        (grant, bound if bound is not None and grant.id == grant_id else _form(grant, asks_code=asks_code))
        for grant in found[SupportState.ASKED]
    ]
    context: dict[str, Any] = {
        "asked": asked,
        "open": [(grant, support.looks_of(grant)) for grant in found[SupportState.OPEN]],
        "past": [
            (grant, support.ended_words(grant), support.looks_of(grant) if grant.approved_at else [])
            for grant in found[SupportState.OVER]
        ],
        "asks_code": asks_code,
        "codes_left": codes_left() if asks_code else None,
        "in_force": policies.in_force(request.tenant, SUPPORT_ACCESS),
        "section": "settings",
    }
    return render(request, TEMPLATE, context, status=status)


def _form(grant: SupportGrant, *, asks_code: bool) -> ApproveForm:
    return ApproveForm(auto_id=f"{grant.id}-%s", asks_code=asks_code)
