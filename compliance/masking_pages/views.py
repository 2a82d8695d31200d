"""The pages of what an organisation masks: levels and countries, its own ids and rules, and their history."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from compliance import masking_policies, modes
from compliance.actions import masking
from compliance.actions.masking import BelowFloorError, MaskingChangedError, UnknownRevisionError
from compliance.masking import RuleRefusedError
from compliance.masking.custom import MAX_RULES
from compliance.masking_choice import MAX_EXEMPT, OwnRule
from compliance.masking_choice.trial import Trial, try_rule
from compliance.masking_pages import selectors
from compliance.masking_pages.forms import BackForm, ExemptForm, LevelsForm, RegionsForm, RuleForm, RuleNameForm
from compliance.models import MaskingRevision
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.http import MemberRequest, member_required
from tenants.roles import Capability

keeper_page: Final = member_required(Capability.MANAGE_MASKING)
OUT_OF_DATE: Final = "Not saved: somebody changed this meanwhile. The page shows how it is now."
BELOW: Final = "Not saved: a mode holds part of this higher. The page shows what can be chosen."


@require_safe
@keeper_page
def levels_page(request: MemberRequest) -> HttpResponse:
    """Show what is masked, how eagerly, and what holds it there."""
    return _levels_page(request)


@require_POST
@keeper_page
def set_levels(request: MemberRequest) -> HttpResponse:
    """Set the levels."""
    form = LevelsForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Not saved: that is no level.")
        return _levels_page(request, status=422)
    return _saved(request, masking.set_levels, levels=form.levels, based_on=form.cleaned_data["based_on"])


@require_POST
@keeper_page
def set_regions(request: MemberRequest) -> HttpResponse:
    """Set the region packs."""
    form = RegionsForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Not saved: there is no such country.")
        return _levels_page(request, status=422)
    return _saved(
        request, masking.set_regions, regions=form.cleaned_data["regions"], based_on=form.cleaned_data["based_on"]
    )


@require_safe
@keeper_page
def own_page(request: MemberRequest) -> HttpResponse:
    """Show the organisation's own ids and rules."""
    return _own_page(request)


@require_POST
@keeper_page
def add_exempt(request: MemberRequest) -> HttpResponse:
    """Exempt own ids of one form."""
    form = ExemptForm(request.POST)
    if form.is_valid():
        try:
            masking.add_exempt(source=form.cleaned_data["source"], **act(request))
        except RuleRefusedError as refused:
            form.add_error("source", str(refused))
    if not form.is_valid():
        return _own_page(request, form, status=422)
    messages.success(request, "Ids of this form are left as they are from now on.")
    return redirect("compliance:masking_own", slug=request.tenant.slug)


@require_POST
@keeper_page
def remove_exempt(request: MemberRequest) -> HttpResponse:
    """Mask own ids of one form again."""
    masking.remove_exempt(source=request.POST.get("source", ""), **act(request))
    messages.success(request, "Ids of this form are masked again where they look like something private.")
    return redirect("compliance:masking_own", slug=request.tenant.slug)


@sensitive_post_parameters("sample")
@keeper_page
def rule_page(request: MemberRequest) -> HttpResponse:
    """Write a rule, try it, and switch it on."""
    if request.method != "POST":
        return _rule_page(request, RuleForm(initial=_known_rule(request)))
    form = RuleForm(request.POST)
    trial = tried(form)
    if trial is None or trial.refusal or "activate" not in request.POST:
        return _rule_page(request, form, trial, status=200 if trial else 422)
    try:
        masking.add_rule(name=trial.rule.name, pattern=trial.rule.pattern, sample=form.lines, **act(request))
    except RuleRefusedError as refused:
        form.add_error("pattern", str(refused))
        return _rule_page(request, form, status=422)
    messages.success(request, f"The rule “{trial.rule.name}” masks from now on.")
    return redirect("compliance:masking_own", slug=request.tenant.slug)


def tried(form: RuleForm) -> Trial | None:
    """Return what the rule of a form matches; None, with the error in the form, if it is not acceptable."""
    if not form.is_valid():
        return None
    try:
        return try_rule(OwnRule(form.cleaned_data["name"], form.cleaned_data["pattern"]), form.lines)
    except RuleRefusedError as refused:
        form.add_error("pattern", str(refused))
        return None


