"""Error codes of `error` frames, and the codes a socket is closed with."""

from enum import IntEnum, StrEnum


class ErrorCode(StrEnum):
    """Why a command was not carried out. The socket stays open."""

    BAD_FRAME = "bad_frame"
    UNKNOWN_TYPE = "unknown_type"
    TOO_LONG = "too_long"
    TOO_FAST = "too_fast"
    NOT_FOUND = "not_found"
    NOT_PERMITTED = "not_permitted"
    RESOLVED = "resolved"
    BLOCKED = "blocked"
    CONSENT_REQUIRED = "consent_required"
    IDENTITY_REQUIRED = "identity_required"
    BEING_CHECKED = "being_checked"
    HELD_BACK = "held_back"
    UNAVAILABLE = "unavailable"


class CloseCode(IntEnum):
    """Why a socket was closed (RFC 6455, section 7.4.2: 4000 to 4999 are the application's; 1013 is IANA's)."""

    TRY_AGAIN = 1013
    BAD_FRAME = 4400
    NOT_SIGNED_IN = 4401
    NOT_ALLOWED = 4403
    IDLE = 4408
    TOO_SLOW = 4413
    LOCKED = 4423
    TOO_FAST = 4429


class CommandError(Exception):
    """A command that could not be carried out, in the terms the client is told."""

    def __init__(self, code: ErrorCode, *, retry_ms: int | None = None, field: str | None = None) -> None:
        super().__init__(code.value)
        self.code = code
        self.retry_ms = retry_ms
        self.field = field
