"""A person's sessions: the lock screen, the list, ending one or all; and what pages say while somebody is at them."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from helpdesk.core import clock
from helpdesk.core.client_address import client_address
from tenants.actions import sessions
from tenants.forms.accounts import PasswordForm
from tenants.http import AccountRequest, account_required, may_knock
from tenants.models import User
from tenants.sessions import hash_of, limits_of, session_of, sessions_of
from tenants.sign_in import landing_after, safe_next, step_url
from tenants.views.pages import form_page, form_view, posted

LOCKED_TEMPLATE: Final = "registration/locked.html"
WRONG: Final = "This is not your password."
UNLOCKED_STATUS: Final = 204


@sensitive_post_parameters()
@form_view
def locked(request: HttpRequest) -> HttpResponse:
    """Ask for the password of a session that nobody was active in. A script's request gets a status, no page."""
    if not may_knock(request) or not isinstance(request.user, User):
        return redirect(step_url("accounts:sign_in", request))
    session, now = session_of(request), clock.now()
    if session is None or now.timestamp() >= limits_of(session).over_at:
        return redirect(step_url("accounts:sign_in", request))
    form = PasswordForm(posted(request))
    if form.is_valid():
        # By the same door as signing in, so that failures are counted and lock the name.
        person = authenticate(request, username=request.user.email, password=form.cleaned_data["password"])
        if person is not None and person.pk == request.user.pk:
            sessions.unlock(session, address=client_address(request), now=now)
            by_script = request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
            return HttpResponse(status=UNLOCKED_STATUS) if by_script else redirect(landing_after(request))
        form.add_error("password", WRONG)
    return form_page(request, LOCKED_TEMPLATE, form, next=safe_next(request))


@require_POST
@account_required
def active(request: AccountRequest) -> HttpResponse:
    """Take note that somebody is at a page."""
    sessions.keep_active(request.session.session_key, address=client_address(request), now=clock.now())
    return HttpResponse(status=204)


@require_safe
@account_required
def session_list(request: AccountRequest) -> HttpResponse:
    """Show where a person is signed in."""
    mine = hash_of(request.session.session_key)
    found = [(session, bytes(session.session_hash) == mine) for session in sessions_of(request.user)]
    return render(request, "tenants/sessions.html", {"sessions": found})


@require_POST
@account_required
def end_session(request: AccountRequest, session_id: UUID) -> HttpResponse:
    """End one of one's own sessions; somebody else's is none."""
    if sessions.end(request.user, [session_id], now=clock.now()):
        messages.success(request, "Signed out there. Open pages close within seconds.")
    return redirect("accounts:sessions")


@require_POST
@account_required
def end_other_sessions(request: AccountRequest) -> HttpResponse:
    """End all of one's sessions but this one."""
    ended = sessions.end_all(request.user, but=request.session.session_key, now=clock.now())
    told = "You are signed in nowhere else." if not ended else "Signed out everywhere but here."
    messages.success(request, told)
    return redirect("accounts:sessions")
