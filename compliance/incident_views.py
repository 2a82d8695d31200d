"""The pages of incidents: card data that was found in stored chats."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from compliance import incident_notes, stored_pages
from compliance.actions import incidents
from compliance.actions.incidents import MAX_NOTE, IncidentClosedError, UnknownIncidentError
from compliance.masking import MaskingError
from compliance.masking_pages.views import act, keeper_page, page_of
from compliance.models import Incident
from tenants.http import MemberRequest
from tenants.permissions import may
from tenants.roles import Capability

CLOSED = "It was closed meanwhile."


class CloseIncidentForm(forms.Form):
    """What was found and done."""

    note = forms.CharField(
        label="What was found, and what was done",
        max_length=MAX_NOTE,
        widget=forms.Textarea({"rows": 3, "autocomplete": "off"}),
        help_text="Kept with the incident, masked by every rule and sealed: leave out names and numbers.",
        error_messages={"required": "Say how the data came there and what was done: an auditor asks for it."},
    )


@require_safe
@keeper_page
def incidents_page(request: MemberRequest) -> HttpResponse:
    """List incidents."""
    context = page_of(request, "incidents") | {"incidents": stored_pages.incidents()}
    return render(request, "compliance/masking/incidents.html", context)


@require_safe
@keeper_page
def incident_page(request: MemberRequest, incident_id: UUID) -> HttpResponse:
    """Show one incident: kinds, counts and where; never a value."""
    return _page(request, incident_id)


@require_POST
@keeper_page
def acknowledge(request: MemberRequest, incident_id: UUID) -> HttpResponse:
    """Note that somebody is at it."""
    try:
        incidents.acknowledge(incident_id=incident_id, **act(request))
    except UnknownIncidentError:
        raise Http404 from None
    except IncidentClosedError:
        messages.info(request, CLOSED)
    else:
        messages.success(request, "Acknowledged: everyone who looks sees that you are at it.")
    return redirect("compliance:incident", slug=request.tenant.slug, incident_id=incident_id)


@sensitive_post_parameters("note")
@require_POST
@keeper_page
def close(request: MemberRequest, incident_id: UUID) -> HttpResponse:
    """Close it with a note."""
    form = CloseIncidentForm(request.POST)
    if form.is_valid():
        try:
            incidents.close(incident_id=incident_id, note=form.cleaned_data["note"], **act(request))
        except UnknownIncidentError:
            raise Http404 from None
        except IncidentClosedError:
            messages.info(request, CLOSED)
            return redirect("compliance:incident", slug=request.tenant.slug, incident_id=incident_id)
        except MaskingError:
            form.add_error("note", "The note could not be checked just now. Please try again in a moment.")
    if not form.is_valid():
        return _page(request, incident_id, form, status=422)
    messages.success(request, "The incident is closed.")
    return redirect("compliance:incident", slug=request.tenant.slug, incident_id=incident_id)


def _page(
    request: MemberRequest, incident_id: UUID, form: CloseIncidentForm | None = None, *, status: int = 200
) -> HttpResponse:
    incident = Incident.objects.select_related("run").filter(id=incident_id).first()
    if incident is None:
        raise Http404
    context: dict[str, Any] = page_of(request, "incidents") | {
        "incident": incident,
        "kinds": stored_pages.kinds_of(incident.kinds),
        "records": stored_pages.records_of(incident),
        "steps": stored_pages.steps_of(incident),
        "note": incident_notes.note_of(incident, request.membership),
        "form": form or CloseIncidentForm(),
        "may_read": may(request.membership, Capability.READ_CONVERSATIONS),
    }
    return render(request, "compliance/masking/incident.html", context, status=status)
