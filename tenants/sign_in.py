"""Who may sign in by password, the steps of a session, and where to go afterwards."""

from typing import Any, Final
from urllib.parse import urlencode

import django_otp
from django.contrib.auth import SESSION_KEY, login, update_session_auth_hash
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from helpdesk.core import clock
from helpdesk.core.client_address import client_address
from helpdesk.core.prepared import row_by
from tenants import fresh_factor
from tenants.actions import locks, sessions
from tenants.lockout import counting, passes
from tenants.models import Factor, User
from tenants.sessions import WITHOUT_FACTOR

BACKEND: Final = "tenants.sign_in.ConfirmedBackend"
# Between password and second factor: long enough to set one up.
HALF_WAY_S: Final = 30 * 60


class ConfirmedBackend(ModelBackend):
    """Passwords of people whose address is confirmed.

    An unknown address, a wrong password and an unconfirmed address are one failure: one hash is computed for each.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        """Return the person, whose failures are forgotten then: for signing in, and for opening a locked session."""
        person = super().authenticate(request, username=username, password=password, **kwargs)
        if person is not None and request is not None and not passes.pass_for(request, person.email, now=clock.now()):
            # Who came by a mailed link is trusted only once the second factor is given too.
            counting.forgive(person.email)
        return person

    def get_user(self, user_id: Any) -> Any:
        """Return whom a session is of, by a planned statement: every page asks it."""
        person = row_by(User, "id", user_id)
        return person if person is not None and self.user_can_authenticate(person) else None

    def user_can_authenticate(self, user: Any) -> bool:
        return bool(super().user_can_authenticate(user) and user.is_confirmed)


def forgive_failures(person: User) -> None:
    """Unlock a person who has proven themselves otherwise."""
    counting.forgive(person.email)


def begin_session(request: HttpRequest, person: User) -> None:
    """Sign in by password: a new session key, and half an hour to give the second factor."""
    if SESSION_KEY in request.session:
        # Django would keep the key, and the second factor given before, where the person is the same.
        request.session.flush()
    login(request, person, backend=BACKEND)
    request.session.set_expiry(HALF_WAY_S)


def complete_session(request: HttpRequest, factor: Factor) -> None:
    """Raise the session by the second factor: again a new key, and from now on it is the gate that ends it."""
    django_otp.login(request, factor)
    fresh_factor.mark(request, factor, now=clock.now())
    request.session.pop(WITHOUT_FACTOR, None)
    _go_in(request, factor.user)


def begin_without_factor(request: HttpRequest, person: User) -> None:
    """Go on by the password alone. It opens the organisations that ask for no more, and nothing else."""
    request.session[WITHOUT_FACTOR] = True
    _go_in(request, person)


def _go_in(request: HttpRequest, person: User) -> None:
    request.session.set_expiry(None)
    request.session.cycle_key()
    if passes.use_up(request):
        locks.unlock_oneself(person=person, now=clock.now())
    sessions.begin(
        request.session,
        person,
        address=client_address(request),
        user_agent=request.headers.get("User-Agent", ""),
        now=clock.now(),
    )


def renew_session(request: HttpRequest, person: User) -> None:
    """Let this session go on after a new password, under a new key; all others of the person end."""
    before = request.session.session_key
    sessions.end_all(person, but=before, now=clock.now())
    update_session_auth_hash(request, person)
    sessions.rekey(before, request.session.session_key)


def safe_next(request: HttpRequest) -> str:
    """Return the page asked for before signing in, if it is one of ours, else an empty text."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return target if is_ours and len(target) <= 2000 else ""


def landing_after(request: HttpRequest) -> str:
    """Return where to go after signing in."""
    return safe_next(request) or reverse("accounts:organisations")


def step_url(page: str, request: HttpRequest) -> str:
    """Return the address of a step of signing in that leads on to the page asked for."""
    target = safe_next(request)
    return reverse(page) + (f"?{urlencode({'next': target})}" if target else "")
