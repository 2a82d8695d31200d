"""The record of processing: to read, to print, and handed over for machines."""

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from compliance import audit, audit_events
from compliance.processing.record import LAW, Record, record_of
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.http import MemberRequest, member_required
from tenants.roles import Capability

FORMS: Final = {"json": "application/json", "csv": "text/csv; charset=utf-8"}

reader_page: Final = member_required(Capability.READ_AUDIT, while_closing=True)


@require_safe
@reader_page
def page(request: MemberRequest) -> HttpResponse:
    """Show it, as it is now."""
    context = {
        "organisation": request.tenant,
        "membership": request.membership,
        "section": "settings",
        "law": LAW,
        "record": record_of(request.tenant, now=clock.now()),
    }
    return render(request, "compliance/processing.html", context)


@require_POST
@reader_page
def download(request: MemberRequest) -> HttpResponse:
    """Hand it over."""
    now = clock.now()
    form = request.POST.get("form", "")
    form = form if form in FORMS else "json"
    record: Record = record_of(request.tenant, now=now)
    audit.record(Actor.member(request.membership), audit_events.PROCESSING_EXPORTED, request.tenant, at=now, form=form)
    text = record.as_csv() if form == "csv" else record.as_json()
    response = HttpResponse(text, content_type=FORMS[form])
    name = f"{request.tenant.slug}-processing-{now:%Y-%m-%d}.{form}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
