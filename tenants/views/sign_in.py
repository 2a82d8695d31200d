"""Signing in by password, and signing out. The second factor is in `tenants.views.factor`."""

from math import ceil
from typing import Any, Final

from axes.helpers import get_cool_off
from django.contrib.auth import authenticate, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from helpdesk.core import clock
from tenants import limits
from tenants.actions import sessions
from tenants.forms.accounts import SignInForm
from tenants.http import signed_in
from tenants.limits import TooManyTriesError
from tenants.models import User
from tenants.sessions import session_of
from tenants.sign_in import begin_session, landing_after, safe_next, step_url
from tenants.views.pages import form_page, form_view, posted, refused

TEMPLATE: Final = "registration/sign_in.html"
FAILED: Final = "E-mail address and password do not match, or the address is not confirmed yet."


@sensitive_post_parameters()
@form_view
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for e-mail address and password. Every failure looks the same, whatever the reason."""
    if signed_in(request):
        return redirect(landing_after(request))
    if request.user.is_authenticated and request.method != "POST":
        return redirect(step_url("accounts:factor", request))
    form = SignInForm(posted(request))
    context = {"next": safe_next(request)}
    if not form.is_valid():
        return form_page(request, TEMPLATE, form, **context)
    try:
        limits.look(limits.SIGN_INS_FAILED, limits.origin_of(request))
    except TooManyTriesError as why:
        return refused(request, TEMPLATE, form, why, **context)
    person = authenticate(request, username=form.cleaned_data["email"], password=form.cleaned_data["password"])
    if not isinstance(person, User):
        limits.SIGN_INS_FAILED.wait_s(limits.origin_of(request))
        form.add_error(None, FAILED)
        return form_page(request, TEMPLATE, form, **context)
    next_step = step_url("accounts:factor", request)
    begin_session(request, person)
    return redirect(next_step)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, and close what is open in it."""
    session = session_of(request) if request.user.is_authenticated else None
    if session is not None:
        sessions.end(session.user, [session.id], now=clock.now())
    logout(request)
    return redirect("landing")


def locked_out(request: HttpRequest, original_response: Any = None, credentials: Any = None) -> HttpResponse:
    """Say when to try again. django-axes shows this for a locked name, whether or not a person has it."""
    cool_off = get_cool_off(request)
    wait_s = ceil(cool_off.total_seconds()) if cool_off else 0
    context = {"wait": limits.in_words(wait_s)}
    response = render(request, "registration/locked_out.html", context, status=429)
    response["Retry-After"] = str(wait_s)
    return response
