"""What the service logs of one request: none of it is printed, but why a request failed can be said."""

import logging
from typing import Final

KEPT_AT_MOST: Final = 5


class Hearing(logging.Handler):
    """Keeps, since it was last cleared, what was logged and of which type the error was."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        reason = getattr(record, "reason", "") or (type(error).__name__ if error else "")
        self.heard = [*self.heard, f"{record.getMessage()} {reason}".strip()][-KEPT_AT_MOST:]

    def told(self) -> str:
        return "; ".join(self.heard)


hearing: Final = Hearing()


def listen() -> None:
    """Let nothing be printed of what is logged, and warnings be heard."""
    root = logging.getLogger()
    root.handlers = [hearing]
    root.setLevel(logging.WARNING)
    logging.disable(logging.INFO)
