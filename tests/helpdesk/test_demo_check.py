"""The check conversation of the demo, held with a running server."""

import contextlib
import io
import json

import pytest
from django.core.management import CommandError, call_command

from tests.support.server import free_port

pytestmark = pytest.mark.django_db(transaction=True)


def held(url, **options):
    printed = io.StringIO()
    with contextlib.suppress(CommandError):
        call_command("demo_check", url=url, stdout=printed, **options)
    return json.loads(printed.getvalue().splitlines()[-1])


@pytest.fixture
def facts(tmp_path):
    printed = io.StringIO()
    call_command("seed_demo", json=True, stdout=printed)
    path = tmp_path / "facts.json"
    path.write_text(printed.getvalue())
    return path


@pytest.fixture
def server(server, settings):
    settings.SITE_URL = settings.SITE_ORIGIN = server.origin
    return server


def test_a_conversation_is_held_masked_sealed_and_answered(server, facts):
    first = held(f"http://127.0.0.1:{server.port}", facts=facts)
    again = held(f"http://127.0.0.1:{server.port}")

    for result in (first, again):
        assert {name: result[name] for name in ("ok", "masked", "sealed", "answered")} == dict.fromkeys(
            ("ok", "masked", "sealed", "answered"), True
        )
        assert result["delivered_ms"] > 0


def test_an_agent_who_cannot_sign_in_is_told_as_such(server, facts):
    told = json.loads(facts.read_text())
    for person in told["people"]:
        person["password"] = "not this one"
    facts.write_text(json.dumps(told))

    result = held(f"http://127.0.0.1:{server.port}", facts=facts)

    assert result["ok"] is False
    assert result["error"]


def test_a_demo_that_does_not_answer_is_no_pass(facts):
    result = held(f"http://127.0.0.1:{free_port()}", facts=facts)

    assert (result["ok"], result["error"]) == (False, "ConnectionRefusedError")
