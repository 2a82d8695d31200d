"""The first-run page: the snippet, whether the widget was seen, the sites it may run on, and a page to try it."""

from typing import Any, Final
from uuid import UUID

from csp.constants import SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from chat.models import Inbox
from helpdesk.core import clock
from tenants.actions.origins import add_origin as allow_origin
from tenants.actions.origins import remove_origin as disallow_origin
from tenants.forms.organisations import InvitationForm
from tenants.forms.origins import OriginForm
from tenants.http import MemberRequest, member_required
from tenants.models import AllowedOrigin
from tenants.roles import Capability

TEMPLATE: Final = "chat/setup/start.html"


@require_safe
@member_required(Capability.MANAGE_WIDGET)
def start(request: MemberRequest) -> HttpResponse:
    """Lead a new organisation to its first conversation."""
    return render(request, TEMPLATE, {"form": OriginForm(), **_facts(request)})


@require_safe
@member_required(Capability.MANAGE_WIDGET)
def seen(request: MemberRequest) -> HttpResponse:
    """Whether the widget has opened on a site; the first-run page asks again until it has."""
    return render(request, "chat/setup/_seen.html", _facts(request))


@require_POST
@member_required(Capability.MANAGE_WIDGET)
def add_origin(request: MemberRequest) -> HttpResponse:
    """Allow the widget on a site."""
    form = OriginForm(request.POST)
    if not form.is_valid():
        return render(request, TEMPLATE, {"form": form, **_facts(request)}, status=422)
    origin = allow_origin(origin=form.cleaned_data["origin"], actor=request.membership, now=clock.now())
    messages.success(request, f"The chat may appear on {origin.origin}.")
    return redirect("chat:setup", slug=request.tenant.slug)


@require_POST
@member_required(Capability.MANAGE_WIDGET)
def remove_origin(request: MemberRequest, origin_id: UUID) -> HttpResponse:
    """Take the widget off a site."""
    disallow_origin(origin_id=origin_id, actor=request.membership, now=clock.now())
    messages.success(request, "The chat no longer appears on that site.")
    return redirect("chat:setup", slug=request.tenant.slug)


@require_safe
@csp_replace({"frame-src": [SELF]})
@member_required()
def test_page(request: MemberRequest) -> HttpResponse:
    """A page of ours with the organisation's widget on it, to chat with oneself."""
    return render(request, "chat/setup/test_page.html", _facts(request))


def _facts(request: MemberRequest) -> dict[str, Any]:
    inbox = Inbox.objects.earliest("created_at", "id")
    origins = list(AllowedOrigin.objects.order_by("origin"))
    is_seen = inbox.seen_at is not None
    return {
        "inbox": inbox,
        "snippet": _snippet(inbox),
        "loader_url": f"{settings.SITE_URL}/w.js",
        "origins": origins,
        "invitation_form": InvitationForm(),
        "is_seen": is_seen,
        "is_seen_elsewhere": is_seen and inbox.seen_origin not in {origin.origin for origin in origins},
        "section": "settings",
    }


def _snippet(inbox: Inbox) -> str:
    return f'<script async src="{settings.SITE_URL}/w.js" data-key="{inbox.widget_key}"></script>'