@require_POST
@keeper_page
def switch_rule(request: MemberRequest) -> HttpResponse:
    """Switch a rule off, on, or remove it."""
    form = RuleNameForm(request.POST)
    if not form.is_valid():
        raise Http404
    name = form.cleaned_data["name"]
    if "remove" in request.POST:
        masking.remove_rule(name=name, **act(request))
        told = f"The rule “{name}” is gone. What it masked stays masked."
    else:
        on = "on" in request.POST
        masking.switch_rule(name=name, on=on, **act(request))
        told = f"The rule “{name}” is {'on' if on else 'off'}."
    messages.success(request, told)
    return redirect("compliance:masking_own", slug=request.tenant.slug)


@require_safe
@keeper_page
def history_page(request: MemberRequest) -> HttpResponse:
    """Show who changed what and when."""
    return render(request, "compliance/masking/history.html", page_of(request, "history") | {
        "lines": selectors.history(), "has_choice": masking_policies.latest() is not None,
    })  # fmt: skip


@require_POST
@keeper_page
def go_back(request: MemberRequest) -> HttpResponse:
    """Take up what an earlier revision held."""
    form = BackForm(request.POST)
    if not form.is_valid():
        raise Http404
    number = form.cleaned_data["number"]
    try:
        masking.go_back(number=number, **act(request))
    except UnknownRevisionError:
        raise Http404 from None
    to = f"as in revision {number}" if number else "as Hushdesk comes"
    messages.success(request, f"Everything is {to} again.")
    return redirect("compliance:masking_history", slug=request.tenant.slug)


def act(request: MemberRequest) -> dict[str, Any]:
    """Who acts, on what, when."""
    return {"tenant": request.tenant, "actor": Actor.member(request.membership), "now": clock.now()}


def page_of(request: MemberRequest, tab: str) -> dict[str, Any]:
    """What every page of masking is given."""
    return {
        "organisation": request.tenant,
        "membership": request.membership,
        "section": "settings",
        "tab": tab,
    }


def _saved(request: MemberRequest, change: Callable[..., MaskingRevision | None], **wanted: Any) -> HttpResponse:
    try:
        revision = change(**wanted, **act(request))
    except MaskingChangedError:
        messages.error(request, OUT_OF_DATE)
        return _levels_page(request, status=409)
    except BelowFloorError:
        messages.error(request, BELOW)
        return _levels_page(request, status=422)
    if revision is None:
        messages.info(request, "Nothing was different.")
    else:
        messages.success(request, "Saved. It holds for the next message; stored chats are scanned again behind it.")
    return redirect("compliance:masking", slug=request.tenant.slug)


def _levels_page(request: MemberRequest, *, status: int = 200) -> HttpResponse:
    latest = masking_policies.latest()
    chosen = masking_policies.chosen(latest)
    held = modes.regions_held_by(request.tenant)
    context: dict[str, Any] = page_of(request, "levels") | {
        "groups": selectors.entity_groups(request.tenant, chosen),
        "regions": selectors.region_rows(request.tenant, chosen),
        "regions_held": selectors.held_words(held),
        "regions_clauses": "; ".join(modes.MASKING_FLOORS[mode].clause for mode in held),
        "revision": 0 if latest is None else latest.number,
        "newest": selectors.history()[:1],
    }
    return render(request, "compliance/masking/levels.html", context, status=status)


def _own_page(request: MemberRequest, form: ExemptForm | None = None, *, status: int = 200) -> HttpResponse:
    chosen = masking_policies.chosen(masking_policies.latest())
    held = modes.exempt_held_by(request.tenant)
    context: dict[str, Any] = page_of(request, "own") | {
        "rules": chosen.rules,
        "exempt": chosen.exempt,
        "exempt_form": form or ExemptForm(),
        "exempt_held": selectors.held_words(held),
        "exempt_clauses": "; ".join(modes.MASKING_FLOORS[mode].clause for mode in held),
        "max_rules": MAX_RULES,
        "max_exempt": MAX_EXEMPT,
    }
    return render(request, "compliance/masking/own.html", context, status=status)


def _known_rule(request: MemberRequest) -> dict[str, Any]:
    """The rule to change, by its place in the list, or nothing."""
    rules = masking_policies.chosen(masking_policies.latest()).rules
    place = request.GET.get("rule", "")
    if not place.isdecimal() or not 0 < int(place) <= len(rules):
        return {}
    rule = rules[int(place) - 1]
    return {"name": rule.name, "pattern": rule.pattern}


def _rule_page(
    request: MemberRequest, form: RuleForm, trial: Trial | None = None, *, status: int = 200
) -> HttpResponse:
    context = page_of(request, "own") | {"form": form, "trial": trial}
    part = "HX-Request" in request.headers
    template = "compliance/masking/_rule.html" if part else "compliance/masking/rule.html"
    return render(request, template, context, status=status)
