"""Signing in by password, and signing out. The second factor is in `tenants.views.factor`."""

from math import ceil
from typing import Any, Final

from django.contrib.auth import authenticate, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from helpdesk.core import clock
from tenants import limits
from tenants.actions import passwords, sessions
from tenants.forms.accounts import SignInForm
from tenants.http import signed_in
from tenants.limits import TooManyTriesError
from tenants.lockout.counting import Standing
from tenants.lockout.names import email_of
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
    origin = limits.origin_of(request)
    try:
        # Taken before the password is looked at: of a hundred tries at once no more get through than one by one.
        limits.take(limits.SIGN_INS_FAILED, origin)
    except TooManyTriesError as why:
        return refused(request, TEMPLATE, form, why, **context)
    person = authenticate(request, username=form.cleaned_data["email"], password=form.cleaned_data["password"])
    if not isinstance(person, User):
        form.add_error(None, FAILED)
        return form_page(request, TEMPLATE, form, **context)
    limits.give_back(limits.SIGN_INS_FAILED, origin)
    passwords.look_at_present(person=person, password=form.cleaned_data["password"])
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
    standing: Standing | None = getattr(request, "sign_in_standing", None)
    until = standing.until if standing is not None else None
    wait_s = ceil((until - clock.now()).total_seconds()) if until is not None else 0
    context = {"wait": limits.in_words(wait_s), "email": email_of(credentials) or ""}
    response = render(request, "registration/locked_out.html", context, status=429)
    response["Retry-After"] = str(wait_s)
    return response
