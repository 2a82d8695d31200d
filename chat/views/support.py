"""What an operator sees whom an owner has let in: an organisation's conversations and settings, and changes nothing.

Pages of the operators' site, by their role of the database. Each asks the database whether the grant is in force, and
so does each row of a message. An open page asks again each second and hides what it shows once that is over.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from chat import disclosure, support_selectors
from chat.models import ConversationStatus
from compliance import audit, audit_events, masking_policies, retention
from compliance.actions.support import NoGrantError, leave
from compliance.models import RecordClass, SupportGrant, SupportState
from compliance.support import Access, accesses_of, ended_words, support_scope
from helpdesk.core import clock
from tenants import policies
from tenants.actors import Actor
from tenants.models import AllowedOrigin, Membership, Tenant, User
from tenants.policy_rows.row import MODES
from tenants.roles import Role
from tenants.scoping import tenant_scope

P = ParamSpec("P")
OVER_STATUS: Final = 410


class SupportRequest(HttpRequest):
    """A request by an operator whom an owner has let in."""

    user: User
    access: Access
    grant: SupportGrant
    tenant: Tenant


def looking_in(
    view: Callable[Concatenate[SupportRequest, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Let a view run while the operator's grant is in force, in the organisation's scope.

    One that is over is said to be (410); another operator's, or none, is a 404.
    """

    @never_cache
    @wraps(view)
    def guarded(request: Any, *args: Any, grant_id: UUID, **kwargs: Any) -> HttpResponse:
        access = accesses_of(request.user.id).get(grant_id)
        if access is None:
            raise Http404
        request.access = access
        with support_scope(access.tenant_id, request.user.id):
            request.grant = _grants().get(id=grant_id)
            request.tenant = request.grant.tenant
            if not access.is_live:
                context = {"grant": request.grant, "tenant": request.tenant, "ended": _ended(request.grant)}
                return render(request, "chat/support/over.html", context, status=OVER_STATUS)
            return view(request, *args, **kwargs)

    return guarded


@require_safe
@never_cache
def desk(request: HttpRequest) -> HttpResponse:
    """What the operator has asked for, in whichever organisation, and may look at."""
    person: Any = request.user
    now, rows = clock.now(), []
    for access in accesses_of(person.id).values():
        with tenant_scope(access.tenant_id):
            grant = _grants().get(id=access.grant_id)
        rows.append((grant, access, _ended(grant)))
    rows.sort(key=lambda row: row[0].asked_at, reverse=True)
    context = {
        "open": [row for row in rows if row[1].is_live],
        "asked": [row for row in rows if row[0].state(now) is SupportState.ASKED],
        "over": [row for row in rows if not row[1].is_live and row[0].state(now) is not SupportState.ASKED][:20],
    }
    return render(request, "chat/support/desk.html", context)


@require_safe
@looking_in
def conversations(request: SupportRequest) -> HttpResponse:
    """The list: times and counts, nothing of what was said."""
    status = request.GET.get("status", ConversationStatus.OPEN)
    if status not in ConversationStatus:
        raise Http404
    rows = support_selectors.conversations(status)
    _note(request, "conversations", count=len(rows))
    context = {"conversations": rows, "status": status, "counts": support_selectors.counts()}
    return _page(request, "conversations", context)


@require_safe
@looking_in
def conversation(request: SupportRequest, conversation_id: UUID) -> HttpResponse:
    """One conversation, as it is stored: masked."""
    found = support_selectors.conversation(conversation_id)
    if found is None:
        raise Http404
    before = request.GET.get("before", "")
    transcript = disclosure.for_support(
        found, request.access, operator_id=request.user.id, now=clock.now(),
        before=int(before) if before.isdecimal() and len(before) < 9 else None,
    )  # fmt: skip
    return _page(request, "conversation", {"conversation": found, "transcript": transcript})


@require_safe
@looking_in
def settings_page(request: SupportRequest) -> HttpResponse:
    """How the organisation is set up."""
    _note(request, "settings")
    members = Membership.objects.filter(is_active=True)
    context = {
        "effects": policies.everything_effective(request.tenant),
        "modes": [(name, mode in policies.modes_on(request.tenant)) for mode, name in MODES.items()],
        "keep_days": retention.keep_days(RecordClass.CONVERSATION),
        "masking_revision": masking_policies.latest(),
        "sites": list(AllowedOrigin.objects.order_by("origin").values_list("origin", flat=True)),
        "people": [(role.label, members.filter(role=role).count()) for role in Role],
    }
    return _page(request, "settings", context)


@require_safe
@looking_in
def still(request: SupportRequest) -> HttpResponse:
    """Tell an open page that it may stay open, and for how long; asked by its script, each second."""
    until = request.grant.until or clock.now()
    return JsonResponse({"left_s": max(0, round((until - clock.now()).total_seconds()))})


@require_POST
def end(request: HttpRequest, grant_id: UUID) -> HttpResponse:
    """End one's access, or take one's question back."""
    person: Any = request.user
    access = accesses_of(person.id).get(grant_id)
    if access is None:
        raise Http404
    try:
        leave(tenant_id=access.tenant_id, grant_id=grant_id, actor=Actor.operator(person), now=clock.now())
    except NoGrantError:
        messages.info(request, "It was over already.")
    else:
        messages.success(request, "Ended.")
    return redirect("chat:support_desk")


def _grants() -> Any:
    return SupportGrant.objects.select_related("tenant", "approved_by__user").defer("approved_by__user__password")


def _ended(grant: SupportGrant) -> str:
    return ended_words(grant)


def _note(request: SupportRequest, page: str, **facts: int) -> None:
    actor, grant = Actor.operator(request.user), request.grant
    audit.record(actor, audit_events.SUPPORT_READ, grant, at=clock.now(), page=page, grant=grant.id, **facts)


def _page(request: SupportRequest, page: str, context: dict[str, Any]) -> HttpResponse:
    shown = {"grant": request.grant, "tenant": request.tenant, "page": page}
    return render(request, f"chat/support/{page}.html", {**shown, **context})
