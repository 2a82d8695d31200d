"""Logs as JSON lines that tell events and never content."""

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Any, Final

STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Facts an event may carry; anything else is dropped, so a text can't slip in under a new name.
ALLOWED: Final = frozenset(
    {
        "actor", "alias", "attempt", "code", "conversation", "count", "duration_ms", "event", "findings", "job",
        "method", "queue", "reason", "request_id", "rule_set", "status", "status_code", "task", "tenant",
    }
)  # fmt: skip


# A number as long as a card's, which no event of ours has; an id has letters or is looked at whole.
_LONG_NUMBER: Final = re.compile(r"[0-9](?:[ ._/-]{0,2}[0-9]){11,}")
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}", re.IGNORECASE)


def hushed(text: str) -> str:
    """Return a log's text without long numbers: the last resort, should one get this far."""
    return text if _ID.fullmatch(text) else _LONG_NUMBER.sub("[number]", text)


class ContentFilter(logging.Filter):
    """Drops what a record carries beyond the allowed facts: requests, arguments, bodies."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name in set(vars(record)) - STANDARD - ALLOWED:
            delattr(record, name)
        return True


def _fact(value: Any) -> Any:
    return hushed(value) if isinstance(value, str) else value


class JsonFormatter(logging.Formatter):
    """One JSON object a line. An exception is told by type and place; its message may hold data."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": hushed(self._message(record)),
        }
        entry |= {name: _fact(getattr(record, name)) for name in sorted(ALLOWED) if hasattr(record, name)}
        if record.exc_info and record.exc_info[0] is not None:
            entry["exception"] = record.exc_info[0].__name__
            entry["where"] = [
                f"{'/'.join(frame.filename.rsplit('/', 2)[-2:])}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])[-8:]
            ]
        return json.dumps(entry, default=str)

    @staticmethod
    def _message(record: logging.LogRecord) -> str:
        # Third parties put data into arguments (URLs, rows): keep their template only.
        first_party = record.name.split(".")[0] in {"helpdesk", "tenants", "compliance", "chat", "uvicorn", "celery"}
        return record.getMessage() if first_party else str(record.msg)
