"""In front of what is dangerous: the door asks for a factor given just now, keeps what was posted, and goes on."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from helpdesk.core import clock
from tenants.dangerous import DANGEROUS, Act
from tenants.fresh_factor import FreshCodeForm, accept, fresh_until

PREFIX: Final = "fresh"
TEMPLATE: Final = "account/confirm_act.html"
#: What is not posted again: Django gives the page a token of its own, and a code is used once.
_NOT_KEPT: Final = frozenset({"csrfmiddlewaretoken", f"{PREFIX}-code"})


def page_before(
    request: HttpRequest, *, template: str = TEMPLATE, back: str = "", context: dict[str, Any] | None = None
) -> HttpResponse | None:
    """Return the page that asks for a factor before a dangerous act; None where nothing is asked, or one was given.

    Call it outside every organisation's scope: a backup code that is used up is noted in all of its owner's.

    Args:
        request: Of somebody who may do the act.
        template: What shows the form.
        back: Where to go instead.
        context: What else the template names.
    """
    act, now = dangerous_act(request), clock.now()
    if act is None or not act.is_asked_for(request.POST) or fresh_until(request, now=now) is not None:
        return None
    given = request.POST if f"{PREFIX}-code" in request.POST else None
    form = FreshCodeForm(given, prefix=PREFIX)
    if given is not None and accept(form, request, now=now):
        return None
    if "HX-Request" in request.headers:
        return HttpResponse(status=401, headers={"HX-Redirect": reverse("accounts:security")})
    kept = [(name, value) for name, values in request.POST.lists() if name not in _NOT_KEPT for value in values]
    shown = {**(context or {}), "title": "Confirm that it is you", "says": act.says, "form": form, "kept": kept}
    return render(request, template, {**shown, "back": back}, status=422)


def dangerous_act(request: HttpRequest) -> Act | None:
    """Return the dangerous act that a request is; None where it is none, or only asks for its page."""
    match = request.resolver_match
    return DANGEROUS.get(match.view_name) if match is not None and request.method == "POST" else None
