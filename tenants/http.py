"""Who is asking, and inside which organisation: the gate in front of every page under /o/<slug>/."""

from collections.abc import Callable, Collection
from contextlib import ExitStack
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from helpdesk.core import clock
from tenants import door, probes, refused, step_up
from tenants.gate.briefing import Briefing
from tenants.gate.checks import Refusal
from tenants.look import look
from tenants.models import Membership, Tenant, User
from tenants.permissions import NotPermittedError, may
from tenants.roles import Capability
from tenants.scoping import tenant_scope
from tenants.selectors import reachable_tenant
from tenants.sessions import WITHOUT_FACTOR, is_signed_in
from tenants.whereabouts import refusal_anywhere

P = ParamSpec("P")


class AccountRequest(HttpRequest):
    """A request by somebody signed in with both factors."""

    user: User


class MemberRequest(HttpRequest):
    """A request by a signed-in member, with the organisation named in the URL."""

    user: User
    membership: Membership
    tenant: Tenant
    briefing: Briefing


MemberView = Callable[Concatenate[MemberRequest, P], HttpResponse]


def has_both_factors(request: HttpRequest) -> bool:
    """Return whether password and second factor were both given with this cookie."""
    user: Any = request.user
    return bool(user.is_authenticated and user.is_active and user.is_verified())


def by_password_alone(request: HttpRequest) -> bool:
    """Return whether this cookie's owner had no second factor and went on without (`sign_in.begin_without_factor`)."""
    user: Any = request.user
    is_there = bool(user.is_authenticated and user.is_active and not user.is_verified())
    return is_there and bool(request.session.get(WITHOUT_FACTOR))


def may_knock(request: HttpRequest) -> bool:
    """Return whether the gate is worth asking: it has the last word on whether the password alone is enough."""
    return has_both_factors(request) or by_password_alone(request)


def signed_in(request: HttpRequest) -> bool:
    """Return whether both factors were given, and the session holds: for pages outside every organisation."""
    return has_both_factors(request) and is_signed_in(request)


AccountView = Callable[Concatenate[Any, P], HttpResponse]


def account_required(view: AccountView[P]) -> Callable[..., HttpResponse]:
    """Let a view run for whoever is signed in, at what is theirs alone; others are led to the step that is missing.

    The strictest of the person's organisations counts.
    """
    return _account(view, frozenset())


def account_at_any_device(view: AccountView[P]) -> Callable[..., HttpResponse]:
    """The same, for where a browser shows that it is the one."""
    return _account(view, frozenset({Refusal.DEVICE}))


