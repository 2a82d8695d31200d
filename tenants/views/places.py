"""Settings: from which networks an organisation's people may come; and what to do where the rule keeps one out."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from helpdesk.core import clock
from helpdesk.core.client_address import client_address
from tenants import limits
from tenants.actions import places
from tenants.actions.break_glass import WrongBreakGlassCodeError, break_glass, codes_left, make_codes
from tenants.actions.place_due import HeldByModeError
from tenants.actions.places import EmptyRuleError, NotFromHereError, NoTrialError, Proposal
from tenants.forms.places import NetworkFormSet, RuleForm, proposal_of
from tenants.gate.checks import Refusal
from tenants.http import MemberRequest, member_required
from tenants.limits import TooManyTriesError
from tenants.models import AddressRule, RuleState
from tenants.places.rehearsal import rehearse
from tenants.refused import elsewhere
from tenants.roles import Capability, Role
from tenants.scoping import tenant_scope
from tenants.sessions import session_of
from tenants.views.pages import form_view

TEMPLATE: Final = "tenants/places.html"
CODES_TEMPLATE: Final = "tenants/break_glass_codes.html"
PAGE: Final = "organisation:places"
HELD: Final = "A mode asks for this rule, for everyone, or for approved browsers. Switch those on first, under Devices."
NOBODY: Final = "It would let nobody in of: {roles}. Add a network that is open to them, or leave them out."
NO_NETWORK: Final = "Add a network first: on without one, it would lock everyone out."
GONE: Final = "Nothing is on trial any more. What stood before holds."
NOT_FROM_HERE: Final = "From where you are now, it would not let you in. Confirm it from one of its networks."
WRONG_CODE: Final = "This is none of your organisation's codes, or it was used before; each works once."


@form_view
@member_required(Capability.MANAGE_SIGN_IN)
def address_rule(request: MemberRequest) -> HttpResponse:
    """Show the rule, rehearse a change of it, and try it."""
    now = clock.now()
    places.end_lapsed(now=now)
    if request.method != "POST":
        return _page(request, *_shown())
    rule, lines = RuleForm(request.POST), NetworkFormSet(request.POST)
    if not (rule.is_valid() and lines.is_valid()):
        return _page(request, rule, lines, status=422)
    proposal = proposal_of(rule, lines)
    if (why := _unfit(proposal)) is not None:
        rule.add_error(None, why)
        return _page(request, rule, lines, status=422)
    rehearsal = rehearse(proposal.ruling(), request.membership, client_address(request), now=now)
    step = request.POST.get("step", "")
    if step == "look" or (proposal.is_on and not rehearsal.you_may_be_here and step != "anyway"):
        return _page(request, rule, lines, rehearsal=rehearsal, status=200 if step == "look" else 422)
    return _tried(request, rule, lines, proposal)


def _tried(request: MemberRequest, rule: forms.Form, lines: Any, proposal: Proposal) -> HttpResponse:
    try:
        places.propose(proposal=proposal, actor=request.membership, now=clock.now())
    except HeldByModeError:
        rule.add_error(None, HELD)
        return _page(request, rule, lines, status=422)
    except EmptyRuleError:
        rule.add_error(None, NO_NETWORK)
        return _page(request, rule, lines, status=422)
    told = (
        "It holds for 15 minutes. Confirm it, or it is taken back."
        if proposal.is_on
        else "Anyone may come from anywhere."
    )
    messages.success(request, told)
    return redirect(PAGE, slug=request.tenant.slug)


def _unfit(proposal: Proposal) -> str | None:
    """Say why a rule cannot be on."""
    if not proposal.is_on:
        return None
    if not proposal.networks:
        return NO_NETWORK
    if not proposal.roles:
        return "Choose for whom it holds."
    shut_out = [Role(role).label for role in proposal.ruling().shut_out()]
    return NOBODY.format(roles=", ".join(shut_out)) if shut_out else None


def _shown() -> tuple[forms.Form, Any]:
    """Return the forms filled with what is on trial, or else with what stands."""
    rule = AddressRule.objects.order_by("-state").first()  # "trial" comes after "standing"
    if rule is None:
        return RuleForm(initial={"is_on": False, "roles": Role.values}), NetworkFormSet()
    lines = [
        {"network": network, "role": role, "label": label}
        for (network, role), label in zip(rule.networks, rule.labels, strict=True)
    ]
    return RuleForm(initial={"is_on": rule.is_on, "roles": rule.roles}), NetworkFormSet(initial=lines)


def _page(request: MemberRequest, rule: forms.Form, lines: Any, *, status: int = 200, **context: Any) -> HttpResponse:
    states = {each.state: each for each in AddressRule.objects.all()}
    shown = {
        "form": rule,
        "lines": lines,
        "standing": states.get(RuleState.STANDING),
        "trial": states.get(RuleState.TRIAL),
        "address": client_address(request),
        "codes_left": codes_left(),
        "section": "settings",
    }
    return render(request, TEMPLATE, {**shown, **context}, status=status)


@require_POST
@member_required(Capability.MANAGE_SIGN_IN)
def confirm_address_rule(request: MemberRequest) -> HttpResponse:
    """Let what is on trial stand."""
    try:
        places.confirm(actor=request.membership, address=client_address(request), now=clock.now())
        messages.success(request, "Confirmed. It holds until it is changed.")
    except NoTrialError:
        messages.error(request, GONE)
    except NotFromHereError:
        messages.error(request, NOT_FROM_HERE)
    return redirect(PAGE, slug=request.tenant.slug)


@require_POST
@member_required(Capability.MANAGE_SIGN_IN)
def take_back_address_rule(request: MemberRequest) -> HttpResponse:
    """End the trial now."""
    try:
        places.take_back(actor=request.membership, now=clock.now())
        messages.success(request, "Taken back. What stood before holds.")
    except NoTrialError:
        messages.error(request, GONE)
    return redirect(PAGE, slug=request.tenant.slug)


@require_POST
@member_required(Capability.MANAGE_SIGN_IN)
def new_break_glass_codes(request: MemberRequest) -> HttpResponse:
    """Make codes and show them, this once."""
    now = clock.now()
    codes = make_codes(actor=request.membership, now=now)
    return render(request, CODES_TEMPLATE, {"codes": codes, "made_at": now, "section": "settings"})


@form_view
@member_required(Capability.MANAGE_SIGN_IN, scoped=False, despite={Refusal.ADDRESS, Refusal.DEVICE})
def use_break_glass(request: MemberRequest) -> HttpResponse:
    """Take a code from an owner whom the address rule keeps out; both factors were given in this session."""
    session, error, status = session_of(request), "", 403
    if request.briefing.waived is None:
        return redirect(PAGE, slug=request.tenant.slug)
    if request.method == "POST" and session is not None:
        try:
            limits.take(limits.BREAK_GLASS_TRIED, str(request.membership.id), request.tenant.id)
            with tenant_scope(request.tenant):
                code = request.POST.get("code", "")[:100]
                break_glass(code=code, actor=request.membership, session_id=session.id, now=clock.now())
            return redirect(PAGE, slug=request.tenant.slug)
        except TooManyTriesError as why:
            error, status = str(why), 429
        except WrongBreakGlassCodeError:
            error, status = WRONG_CODE, 422
    by_device = request.briefing.waived is Refusal.DEVICE
    return elsewhere(request, request.tenant, may_break_glass=True, error=error, status=status, by_device=by_device)
