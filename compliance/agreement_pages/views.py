"""The page of agreements: which are in force, recording and ending one, and the service's sub-processors."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from compliance.actions import agreements
from compliance.actions.agreements import MAX_COUNTERPARTY, MAX_REFERENCE, BadSpanError, UnknownAgreementError
from compliance.agreements import standing
from compliance.models import Agreement, AgreementKind
from helpdesk.core import clock
from tenants.forms.fields import NameField
from tenants.http import MemberRequest, member_required
from tenants.permissions import may
from tenants.roles import Capability

BAD_SPAN = "It was signed in the past, and expires after that."


class AgreementForm(forms.Form):
    """With whom, where it lies, from when until when."""

    kind = forms.ChoiceField(label="What", choices=AgreementKind.choices)
    counterparty = NameField(label="With whom", max_length=MAX_COUNTERPARTY)
    reference = NameField(label="Where it lies", max_length=MAX_REFERENCE, help_text="A folder, a number of your own.")
    signed_on = forms.DateField(label="Signed on", widget=forms.DateInput({"type": "date"}))
    expires_on = forms.DateField(label="Expires on", required=False, widget=forms.DateInput({"type": "date"}))


@require_safe
@member_required(Capability.READ_AUDIT)
def agreements_page(request: MemberRequest) -> HttpResponse:
    """List them."""
    return _page(request, AgreementForm())


@require_POST
@member_required(Capability.MANAGE_AGREEMENTS)
def record(request: MemberRequest) -> HttpResponse:
    """Record one."""
    form = AgreementForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            agreements.record_agreement(
                kind=AgreementKind(given["kind"]), counterparty=given["counterparty"], reference=given["reference"],
                days=(given["signed_on"], given["expires_on"]), actor=request.membership, now=clock.now(),
            )  # fmt: skip
        except BadSpanError:
            form.add_error("expires_on", BAD_SPAN)
    if not form.is_valid():
        return _page(request, form, status=422)
    messages.success(request, "Recorded. You are mailed before it expires.")
    return redirect("compliance:agreements", slug=request.tenant.slug)


@require_POST
@member_required(Capability.MANAGE_AGREEMENTS)
def end(request: MemberRequest, agreement_id: UUID) -> HttpResponse:
    """Say that one is over."""
    try:
        agreements.end_agreement(agreement_id=agreement_id, actor=request.membership, now=clock.now())
    except UnknownAgreementError:
        raise Http404 from None
    messages.success(request, "Noted: it is over.")
    return redirect("compliance:agreements", slug=request.tenant.slug)


def _page(request: MemberRequest, form: AgreementForm, *, status: int = 200) -> HttpResponse:
    today = clock.now().date()
    rows = list(Agreement.objects.order_by("kind", "-signed_on", "-id"))
    live = [(one, _standing(one, today)) for one in rows if one.ended_at is None]
    context: dict[str, Any] = {
        "organisation": request.tenant,
        "membership": request.membership,
        "section": "settings",
        "live": live,
        "ended": [one for one in rows if one.ended_at is not None],
        "subprocessors": standing.subprocessors(),
        "today": today,
        "form": form,
        "may_keep": may(request.membership, Capability.MANAGE_AGREEMENTS),
    }
    return render(request, "compliance/agreements.html", context, status=status)


def _standing(one: Agreement, today: Any) -> str:
    if not one.is_in_force(today):
        return "expired"
    is_near = one.expires_on is not None and one.expires_on <= today + standing.SOON
    return "soon" if is_near else "in_force"
