import json
import logging
import sys

from helpdesk.core.logging import ContentFilter, JsonFormatter

CANARY = "4111 1111 1111 1111"


def written(record: logging.LogRecord) -> str:
    ContentFilter().filter(record)
    return JsonFormatter().format(record)


def record_of(logger: str, message: str, *args: object, **extra: object) -> logging.LogRecord:
    return logging.getLogger(logger).makeRecord(
        logger, logging.INFO, "file.py", 1, message, args, None, extra=extra or None
    )


def test_an_event_is_one_line_of_json_with_its_facts():
    line = written(record_of("chat.actions", "message posted", conversation="c1", findings=2))

    assert "\n" not in line
    assert json.loads(line) | {"at": ""} == {
        "at": "",
        "level": "info",
        "logger": "chat.actions",
        "message": "message posted",
        "conversation": "c1",
        "findings": 2,
    }


def test_a_text_under_any_other_name_is_dropped():
    assert CANARY not in written(record_of("chat.actions", "message posted", text=CANARY, request=CANARY))


def test_arguments_of_other_libraries_are_dropped():
    assert CANARY not in written(record_of("django.request", "failed: %s", CANARY))


def test_a_long_number_that_got_into_a_message_is_hidden_and_ids_are_not():
    tenant = "01a214b6-1111-7411-8391-123456789012"
    line = json.loads(written(record_of("chat", "kept %s", CANARY, tenant=tenant, reason="4111-1111-1111-1111")))

    assert (line["message"], line["reason"], line["tenant"]) == ("kept [number]", "[number]", tenant)


def test_an_exceptions_message_and_locals_are_not_written():
    def fail() -> None:
        secret = CANARY
        raise ValueError(secret)

    try:
        fail()
    except ValueError:
        record = logging.getLogger("chat").makeRecord("chat", logging.ERROR, "f.py", 1, "failed", (), sys.exc_info())

    line = written(record)

    assert CANARY not in line
    assert json.loads(line)["exception"] == "ValueError"
    assert "test_logging.py" in json.loads(line)["where"][-1]
