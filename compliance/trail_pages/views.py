"""The page of the audit trail, and what is handed over of it."""

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from compliance import audit, audit_events
from compliance.actions.trail_views import TooManyViewsError, drop_view, save_view
from compliance.audit_export import Export
from compliance.models.trail_view import MOST_VIEWS
from compliance.trail_pages import selectors
from compliance.trail_pages.forms import TrailForm
from compliance.verifier import one_file
from helpdesk.core import clock
from helpdesk.core.streaming import streamed
from tenants.actors import Actor
from tenants.http import MemberRequest, member_required
from tenants.roles import Capability

reader_page: Final = member_required(Capability.READ_AUDIT, while_closing=True)
FORMS: Final = {"jsonl": ("application/x-ndjson", "json_lines"), "csv": ("text/csv; charset=utf-8", "csv")}


@require_safe
@reader_page
def trail(request: MemberRequest) -> HttpResponse:
    """Show the trail, newest first. Looking at it is an entry too (PCI DSS v4.0.1, 10.2.1.3)."""
    form = _form(request)
    is_good, now = form.is_valid(), clock.now()
    wanted = form.wanted(now=now) if is_good else None
    page = selectors.page(wanted, before=request.GET.get("before", "")) if is_good else selectors.TrailPage((), "")
    chosen = form.chosen()
    audit.record(
        Actor.member(request.membership), audit_events.AUDIT_READ, request.tenant, at=now, count=len(page.lines),
        **_filters(form),
    )  # fmt: skip
    context: dict[str, Any] = {
        "organisation": request.tenant,
        "membership": request.membership,
        "section": "settings",
        "form": form,
        "page": page,
        "chosen": chosen,
        "query": urlencode(chosen),
        "older": urlencode({**chosen, "before": page.older}) if page.older else "",
        "is_later": "before" in request.GET,
        "standing": selectors.standing(),
        "views": selectors.kept(request.membership, form, query=urlencode(chosen)),
    }
    return render(request, "compliance/trail/trail.html", context, status=200 if is_good else 422)


@require_POST
@reader_page
def export(request: MemberRequest) -> HttpResponse:
    """Hand over the trail, or what the filters in the address let through, in pieces as it is read."""
    form, now = _form(request), clock.now()
    if not form.is_valid():
        return HttpResponse("These filters can't be used.", status=422, content_type="text/plain")
    kind = request.POST.get("form", "jsonl")
    content_type, way = FORMS.get(kind, FORMS["jsonl"])
    made = Export.of(request.tenant.id, form.wanted(now=now))
    audit.record(
        Actor.member(request.membership), audit_events.AUDIT_EXPORTED, request.tenant, at=now, through=made.through,
        **_filters(form),
    )  # fmt: skip
    response: Any = StreamingHttpResponse(streamed(request, getattr(made, way)()), content_type=content_type)
    name = f"{request.tenant.slug}-audit-{now:%Y-%m-%d}.{kind if kind in FORMS else 'jsonl'}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    handed: HttpResponse = response
    return handed


@require_POST
@reader_page
def keep(request: MemberRequest) -> HttpResponse:
    """Keep the filters in the address."""
    form = _form(request)
    query = urlencode(form.chosen())
    if not form.is_valid() or not query:
        messages.info(request, "Choose filters first, and show what they find.")
        return redirect("compliance:trail", slug=request.tenant.slug)
    try:
        save_view(query=query, actor=request.membership, now=clock.now())
    except TooManyViewsError:
        messages.error(request, f"You keep {MOST_VIEWS} views. Remove one first.")
    return redirect(f"{reverse('compliance:trail', args=[request.tenant.slug])}?{query}")


@require_POST
@reader_page
def drop(request: MemberRequest, view_id: UUID) -> HttpResponse:
    """Keep filters no longer."""
    drop_view(view_id=view_id, actor=request.membership, now=clock.now())
    return redirect("compliance:trail", slug=request.tenant.slug)


@require_safe
@reader_page
def verifier(request: MemberRequest) -> HttpResponse:
    """Give the one file by which an export is verified, alone."""
    response = HttpResponse(one_file.one_file(), content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{one_file.NAME}"'
    return response


def _form(request: MemberRequest) -> TrailForm:
    return TrailForm(request.GET, members=selectors.members())


def _filters(form: TrailForm) -> dict[str, str]:
    """Return the fact of an entry by which filters were looked; none where there were none."""
    return {"filters": ", ".join(sorted(chosen))} if (chosen := form.chosen()) else {}
