"""What a passkey has to sign: given to one session, for one purpose, for five minutes, and accepted once.

The session alone can't promise "once": of two requests at the same moment both may find it there. So what is spent is
noted in Valkey, which lets one of them be first; without Valkey nothing is accepted.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from django.http import HttpRequest

from helpdesk.core import names, valkey

LIFE: Final = timedelta(minutes=5)


class NoChallengeError(Exception):
    """None was given, or it was for something else, is too old, or was answered before."""


def issue(request: HttpRequest, purpose: str, challenge: str, *, now: datetime) -> None:
    """Remember a challenge in the session, in place of the purpose's one before."""
    request.session[_key(purpose)] = [challenge, now.timestamp()]


def spend(request: HttpRequest, purpose: str, *, now: datetime) -> str:
    """Return the challenge of this session and purpose, which is gone by this, whatever comes of it.

    Raises:
        NoChallengeError: There is none to answer.
        redis.RedisError: Nobody can say whether it was answered before.
    """
    kept = request.session.pop(_key(purpose), None)
    if kept is None:
        raise NoChallengeError
    challenge, issued_at = kept
    if not 0 <= now.timestamp() - issued_at < LIFE.total_seconds():
        raise NoChallengeError
    spent = names.key("challenge", None, hashlib.sha256(challenge.encode()).hexdigest())
    if not valkey.client().set(spent, 1, nx=True, ex=2 * LIFE):
        raise NoChallengeError
    return str(challenge)


def _key(purpose: str) -> str:
    return f"challenge_{purpose}"
