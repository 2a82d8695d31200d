"""Frames to commands, events to frames, and the schema of both."""

import contextlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError
from pydantic.json_schema import models_json_schema

from chat.protocol.commands import AGENT_COMMANDS, TOO_LONG, VISITOR_COMMANDS, Command
from chat.protocol.errors import CommandError, ErrorCode
from chat.protocol.events import EVENTS, Event
from chat.protocol.waiting_events import WAITING_EVENTS

_HEAD: Final = re.compile(r'\{"v":1,"type":"([a-z.]{1,40})"')
_EVENTS: Final = (*EVENTS, *WAITING_EVENTS)
SCHEMA_PATH: Final = Path(__file__).with_name("schema.json")
_NAMED: Final = frozenset(
    {"ticket", "conversations", "conversation", "client_id", "text", "kind", "after_sequence", "on", "v"}
    | {"sequence", "seen", "email"}
)


class BadFrameError(CommandError):
    """A frame that is no command, with the client's own id of it where there is one."""

    def __init__(self, code: ErrorCode, *, client_id: UUID | None = None, field: str | None = None) -> None:
        super().__init__(code, field=field)
        self.client_id = client_id


def parse(frame: str, commands: Mapping[str, type[Command]]) -> Command:
    """Return the command in a text frame.

    Raises:
        BadFrameError: It is no JSON object, of an unknown type, or its fields are not as they must be.
    """
    if (head := _HEAD.match(frame)) is not None and (expected := commands.get(head[1])) is not None:
        # As our clients write it: read once. What is wrong with it is looked for below.
        with contextlib.suppress(ValidationError):
            return expected.model_validate_json(frame, strict=True)
    try:
        fields = json.loads(frame)
    except (ValueError, RecursionError):
        raise BadFrameError(ErrorCode.BAD_FRAME) from None
    if not isinstance(fields, dict):
        raise BadFrameError(ErrorCode.BAD_FRAME)
    kind = fields.get("type")
    command = commands.get(kind) if isinstance(kind, str) else None
    client_id = _client_id(fields)
    if command is None:
        raise BadFrameError(ErrorCode.UNKNOWN_TYPE, client_id=client_id)
    try:
        return command.model_validate_json(frame, strict=True)
    except ValidationError as error:
        raise _refused(error, client_id) from None


def client_id_of(frame: str) -> UUID | None:
    """Return the client's own id of a frame that is refused unread."""
    try:
        fields = json.loads(frame)
    except (ValueError, RecursionError):
        return None
    return _client_id(fields) if isinstance(fields, dict) else None


def encode(event: Event) -> str:
    """Return the frame of an event; fields that are none are left out."""
    return event.model_dump_json(exclude_none=True)


def schema() -> str:
    """Return the JSON Schema of every command and event, as `schema.json` holds it."""
    commands = {*VISITOR_COMMANDS, *AGENT_COMMANDS}
    wanted: list[tuple[Any, Any]] = [(command, "validation") for command in commands]
    wanted += [(event, "serialization") for event in _EVENTS]
    wanted.sort(key=lambda pair: pair[0].__name__)
    _, definitions = models_json_schema(wanted, title="Hushdesk chat protocol, version 1")
    described = {
        **definitions,
        "x-visitor-commands": sorted(command.__name__ for command in VISITOR_COMMANDS),
        "x-agent-commands": sorted(command.__name__ for command in AGENT_COMMANDS),
        "x-events": sorted(event.__name__ for event in _EVENTS),
    }
    return json.dumps(described, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _refused(error: ValidationError, client_id: UUID | None) -> BadFrameError:
    first = error.errors(include_input=False, include_context=False, include_url=False)[0]
    code = ErrorCode.TOO_LONG if first["type"] == TOO_LONG else ErrorCode.BAD_FRAME
    field = str(first["loc"][0]) if first["loc"] else ""
    # A name that the client made up is not sent back.
    return BadFrameError(code, client_id=client_id, field=field if field in _NAMED else None)


def _client_id(fields: Mapping[str, Any]) -> UUID | None:
    try:
        return UUID(fields["client_id"])
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
