"""Pages that say why somebody is not let in from where they are, or with what, and what they can do."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from helpdesk.core.client_address import client_address
from tenants.gate.checks import Refusal
from tenants.models import Tenant


def page_for(
    request: HttpRequest, refusal: Refusal, tenant: Tenant | None, *, may_break_glass: bool = False
) -> HttpResponse | None:
    """Return the page of a refusal that has one.

    Args:
        request: Of whoever is refused.
        refusal: Why.
        tenant: Whose; None at a page that is a person's own, where one of their organisations objects.
        may_break_glass: Whether they may use a code.
    """
    if refusal is Refusal.ADDRESS:
        return elsewhere(request, tenant, may_break_glass=may_break_glass)
    context = {"organisation": tenant, "may_break_glass": may_break_glass}
    if refusal is Refusal.DEVICE:
        # Its script shows that the browser holds its key, and loads the page again.
        return _loaded_anew(request, render(request, "tenants/unknown_device.html", context, status=401))
    if refusal is Refusal.PLACE_UNSET:
        return _loaded_anew(request, render(request, "tenants/place_unset.html", context, status=403))
    if refusal is Refusal.UNUSED:
        return _loaded_anew(request, render(request, "tenants/unused.html", context, status=403))
    return None


def elsewhere(
    request: HttpRequest, tenant: Tenant | None, *, may_break_glass: bool, status: int = 403, **context: Any
) -> HttpResponse:
    """Say that nobody may come from this address, which, and what to do; with it goes the form for a code."""
    told = {"organisation": tenant, "address": client_address(request), "may_break_glass": may_break_glass, **context}
    return _loaded_anew(request, render(request, "tenants/elsewhere.html", told, status=status))


def _loaded_anew(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let a part of a page that is refused load the whole page, which then says why."""
    if "HX-Request" in request.headers:
        response["HX-Refresh"] = "true"
    return response
