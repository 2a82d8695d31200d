"""List whom an incident concerns."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from chat.actions.incident_people import MOST, BadSearchError, NobodyFoundError, TooManyPeopleError, list_people
from chat.views.conversation_query import ConversationQueryForm
from compliance.actions.incidents import IncidentClosedError, UnknownIncidentError
from compliance.models import Incident, IncidentRecord, IncidentState
from helpdesk.core import clock
from tenants.http import MemberRequest, member_required
from tenants.roles import Capability
from tenants.views.pages import form_page, form_view, posted

RECORDS, QUERY = "records", "query"
WHY_NOT: Final[Mapping[type[Exception], str]] = {
    BadSearchError: "Say which conversations: by their days, their entry or a member. The last day is not before the "
    "first.",
    NobodyFoundError: "Nobody was found.",
    TooManyPeopleError: f"More than {MOST:,} people were found: narrow the search, or tell everybody.",
}


class PeopleForm(ConversationQueryForm):
    """By what was found, or by a search."""

    field_order = ("by", *ConversationQueryForm.SEARCH)
    by = forms.ChoiceField(label="Whose", widget=forms.RadioSelect)

    def __init__(self, *args: object, has_records: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        search = (QUERY, "Everybody who had a conversation that matches")
        choices = [(RECORDS, "Everybody in whose conversations something was found"), search]
        self.fields["by"].choices = choices if has_records else [search]  # type: ignore[attr-defined]
        self.fields["by"].initial = RECORDS if has_records else QUERY


@form_view
@member_required(Capability.MANAGE_INCIDENTS)
def people(request: MemberRequest, incident_id: UUID) -> HttpResponse:
    """Ask whose, and list them."""
    incident: Incident | None = Incident.objects.filter(id=incident_id).first()
    if incident is None:
        raise Http404
    back = redirect("compliance:incident", slug=request.tenant.slug, incident_id=incident_id)
    if incident.state == IncidentState.CLOSED:
        return back
    records = IncidentRecord.objects.filter(incident=incident).exclude(conversation_id=None)
    form = PeopleForm(posted(request), has_records=records.exists())
    if form.is_valid():
        query = form.query() if form.cleaned_data["by"] == QUERY else None
        try:
            added = list_people(incident_id=incident_id, query=query, actor=request.membership, now=clock.now())
        except (UnknownIncidentError, IncidentClosedError):
            return back
        except tuple(WHY_NOT) as why:
            form.add_error(None, WHY_NOT[type(why)])
        else:
            messages.success(request, f"{added:,} more on the list." if added else "All of them were listed already.")
            return back
    context = {"organisation": request.tenant, "section": "settings", "incident": incident}
    return form_page(request, "chat/incident_people.html", form, **context)
