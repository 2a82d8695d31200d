"""Who is asking, and inside which organisation: the gate in front of every page under /o/<slug>/."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from tenants.models import Membership, Tenant, User
from tenants.permissions import NotPermittedError, may
from tenants.roles import Capability
from tenants.scoping import tenant_scope
from tenants.selectors import membership_for

P = ParamSpec("P")


class MemberRequest(HttpRequest):
    """A request by a signed-in member, with the organisation named in the URL."""

    user: User
    membership: Membership
    tenant: Tenant


MemberView = Callable[Concatenate[MemberRequest, P], HttpResponse]


def signed_in(request: HttpRequest) -> bool:
    """Return whether password and second factor were both given in this session."""
    user: Any = request.user
    return bool(user.is_authenticated and user.is_active and user.is_verified())


def person_required(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Let a view of a person's own account run for whoever gave both factors."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        request: Any = args[0]
        return view(*args, **kwargs) if signed_in(request) else _to_sign_in(request)

    return guarded


def member_required(
    capability: Capability | None = None, *, scoped: bool = True, while_closing: bool = False
) -> Callable[[MemberView[P]], Callable[..., HttpResponse]]:
    """Let a view run for members who have the capability, inside the tenant's scope.

    The scope's transaction stands around the view itself, so an exception rolls the work back; with `scoped=False`
    the view opens it where it needs it, as one that sends mail after the commit does. Not signed in leads to the
    sign-in page; no member of that organisation is a 404, the same as no such organisation; a member without the
    capability is a 403. Of an organisation that is closing, owners reach what is marked `while_closing`; all else
    leads them to where it can be stopped. The view's argument `slug` is consumed here.
    """

    def decorate(view: MemberView[P]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: Any, *args: Any, slug: str, **kwargs: Any) -> HttpResponse:
            if not signed_in(request):
                return _to_sign_in(request)
            membership = membership_for(request.user, slug)
            if membership is None:
                raise Http404
            if not (membership.tenant.is_active or while_closing):
                return redirect("compliance:keys", slug=slug)
            if capability is not None and not may(membership, capability):
                raise PermissionDenied
            request.membership, request.tenant = membership, membership.tenant
            try:
                with tenant_scope(membership.tenant) if scoped else nullcontext():
                    return view(request, *args, **kwargs)
            except NotPermittedError:
                raise PermissionDenied from None

        guarded.capability = capability  # type: ignore[attr-defined]
        return guarded

    return decorate


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead to the step that is missing; an htmx request is told to load it as a page."""
    user: Any = request.user
    step = reverse("accounts:factor" if user.is_authenticated else "accounts:sign_in")
    if "HX-Request" in request.headers:
        response = HttpResponse(status=401)
        response["HX-Redirect"] = step
        return response
    # What was posted is gone after signing in, so only a page that was asked for is returned to.
    return redirect_to_login(request.get_full_path(), step) if request.method == "GET" else redirect(step)
