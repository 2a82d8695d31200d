"""The queue of reports about masking: look, add a rule or leave ids alone, or decline with a reason."""

import re
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from chat import report_selectors, selectors
from chat.actions import reports
from chat.actions.reports import ReportDecidedError, ReportNotFoundError
from chat.models import DeclineReason, MaskingReport, Outcome, ReportKind, ReportState
from chat.views.report_forms import DeclineForm
from compliance.actions import masking
from compliance.masking import OTHER, RuleRefusedError
from compliance.masking_choice.trial import Trial
from compliance.masking_pages.forms import ExemptForm, RuleForm
from compliance.masking_pages.views import act, page_of, tried
from helpdesk.core import clock
from tenants.http import MemberRequest, member_required
from tenants.roles import Capability

keeper_page: Final = member_required(Capability.MANAGE_MASKING)
DECIDED: Final = "Somebody has decided this report already."
_RUNS: Final = re.compile(r"9+|a+|A+|[^9aA]+")
_CLASSES: Final = {"9": "[0-9]", "a": "[a-z]", "A": "[A-Z]"}


@require_safe
@keeper_page
def queue(request: MemberRequest) -> HttpResponse:
    """Show the reports of one state."""
    asked = request.GET.get("state", "")
    state = ReportState(asked) if asked in ReportState else ReportState.NEW
    counts = report_selectors.counts()
    context = page_of(request, "reports") | {
        "state": state,
        "states": [(each, each.label, counts.get(each, 0)) for each in ReportState],
        "reports": report_selectors.rows(state),
    }
    return render(request, "chat/reports/queue.html", context)


@sensitive_post_parameters("sample")
@keeper_page
def decide(request: MemberRequest, report_id: UUID) -> HttpResponse:
    """Show a report; accept it with a rule, with an id to leave alone, or as it is."""
    report = report_selectors.report(report_id)
    if report is None:
        raise Http404
    if request.method != "POST":
        return _page(request, report)
    if report.state != ReportState.NEW:
        messages.info(request, DECIDED)
        return redirect("chat:report", slug=request.tenant.slug, report_id=report.id)
    if "note" in request.POST:
        return _accepted(request, report, Outcome.NOTED)
    return _with_rule(request, report) if report.kind == ReportKind.MISS else _with_exempt(request, report)


@require_POST
@keeper_page
def decline(request: MemberRequest, report_id: UUID) -> HttpResponse:
    """Decline a report with a reason."""
    form = DeclineForm(request.POST)
    report = report_selectors.report(report_id)
    if report is None:
        raise Http404
    if not form.is_valid():
        return _page(request, report, decline_form=form, status=422)
    reason = DeclineReason(form.cleaned_data["reason"])
    try:
        reports.decline_report(report_id=report.id, reason=reason, actor=request.membership, now=clock.now())
    except ReportDecidedError:
        messages.info(request, DECIDED)
    else:
        messages.success(request, f"Declined: {reason.label.lower()}.")
    return redirect("chat:reports", slug=request.tenant.slug)


def suggested_pattern(shape: str) -> str:
    """Return a pattern for values of a shape: AAA-9999 gives [A-Z]{3}-[0-9]{4}."""
    pieces = []
    for run in _RUNS.findall(shape):
        if run[0] in _CLASSES:
            pieces.append(_CLASSES[run[0]] + (f"{{{len(run)}}}" if len(run) > 1 else ""))
        else:
            pieces.append("".join(char if char in " -_/#" else f"[{char}]" for char in run if char not in "?^\\"))
    return "".join(pieces)


def _with_rule(request: MemberRequest, report: MaskingReport) -> HttpResponse:
    form = RuleForm(request.POST)
    trial = tried(form)
    if trial is None or trial.refusal or "activate" not in request.POST:
        return _page(request, report, rule_form=form, trial=trial, status=200 if trial else 422)
    try:
        masking.add_rule(name=trial.rule.name, pattern=trial.rule.pattern, sample=form.lines, **act(request))
    except RuleRefusedError as refused:
        form.add_error("pattern", str(refused))
        return _page(request, report, rule_form=form, status=422)
    return _accepted(request, report, Outcome.RULE)


def _with_exempt(request: MemberRequest, report: MaskingReport) -> HttpResponse:
    form = ExemptForm(request.POST)
    if form.is_valid():
        try:
            masking.add_exempt(source=form.cleaned_data["source"], **act(request))
        except RuleRefusedError as refused:
            form.add_error("source", str(refused))
    if not form.is_valid():
        return _page(request, report, exempt_form=form, status=422)
    return _accepted(request, report, Outcome.EXEMPT)


def _accepted(request: MemberRequest, report: MaskingReport, outcome: Outcome) -> HttpResponse:
    try:
        reports.accept_report(report_id=report.id, outcome=outcome, actor=request.membership, now=clock.now())
    except ReportNotFoundError:
        raise Http404 from None
    except ReportDecidedError:
        messages.info(request, DECIDED)
    else:
        messages.success(request, f"Accepted. {outcome.label}.")
    return redirect("chat:reports", slug=request.tenant.slug)


def _page(
    request: MemberRequest, report: MaskingReport, *, trial: Trial | None = None, status: int = 200, **forms: Any
) -> HttpResponse:
    row = report_selectors.row_of(report)
    suggested = {"pattern": suggested_pattern(report.value), "name": "" if report.entity == OTHER else row.name.lower()}
    context: dict[str, Any] = page_of(request, "reports") | {
        "report": row,
        "rule_form": RuleForm(initial=suggested),
        "exempt_form": ExemptForm(),
        "decline_form": DeclineForm(),
        "trial": trial,
        "conversation_url": selectors.conversation_url(request.tenant.slug, report.message.conversation_id),
        **forms,
    }
    return render(request, "chat/reports/report.html", context, status=status)
