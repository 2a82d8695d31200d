"""What may not stand in a name that is kept readable. Who can tell is above this app, and registers here."""

from collections.abc import Callable
from typing import Final

Check = Callable[[str], None]


class HoldsSensitiveDataError(Exception):
    """A name holds a card number or the like; it is not repeated."""


class NotCheckedError(Exception):
    """Nobody could look at the text, so it may not be kept."""


_checks: Final[list[Check]] = []


def register(check: Check) -> None:
    """Make a check known, once: it raises HoldsSensitiveDataError, or anything else when it could not finish."""
    if check not in _checks:
        _checks.append(check)


def check_readable(text: str) -> None:
    """Let a text pass that is to be kept readable.

    Raises:
        HoldsSensitiveDataError: It holds what must not be kept.
        NotCheckedError: The check could not finish, or there is none.
    """
    if not _checks:
        raise NotCheckedError
    for check in _checks:
        try:
            check(text)
        except HoldsSensitiveDataError:
            raise
        except Exception:  # noqa: BLE001 (whatever it is: not looked at is not passed)
            raise NotCheckedError from None