def _account(view: AccountView[P], despite: Collection[Refusal]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not signed_in(request):
            return _to_sign_in(request)
        refusal = refusal_anywhere(request, request.user, despite=despite, now=clock.now())
        page = step_up.page_before(request) if refusal is None else refused.page_for(request, refusal, None)
        return page if page is not None else view(request, *args, **kwargs)

    return guarded


def member_required(
    capability: Capability | None = None,
    *,
    scoped: bool = True,
    while_closing: bool = False,
    despite: Collection[Refusal] = (),
    by_itself: bool = False,
) -> Callable[[MemberView[P]], Callable[..., HttpResponse]]:
    """Let a view run for members whom the gate lets in and who have the capability, inside the tenant's scope.

    The scope's transaction stands around the view itself, so an exception rolls the work back; the gate's look goes
    before, in the same one, but what the gate writes down is committed in one of its own. With `scoped=False` the view
    opens the scope where it needs it, as one that sends mail after the commit does. Not signed in leads to the
    sign-in page; no member of that organisation is a 404, the same as no such organisation; a member without the
    capability is a 403. What `tenants.dangerous` names asks for a factor given just now. Of an organisation that is
    closing, owners reach what is marked `while_closing`; all else leads them to where it can be stopped. The view's
    argument `slug` is consumed here.

    Args:
        capability: What the member's role has to include, if anything.
        scoped: Whether the view runs in the tenant's scope.
        while_closing: Whether owners reach it while the organisation closes.
        by_itself: Whether a page's script asks this, with nobody having done anything: then nobody counts as active.
        despite: Refusals of the gate (`tenants.gate`) that do not keep anybody from this page: where one is put right.
    """

    def decorate(view: MemberView[P]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: Any, *args: Any, slug: str, **kwargs: Any) -> HttpResponse:
            with _Scope() as scope:
                elsewhere = _elsewhere(request, slug, scope, despite, while_closing=while_closing, by_itself=by_itself)
                if elsewhere is not None:
                    return elsewhere
                if capability is not None and not may(request.membership, capability):
                    raise PermissionDenied
                if (page := _factor_before(request, slug, scope)) is not None:
                    return page
                if scoped:
                    scope.open(request.tenant)
                else:
                    scope.close()
                try:
                    return view(request, *args, **kwargs)
                except NotPermittedError:
                    raise PermissionDenied from None

        guarded.capability = capability  # type: ignore[attr-defined]
        return guarded

    return decorate


class _Scope(ExitStack):
    """An organisation's scope that can be left before its end and opened again: one transaction, or two."""

    is_open = False

    def open(self, tenant: Tenant) -> None:
        """Open it unless it is open."""
        if not self.is_open:
            self.enter_context(tenant_scope(tenant))
            self.is_open = True

    def close(self) -> None:
        """Commit what was done in it."""
        super().close()
        self.is_open = False


def _elsewhere(
    request: Any, slug: str, scope: _Scope, despite: Collection[Refusal], *, while_closing: bool, by_itself: bool
) -> HttpResponse | None:
    """Find out who asks and note it on the request; return where they are led instead, if they may not be here.

    The scope stays open, for the page to go on in it, unless something was written down: that is committed, whatever
    becomes of the page.
    """
    if not may_knock(request):
        return _to_sign_in(request)
    tenant = reachable_tenant(slug)
    if tenant is None:
        raise _not_theirs(request, None)
    scope.open(tenant)
    seen = look(tenant, request.user, request.session.session_key)
    if seen is None:
        raise _not_theirs(request, tenant)
    membership, facts = seen
    notes: list[door.Note] = []
    refusal = door.refusal_for(request, membership, facts, notes, despite=despite, by_itself=by_itself)
    for note in notes:
        note()
    if notes or refusal is not None:
        scope.close()
    if refusal is not None:
        return door.turned_away(request, refusal, membership)
    if not (membership.tenant.is_active or while_closing):
        return redirect("compliance:keys", slug=slug)
    request.membership, request.tenant = membership, membership.tenant
    return None


def _factor_before(request: Any, slug: str, scope: _Scope) -> HttpResponse | None:
    """Return the page that asks for a factor before a dangerous act, outside the scope; None where nothing is asked."""
    if step_up.dangerous_act(request) is None:
        return None
    scope.close()
    return step_up.page_before(request, back=reverse("organisation:settings", args=[slug]))


def _not_theirs(request: Any, tenant: Tenant | None) -> Http404:
    """Count that somebody asked for an organisation that is not theirs, or for none: the answer is the same."""
    probes.note(request.user.id, None if tenant is None else tenant.id, now=clock.now())
    return Http404()


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead to the step that is missing; an htmx request is told to load it as a page."""
    user: Any = request.user
    step = reverse("accounts:factor" if user.is_authenticated else "accounts:sign_in")
    if has_both_factors(request):
        step = reverse("accounts:locked")
    if "HX-Request" in request.headers:
        response = HttpResponse(status=door.LOCKED_STATUS if has_both_factors(request) else 401)
        if response.status_code == 401:
            response["HX-Redirect"] = step
        return response
    # What was posted is gone after signing in, so only a page that was asked for is returned to.
    return redirect_to_login(request.get_full_path(), step) if request.method == "GET" else redirect(step)
