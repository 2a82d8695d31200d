"""The page of modes: what each is, holds and asks for; switching; certificates."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from compliance import audit, audit_events, mode_certificate
from compliance.mode_pages import selectors, steps
from compliance.mode_pages.steps import NotDoneError, Step
from compliance.models import ModeCertificate
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.http import MemberRequest, member_required
from tenants.permissions import may
from tenants.policy_rows.row import MODES, Mode
from tenants.roles import Capability
from tenants.scoping import tenant_scope


@require_safe
@member_required(Capability.READ_AUDIT)
def modes_page(request: MemberRequest) -> HttpResponse:
    """Show both modes."""
    return _page(request)


@require_safe
@member_required(Capability.READ_AUDIT, by_itself=True)
def progress(request: MemberRequest, mode: Mode) -> HttpResponse:
    """Show what moves of a mode that is being switched on, by itself."""
    if mode not in MODES:
        raise Http404
    card = selectors.card(request.tenant, mode, request.membership, now=clock.now())
    return render(request, "compliance/modes/_progress.html", {"card": card, "organisation": request.tenant})


@require_POST
@member_required(Capability.SWITCH_MODES, scoped=False)
def take_step(request: MemberRequest, mode: Mode, step: Step) -> HttpResponse:
    """Switch on, ask for the end, agree to it, or keep what is."""
    if mode not in MODES:
        raise Http404
    form = steps.form_of(step, request.POST, prefix=f"{mode}-{step}")
    if not form.is_valid():
        with tenant_scope(request.tenant):
            return _page(request, bound=(mode, form), status=422)
    who = Actor.member(request.membership)
    try:
        told = steps.take(step, form, tenant=request.tenant, mode=mode, actor=who, now=clock.now())
    except NotDoneError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, told)
    return redirect("compliance:modes", slug=request.tenant.slug)


@require_safe
@member_required(Capability.READ_AUDIT)
def certificate(request: MemberRequest, mode: Mode, number: int) -> HttpResponse:
    """Hand over a certificate as JSON."""
    found: ModeCertificate | None = ModeCertificate.objects.filter(mode=mode, number=number).first()
    if found is None:
        raise Http404
    audit.record(
        Actor.member(request.membership), audit_events.CERTIFICATE_READ, found, at=clock.now(), mode=mode, number=number
    )
    response = HttpResponse(mode_certificate.document(found), content_type="application/json")
    name = f"{request.tenant.slug}-{mode}-certificate-{number}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _page(request: MemberRequest, *, bound: tuple[Mode, forms.Form] | None = None, status: int = 200) -> HttpResponse:
    found = selectors.cards(request.tenant, request.membership, now=clock.now())
    context: dict[str, Any] = {
        "organisation": request.tenant,
        "membership": request.membership,
        "section": "settings",
        "cards": [(card, _form(card, bound)) for card in found],
        "earlier": selectors.earlier(),
        "may_switch": may(request.membership, Capability.SWITCH_MODES),
    }
    return render(request, "compliance/modes/modes.html", context, status=status)


def _form(card: selectors.ModeCard, bound: tuple[Mode, forms.Form] | None) -> forms.Form:
    if bound is not None and bound[0] == card.mode:
        return bound[1]
    step: Step = "on" if card.state == "off" else "off"
    return steps.form_of(step, prefix=f"{card.mode}-{step}")
