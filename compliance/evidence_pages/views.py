"""The page of evidence: controls, packs being built, packs to take along."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from compliance.actions.evidence import EvidencePeriodError, UnknownPackError, ask_pack, take_pack
from compliance.evidence.packs import pieces_of
from compliance.evidence_pages import selectors
from compliance.evidence_pages.forms import PeriodForm
from compliance.models import PackFault, PackState
from compliance.verifier.evidence import FRAMEWORKS
from helpdesk.core import clock, paging
from helpdesk.core.streaming import streamed
from tenants.http import MemberRequest, member_required
from tenants.roles import Capability
from tenants.scoping import tenant_scope

reader_page: Final = member_required(Capability.READ_AUDIT, while_closing=True)


@require_safe
@reader_page
def evidence(request: MemberRequest) -> HttpResponse:
    """Show how every control stands, and the packs there are."""
    return _page(request, PeriodForm(today=clock.now().date()))


@require_safe
@member_required(Capability.READ_AUDIT, while_closing=True, by_itself=True)
def packs(request: MemberRequest) -> HttpResponse:
    """Show the packs by itself, while one is being built."""
    return render(request, "compliance/evidence/_packs.html", _packs(request))


@require_POST
@reader_page
def build(request: MemberRequest) -> HttpResponse:
    """Ask for a pack of the days that are given."""
    now = clock.now()
    form = PeriodForm(request.POST, today=now.date())
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        ask_pack(**form.cleaned_data, actor=request.membership, now=now)
    except EvidencePeriodError:
        # The day has changed between the two looks.
        messages.error(request, "These days can't be used. Choose days that are over.")
    else:
        messages.success(request, "It is being built. It appears below, and you can leave this page.")
    return redirect("compliance:evidence", slug=request.tenant.slug)


@require_POST
@member_required(Capability.READ_AUDIT, while_closing=True, scoped=False)
def download(request: MemberRequest, pack_id: UUID) -> HttpResponse:
    """Hand a pack over, in pieces."""
    with tenant_scope(request.tenant):
        try:
            pack = take_pack(pack_id=pack_id, actor=request.membership, now=clock.now())
        except UnknownPackError:
            raise Http404 from None
    pieces: Iterator[bytes] | AsyncIterator[bytes] = streamed(request, pieces_of(request.tenant.id, pack.id))
    response: Any = StreamingHttpResponse(pieces, content_type="application/zip")
    name = f"{request.tenant.slug}-evidence-{pack.first_on}-{pack.last_on}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Length"] = str(pack.bytes)
    handed: HttpResponse = response
    return handed


def _page(request: MemberRequest, form: PeriodForm, *, status: int = 200) -> HttpResponse:
    now, framework = clock.now(), request.GET.get("for", "")
    lines = selectors.controls(
        request.tenant, request.membership, framework=framework if framework in FRAMEWORKS else "", now=now
    )
    context: dict[str, Any] = {
        "membership": request.membership,
        "section": "settings",
        "form": form,
        "lines": lines,
        "counts": selectors.counts(lines),
        "observed_at": selectors.observed_at(),
        "is_missed": selectors.is_missed(request.tenant, now=now),
        "frameworks": [("", "All"), *((key, name.partition(" (")[0]) for key, name in FRAMEWORKS.items())],
        "framework": framework,
        "key": selectors.public_key(),
        **_packs(request),
    }
    return render(request, "compliance/evidence/evidence.html", context, status=status)


def _packs(request: MemberRequest) -> dict[str, Any]:
    page = selectors.packs(paging.number_in(request.GET.get("page", "")), now=clock.now())
    return {
        "organisation": request.tenant,
        "page": page,
        "is_under_way": any(line.is_under_way for line in page.rows),
        "READY": PackState.READY,
        "FAILED": PackState.FAILED,
        "EXPIRED": PackFault.EXPIRED,
    }
