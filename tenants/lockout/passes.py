"""A browser that came by a mailed link may sign in although the name is locked.

It counts by itself, six tries a link, so whoever locked the name learns nothing and hinders nobody. The lock itself
goes when the sign-in is complete, second factor included.
"""

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.http import HttpRequest

from tenants.lockout.names import failure_key

KEPT: Final = "unlocked"
LASTS: Final = timedelta(minutes=15)


def give_pass(request: HttpRequest, email: str, *, now: datetime) -> None:
    """Let this browser try an address; what it counts by is made anew for each link."""
    until = int((now + LASTS).timestamp())
    request.session[KEPT] = {"of": failure_key(email), "until": until, "key": secrets.token_hex(16)}


def pass_for(request: HttpRequest, email: str, *, now: datetime) -> str:
    """Return what this browser's tries of an address are counted by, empty where it has no pass for it."""
    session = getattr(request, "session", None)
    given = session.get(KEPT) if session is not None else None
    if not given or given["of"] != failure_key(email) or now.timestamp() >= given["until"]:
        return ""
    return str(given["key"])


def use_up(request: HttpRequest) -> bool:
    """Take the pass back, the sign-in being complete; whether there was one."""
    return request.session.pop(KEPT, None) is not None
