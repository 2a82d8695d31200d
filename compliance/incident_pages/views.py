"""The pages of the register of incidents."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from compliance import audit, audit_events
from compliance.actions import incident_work, incidents
from compliance.actions.incident_work import TooManyReportsError, UnknownAssigneeError, UnknownPartError
from compliance.actions.incidents import (
    ImpossibleTimeError,
    IncidentClosedError,
    NoteMissingError,
    StillOpenError,
    UndecidedError,
    UnknownIncidentError,
)
from compliance.breach import report
from compliance.incident_pages import selectors
from compliance.incident_pages.filters import RegisterForm
from compliance.incident_pages.forms import CloseForm, DecideForm, RemarkForm, ReportForm, TaskForm
from compliance.masking import MaskingError
from compliance.models import Incident
from helpdesk.core import clock, paging
from tenants.actors import Actor
from tenants.http import MemberRequest, member_required
from tenants.permissions import may
from tenants.roles import Capability
from tenants.views.pages import form_page, form_view, posted

keeper_page: Final = member_required(Capability.MANAGE_INCIDENTS)
REGISTER: Final = "compliance:incidents"
CLOSED: Final = "It was closed meanwhile."
BEING_CHECKED: Final = "The text could not be checked just now. Please try again in a moment."
#: Where in a form it is said why something was not done.
REFUSED: Final[Mapping[type[Exception], tuple[str, str]]] = {
    MaskingError: ("", BEING_CHECKED),
    NoteMissingError: ("", "Write something."),
    ImpossibleTimeError: ("aware_at", "That is in the future, or more than a year before it was found."),
    UnknownAssigneeError: ("assignee", "This colleague was deactivated meanwhile."),
    UndecidedError: ("", "Decide first whether it is a breach."),
    StillOpenError: ("left_open", "A deadline runs or a task is not done: say why that may be left."),
    TooManyReportsError: ("", "You have reported as much today as one can. Tell an owner directly."),
}


@require_safe
@keeper_page
def incidents_page(request: MemberRequest) -> HttpResponse:
    """List incidents, all or those that the filters let through, and how the register stands."""
    form, number = RegisterForm(request.GET), paging.number_in(request.GET.get("page", ""))
    context = _frame(request) | selectors.register(form, number=number, now=clock.now())
    return render(request, "compliance/incidents/list.html", context, status=200 if form.is_valid() else 422)


@sensitive_post_parameters("text")
@form_view
@member_required()
def report_page(request: MemberRequest) -> HttpResponse:
    """Let any member enter what they have noticed."""
    form = ReportForm(posted(request))
    if form.is_valid() and _done(form, incident_work.report_incident, **_act(request), **form.cleaned_data):
        messages.success(request, "Thank you. Who keeps the register was told, and looks at it.")
        is_keeper = may(request.membership, Capability.MANAGE_INCIDENTS)
        return redirect(REGISTER if is_keeper else "compliance:report_incident", slug=request.tenant.slug)
    return form_page(request, "compliance/incidents/report.html", form, **_frame(request))


@require_safe
@keeper_page
def incident_page(request: MemberRequest, incident_id: UUID) -> HttpResponse:
    """Show one incident: kinds, counts and where; never a value."""
    return _page(request, incident_id)


@require_POST
@keeper_page
def acknowledge(request: MemberRequest, incident_id: UUID) -> HttpResponse:
    """Note that somebody is at it."""
    return _stepped(
        request, incident_id, incidents.acknowledge, "Acknowledged: everyone who looks sees that you are at it."
    )


@sensitive_post_parameters("reason")
@require_POST
@keeper_page
def decide(request: MemberRequest, incident_id: UUID) -> HttpResponse:
    """Decide whether it is a breach."""
    form = DecideForm(request.POST, incident=_incident(incident_id))
    if not form.is_valid():
        return _page(request, incident_id, decide_form=form)
    told = "Decided. What follows from it runs from now on."
    return _stepped(request, incident_id, incidents.decide, told, decide_form=form, verdict=form.verdict())


@require_POST
@keeper_page
def tell(request: MemberRequest, incident_id: UUID) -> HttpResponse:
    """Say that somebody was told."""
    regime = request.POST.get("regime", "")
    return _stepped(request, incident_id, incident_work.mark_told, "Noted: they were told.", regime=regime)


@sensitive_post_parameters("text")
@require_POST
@keeper_page
def remark(request: MemberRequest, incident_id: UUID) -> HttpResponse:
    """Write down what was found or done."""
    form = RemarkForm(request.POST)
    if not form.is_valid():
        return _page(request, incident_id, remark_form=form)
    return _stepped(request, incident_id, incident_work.add_remark, "Written down.", remark_form=form,
                    text=form.cleaned_data["text"])  # fmt: skip


@sensitive_post_parameters("text")
@require_POST
@keeper_page
def give_task(request: MemberRequest, incident_id: UUID) -> HttpResponse:
    """Give somebody something to do."""
    form = TaskForm(request.POST)
    if not form.is_valid():
        return _page(request, incident_id, task_form=form)
    given = form.cleaned_data
    return _stepped(
        request, incident_id, incident_work.add_task, "The task stands; its day is mailed of.", task_form=form,
        text=given["text"], assignee_id=given["assignee"], due_on=given["due_on"],
    )  # fmt: skip


@require_POST
@keeper_page
def finish_task(request: MemberRequest, incident_id: UUID, line_id: UUID) -> HttpResponse:
    """Say that a task is done."""
    return _stepped(request, incident_id, incident_work.finish_task, "Done.", line_id=line_id)


@sensitive_post_parameters("note", "left_open")
@require_POST
@keeper_page
def close(request: MemberRequest, incident_id: UUID) -> HttpResponse:
    """Close it with a note."""
    form = CloseForm(request.POST, open_ends=incidents.open_ends(_incident(incident_id)))
    if not form.is_valid():
        return _page(request, incident_id, close_form=form)
    given = form.cleaned_data
    return _stepped(
        request, incident_id, incidents.close, "The incident is closed.", close_form=form, note=given["note"],
        left_open=given.get("left_open", ""),
    )  # fmt: skip


@require_safe
@keeper_page
def download(request: MemberRequest, incident_id: UUID) -> HttpResponse:
    """Hand over the report as JSON."""
    incident, now = _incident(incident_id), clock.now()
    audit.record(Actor.member(request.membership), audit_events.INCIDENT_REPORT_READ, incident, at=now)
    response = HttpResponse(report.document(incident, now=now), content_type="application/json")
    name = f"{request.tenant.slug}-incident-{incident.reference}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _act(request: MemberRequest) -> dict[str, Any]:
    return {"tenant": request.tenant, "actor": Actor.member(request.membership), "now": clock.now()}


def _frame(request: MemberRequest) -> dict[str, Any]:
    return {"organisation": request.tenant, "membership": request.membership, "section": "settings"}


def _incident(incident_id: UUID) -> Incident:
    incident: Incident | None = Incident.objects.select_related("run").filter(id=incident_id).first()
    if incident is None:
        raise Http404
    return incident


def _done(form: forms.Form | None, step: Callable[..., object], **given: Any) -> bool:
    """Take a step; or say in the form why it was not taken."""
    try:
        step(**given)
    except tuple(REFUSED) as refused:
        if form is None:
            raise
        field, words = REFUSED[type(refused)]
        form.add_error(field if field in form.fields else None, words)
        return False
    return True


def _stepped(
    request: MemberRequest, incident_id: UUID, step: Callable[..., object], told: str, **given: Any
) -> HttpResponse:
    """Take a step of an incident and go back to it; with a form that was refused, show it as it is."""
    bound = {name: form for name, form in given.items() if isinstance(form, forms.Form)}
    facts = {name: fact for name, fact in given.items() if name not in bound}
    form = next(iter(bound.values()), None)
    try:
        if not _done(form, step, incident_id=incident_id, **facts, **_act(request)):
            return _page(request, incident_id, **bound)
    except (UnknownIncidentError, UnknownPartError):
        raise Http404 from None
    except IncidentClosedError:
        messages.info(request, CLOSED)
    else:
        messages.success(request, told)
    return redirect("compliance:incident", slug=request.tenant.slug, incident_id=incident_id)


def _page(request: MemberRequest, incident_id: UUID, **bound: forms.Form) -> HttpResponse:
    incident = _incident(incident_id)
    context = _frame(request) | selectors.incident(incident, request.membership, now=clock.now()) | {
        "decide_form": DecideForm(incident=incident),
        "remark_form": RemarkForm(),
        "task_form": TaskForm(),
        "close_form": CloseForm(open_ends=incidents.open_ends(incident)),
        "may_read": may(request.membership, Capability.READ_CONVERSATIONS),
        "refused": next(iter(bound), ""),
        **bound,
    }  # fmt: skip
    return render(request, "compliance/incidents/incident.html", context, status=422 if bound else 200)
