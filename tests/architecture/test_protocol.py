"""The wire is types: the schema that browsers are tested against is made from them."""

import json

import jsonschema
import pytest
from pydantic import ValidationError

from chat.protocol import codec, commands, events


def test_the_committed_schema_is_current():
    assert codec.SCHEMA_PATH.read_text(encoding="utf-8") == codec.schema(), "manage.py write_protocol_schema"


def test_the_schema_is_a_schema():
    schema = json.loads(codec.schema())

    jsonschema.Draft202012Validator.check_schema(schema)
    for kind in (*commands.VISITOR_COMMANDS, *commands.AGENT_COMMANDS, *events.EVENTS):
        assert kind.__name__ in schema["$defs"]
        assert schema["$defs"][kind.__name__]["additionalProperties"] is False


@pytest.mark.parametrize("event", events.EVENTS)
def test_events_are_named_as_what_has_happened(event):
    kind = event.model_fields["type"].default

    assert kind in {"heartbeat", "error", "server.draining"} or kind.split(".")[1].endswith("ed")


@pytest.mark.parametrize("command", [*commands.VISITOR_COMMANDS, *commands.AGENT_COMMANDS])
def test_commands_refuse_what_they_do_not_know(command):
    with pytest.raises(ValidationError) as refused:
        command.model_validate({"v": 1, "surprise": 1})

    assert "extra_forbidden" in {error["type"] for error in refused.value.errors()}


def test_a_member_of_the_schema_is_what_the_encoder_writes():
    schema = json.loads(codec.schema())
    error = json.loads(codec.encode(events.ErrorReported(code=events.ErrorCode.TOO_LONG, field="text")))
    resolver = {**schema["$defs"]["ErrorReported"], "$defs": schema["$defs"]}

    jsonschema.validate(error, resolver)
