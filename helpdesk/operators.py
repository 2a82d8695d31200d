"""The operators' site: stock Django admin, behind a second factor, that keeps no log of its own."""

from functools import wraps
from http import HTTPStatus
from typing import Any, Final

from csp.constants import NONCE, NONE, SELF
from csp.decorators import csp_replace
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import SimpleTemplateResponse
from django.urls import URLPattern, URLResolver, reverse

from compliance.admin_reads import record_page
from helpdesk.core import clock
from helpdesk.core.client_address import client_address, is_operators_place
from tenants import step_up
from tenants.actions.sessions import keep_active
from tenants.door import asks_by_itself
from tenants.operator_role import as_operator
from tenants.sessions import is_signed_in
from tenants.tenancy import operator

# What is only looked at: what changes something leaves an entry of its own.
SAFE: Final = frozenset({"GET", "HEAD"})
# Everything the admin loads is our own file. Its links carry no nonce, so its scripts are allowed by origin; and
# its own scripts build markup from text, which Trusted Types would refuse. No inline script or style runs.
ADMIN_POLICY: Final[dict[str, Any]] = {
    "script-src": [SELF, NONCE],
    "style-src": [SELF, NONCE],
    "require-trusted-types-for": None,
    "trusted-types": None,
    "object-src": [NONE],
}


class HushdeskAdminSite(admin.AdminSite):
    """Lets operators in who gave both factors. What they do is audited, not logged beside."""

    tenancy = operator()
    site_header = "Hushdesk operators"
    site_title = "Hushdesk operators"
    index_title = "Organisations and people"
    site_url = None
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether an operator asks whose session holds; found out once, since sessions are none of their role."""
        user: Any = request.user
        if not (user.is_authenticated and user.is_active and user.is_operator and user.is_verified()):
            return False
        if not is_operators_place(request) or user.must_change_password:
            return False
        if (known := getattr(request, "operator_admitted", None)) is None:
            known = request.operator_admitted = _admitted(request)  # type: ignore[attr-defined]
        return bool(known)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to the step that is missing. A person who is no operator learns nothing more than that."""
        user: Any = request.user
        if self.has_permission(request):
            return redirect("admin:index")
        if user.is_authenticated and not user.is_operator:
            raise PermissionDenied
        if user.is_authenticated and not is_operators_place(request):
            return render(request, "admin/elsewhere.html", {"address": client_address(request)}, status=403)
        step = "accounts:factor" if user.is_authenticated else "accounts:sign_in"
        if user.is_authenticated and user.is_verified():
            step = "accounts:change_password" if user.must_change_password else "accounts:locked"
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), reverse(step))

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Leave out the page that follows any row to its own site: it asks for rows outside every organisation."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """There is one way to a new password, the one everyone takes."""
        return redirect("accounts:change_password")

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        # Signing out ends a session, and sessions are none of the operators' role.
        inner = view if view == self.logout else self.confirmed(by_operators_role(view))
        return csp_replace(ADMIN_POLICY)(super().admin_view(inner, cacheable))

    def confirmed(self, view: Any) -> Any:
        """Ask for a factor given just now before what is dangerous, as everywhere: by the application's role."""

        @wraps(view)
        def run(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.method != "POST":
                return view(request, *args, **kwargs)
            page = step_up.page_before(
                request,
                template="admin/confirm_act.html",
                back=reverse("admin:index"),
                context=self.each_context(request),
            )
            return view(request, *args, **kwargs) if page is None else page

        return run


def _admitted(request: HttpRequest) -> bool:
    """Whether the session holds; then whoever asks is noted as active, unless it is a page's script."""
    if not is_signed_in(request):
        return False
    if asks_by_itself(request):
        return True
    keep_active(request.session.session_key, address=client_address(request), now=clock.now())
    return True


def by_operators_role(view: Any) -> Any:
    """Run a page of the admin as the operators' role of the database, its rendering included.

    Who comes is read before, as the application: sessions and factors are none of the operators' role.
    """

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        bool(request.user)  # loads it, where nothing has asked for it yet
        with as_operator():
            response: HttpResponse = view(request, *args, **kwargs)
            if isinstance(response, SimpleTemplateResponse):
                response.render()
            if request.method in SAFE and response.status_code == HTTPStatus.OK:
                record_page(request, now=clock.now())
        return response

    return run
