"""What a client is told of a failure: a code, and when to try again. Never a text, which may hold data."""

import logging
from collections.abc import Mapping
from typing import Final

import psycopg
import redis
from django.db import Error as DatabaseError

from chat.actions.coaching import HeldBackError
from chat.actions.mailed_links import LinksOffError, NoAddressError
from chat.actions.ratings import RatingClosedError
from chat.delivery.sealed import (
    ConsentRequiredError,
    ConversationNotFoundError,
    ConversationResolvedError,
    IdentityRequiredError,
    SessionReplacedError,
    VisitorBlockedError,
    VisitorGoneError,
)
from chat.protocol.errors import CommandError, ErrorCode
from compliance.masking import MaskingError
from tenants.permissions import NotPermittedError

logger = logging.getLogger(__name__)

# A database that crashed is back in a second; whoever is refused again waits twice as long (shared/thread.js).
RETRY_MS: Final = 500
CHECKED_AGAIN_MS: Final = 3000

_CODES: Final[Mapping[type[Exception], tuple[ErrorCode, int | None]]] = {
    ConversationNotFoundError: (ErrorCode.NOT_FOUND, None),
    ConversationResolvedError: (ErrorCode.RESOLVED, None),
    VisitorBlockedError: (ErrorCode.BLOCKED, None),
    ConsentRequiredError: (ErrorCode.CONSENT_REQUIRED, None),
    IdentityRequiredError: (ErrorCode.IDENTITY_REQUIRED, None),
    VisitorGoneError: (ErrorCode.NOT_PERMITTED, None),
    NotPermittedError: (ErrorCode.NOT_PERMITTED, None),
    RatingClosedError: (ErrorCode.NOT_PERMITTED, None),
    NoAddressError: (ErrorCode.NOT_PERMITTED, None),
    LinksOffError: (ErrorCode.NOT_PERMITTED, None),
    SessionReplacedError: (ErrorCode.UNAVAILABLE, RETRY_MS),
    MaskingError: (ErrorCode.BEING_CHECKED, CHECKED_AGAIN_MS),
    DatabaseError: (ErrorCode.UNAVAILABLE, RETRY_MS),
    psycopg.Error: (ErrorCode.UNAVAILABLE, RETRY_MS),
    redis.RedisError: (ErrorCode.UNAVAILABLE, RETRY_MS),
}
_EXPECTED: Final = (
    ConversationNotFoundError, ConversationResolvedError, VisitorBlockedError, VisitorGoneError, NotPermittedError,
    ConsentRequiredError, IdentityRequiredError, RatingClosedError, NoAddressError, LinksOffError,
    SessionReplacedError,
)  # fmt: skip


def is_outage(error: Exception) -> bool:
    """Whether a database or Valkey did not answer, so that the same may succeed in a moment."""
    return isinstance(error, DatabaseError | psycopg.Error | redis.RedisError | TimeoutError)


def as_command_error(error: Exception) -> CommandError:
    """Return a failure in the client's terms; one that nobody foresaw is logged by type and reads as unavailable."""
    if isinstance(error, CommandError):
        return error
    if isinstance(error, HeldBackError):
        return CommandError(ErrorCode.HELD_BACK, field=error.kind)
    if not isinstance(error, _EXPECTED):
        logger.warning("command failed", extra={"reason": type(error).__name__})
    for kind, (code, retry_ms) in _CODES.items():
        if isinstance(error, kind):
            return CommandError(code, retry_ms=retry_ms)
    return CommandError(ErrorCode.UNAVAILABLE, retry_ms=RETRY_MS)
