"""The page of stored chats: what scanned them, the re-scan's progress, and rule sets on trial."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from compliance import masking_policies, stored_pages
from compliance.actions import rule_sets
from compliance.actions.masking import BelowFloorError, with_levels
from compliance.actions.rule_sets import (
    NothingOnTrialError,
    OutdatedProposalError,
    ReleaseOnTrialError,
    UnchangedError,
)
from compliance.masking_pages.forms import LevelsForm
from compliance.masking_pages.views import BELOW, act, keeper_page, page_of
from compliance.models import JobKind, JobRun
from tenants.http import MemberRequest

Step = Callable[..., Any]


def _pause(**who: Any) -> Any:
    return rule_sets.set_paused(paused=True, **who)


def _resume(**who: Any) -> Any:
    return rule_sets.set_paused(paused=False, **who)


#: What can be done on the page, and what is said when it was done.
STEPS: Final[dict[str, tuple[Step, str]]] = {
    "pause": (_pause, "The re-scan is paused. What older rules let pass stays as it is until you let it go on."),
    "resume": (_resume, "The re-scan goes on where it stopped."),
    "shadow": (
        rule_sets.begin_shadow,
        "It is counted on live chats now. Nobody waits for it, and nothing is masked by it.",
    ),
    "activate": (
        rule_sets.activate,
        "Activated. It masks what is said from now on, and stored chats are scanned by it.",
    ),
    "drop": (rule_sets.drop, "Dropped. Nothing was masked by it."),
}
GONE: Final = "Nothing to do: somebody was quicker, or it has ended meanwhile."
OUTDATED: Final = (
    "Not activated: what is masked was changed after this was counted. Count it again on the page of levels."
)


@require_safe
@keeper_page
def stored_page(request: MemberRequest) -> HttpResponse:
    """Show rules in force, the re-scan, what is on trial, and past runs."""
    return _page(request, "compliance/masking/stored.html")


@require_safe
@keeper_page
def progress(request: MemberRequest) -> HttpResponse:
    """Show what moves on that page, by itself."""
    return _page(request, "compliance/masking/_stored_now.html")


@require_POST
@keeper_page
def propose(request: MemberRequest) -> HttpResponse:
    """Put other levels on trial."""
    form = LevelsForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Not counted: that is no level.")
        return redirect("compliance:masking", slug=request.tenant.slug)
    before = masking_policies.chosen(masking_policies.latest())
    try:
        rule_sets.propose_policy(choice=with_levels(request.tenant, before, form.levels), **act(request))
    except BelowFloorError:
        messages.error(request, BELOW)
        return redirect("compliance:masking", slug=request.tenant.slug)
    except UnchangedError:
        messages.info(request, "Nothing was different, so there is nothing to count.")
        return redirect("compliance:masking", slug=request.tenant.slug)
    except ReleaseOnTrialError:
        messages.error(request, "Decide on the rules of the new release first.")
    else:
        messages.success(request, "It is counted on all stored chats. Nothing is masked by it yet.")
    return redirect("compliance:stored", slug=request.tenant.slug)


@require_POST
@keeper_page
def take_step(request: MemberRequest, step: str) -> HttpResponse:
    """Pause, let go on, count on live chats, activate or drop."""
    do, told = STEPS[step]
    try:
        done = do(**act(request))
    except OutdatedProposalError:
        messages.error(request, OUTDATED)
    except NothingOnTrialError:
        messages.info(request, GONE)
    else:
        if done is False:
            messages.info(request, GONE)
        else:
            messages.success(request, told)
    return redirect("compliance:stored", slug=request.tenant.slug)


def _page(request: MemberRequest, template: str) -> HttpResponse:
    rules, run, trial = stored_pages.rules_in_force(request.tenant), stored_pages.current_run(), stored_pages.on_trial()
    behind = stored_pages.texts_behind(rules.number)
    context: dict[str, Any] = page_of(request, "stored") | {
        "rules": rules,
        "behind": behind,
        "run": run,
        "trial": trial,
        "past": stored_pages.past_runs(),
        "moves": run is not None or trial is not None or behind > 0,
        "scanned_before": JobRun.objects.filter(kind=JobKind.RESCAN).exists(),
    }
    return render(request, template, context)
