"""People's sessions: how they are known, listed and told apart. They are changed by `tenants.actions.sessions`.

A browser is signed in as long as its row is there (`tenants.gate`), whatever its cookie says.
"""

import hashlib
import re
from typing import Final

from django.http import HttpRequest

from helpdesk.core import clock
from tenants.gate.checks import Limits, lengths
from tenants.models import StaffSession, Tenant, User
from tenants.policies import choices
from tenants.scoping import tenant_scope
from tenants.selectors import memberships_of

# Seconds until a session is locked, and until it is over: of operators (PCI DSS 8.2.8), and of who belongs nowhere yet.
OPERATORS: Final = (15 * 60, 12 * 3600)
#: In a session whose owner has no second factor, and whose organisation asks for none.
WITHOUT_FACTOR: Final = "without_factor"
NOWHERE: Final = (8 * 3600, 12 * 3600)

_SYSTEMS: Final = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"),
    ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip
_BROWSERS: Final = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"),
    ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip


def hash_of(session_key: str | None) -> bytes:
    """Return what a session key is known by."""
    return hashlib.sha256((session_key or "").encode()).digest()


def browser_of(user_agent: str) -> str:
    """Return how a person would name a browser, as `Firefox on Windows`; the header itself tells more than we keep."""
    browser = next((name for mark, name in _BROWSERS if re.search(rf"\b{mark}/", user_agent)), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser


def session_of(request: HttpRequest) -> StaffSession | None:
    """Return the session of the browser that asks, if it is signed in."""
    if not isinstance(request.user, User):
        return None
    return StaffSession.objects.filter(session_hash=hash_of(request.session.session_key), user=request.user).first()


def sessions_of(person: User) -> list[StaffSession]:
    """Return a person's sessions, the one active last first."""
    return list(StaffSession.objects.filter(user=person).order_by("-active_at", "id"))


def limits_of(session: StaffSession) -> Limits:
    """Return when a session ends where no organisation is asked: by the strictest of the person's."""
    of_each = [OPERATORS] if session.user.is_operator else []
    for summary in memberships_of(session.user):
        tenant = Tenant.objects.get(id=summary.tenant_id)
        with tenant_scope(tenant):
            of_each.append(lengths(tenant, choices()))
    idle_s, length_s = (min(each) for each in zip(*(of_each or [NOWHERE]), strict=True))
    return Limits(session.active_at.timestamp() + idle_s, session.began_at.timestamp() + length_s)


def is_signed_in(request: HttpRequest) -> bool:
    """Whether the browser that asks is signed in with both factors, and its session holds."""
    session = session_of(request)
    return session is not None and clock.now().timestamp() < limits_of(session).first
