"""`manage.py demo` as a person starts it: a process of its own, on data of its own."""

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from helpdesk.embedded.layout import DataDirectory
from helpdesk.embedded.processes import birth_mark, wait_until
from helpdesk.embedded.services import Services
from helpdesk.embedded.supervisor import Supervisor
from helpdesk.launch import demo, demo_facts, demo_steps
from tests.support.measuring import first_measured, unmeasured
from tests.support.places import reachable_directory

ROOT = Path(__file__).resolve().parents[2]
PORT = 18_300


def clean_environment(**more: str) -> dict[str, str]:
    """The environment of a shell, without this test run's own databases."""
    ours = ("DATABASE_URL", "REDIS_URL", "HUSHDESK", "DEMO", "DEBUG", "SECRET_KEY", "KEY_ENC", "PYTEST", "DJANGO")
    kept = {name: value for name, value in os.environ.items() if not any(word in name for word in ours)}
    return {**unmeasured(kept), "HUSHDESK_BOOTSTRAP": "off", **more}


class RunningDemo:
    """A demo in a process of its own."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data = DataDirectory(data)
        self.process = subprocess.Popen(
            first_measured("manage.py", "demo", "--data-dir", str(data), "--port", str(PORT), "--json", *arguments),
            cwd=ROOT, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def facts(self) -> dict:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        return json.loads(line)

    def children(self) -> list[int]:
        return [pid for pid, _, _ in json.loads(self.data.processes.read_text())]

    def end(self, sign: signal.Signals) -> None:
        self.process.send_signal(sign)
        self.process.communicate(timeout=60)


@pytest.fixture
def home():
    """A place for data."""
    with reachable_directory() as folder:
        yield folder / "data"


@pytest.fixture
def supervisor(tmp_path):
    return Supervisor(Services(DataDirectory(tmp_path)))


def page(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path, headers={"Host": f"app.localhost:{port}"})
    return connection.getresponse().status


def test_a_demo_lives_through_a_taken_port_and_a_kill_and_then_holds_a_conversation(home):
    """What Ctrl-C does is seen wherever a demo is used: `tests.support.demo`."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", PORT))
        taken.listen()
        first = RunningDemo(home)
        facts = first.facts()
    port = int(facts["site_url"].rpartition(":")[2])
    children = first.children()
    assert port > PORT
    assert page(port, "/readyz") == 200
    # PostgreSQL, two Valkeys, web, worker, beat.
    assert len(children) == 6

    first.end(signal.SIGKILL)
    assert wait_until(lambda: all(birth_mark(pid) is None for pid in children), 15)

    began = time.time()
    second = RunningDemo(home, "--check")
    said = second.process.communicate(timeout=180)
    assert second.process.returncode == 0, said[1]
    result = json.loads(said[0].splitlines()[-1])
    assert result["ok"] is True
    assert {"delivered_ms", "masked", "sealed"} <= set(result)
    assert 0 < result["ready_s"] < time.time() - began
    assert json.loads(second.data.sign_in_facts.read_text())["people"] == facts["people"]


def test_production_settings_are_refused():
    done = subprocess.run(
        first_measured("manage.py", "demo", "--check"),
        cwd=ROOT, env=clean_environment(DEMO="false"), capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert json.loads(done.stdout)["ok"] is False
    assert "for the demo and the tests" in done.stderr


def test_own_servers_are_used_instead(supervisor):
    environment = {
        "DATABASE_URL": "postgresql://a@b/c",
        "KEYS_DATABASE_URL": "postgresql://a@b/d",
        "OPERATOR_DATABASE_URL": "postgresql://o@b/c",
        "OPERATOR_KEYS_DATABASE_URL": "postgresql://o@b/d",
        "REDIS_URL": "redis://e",
        "FORMS_REDIS_URL": "redis://f",
    }
    given = dict(environment)

    demo_steps.start_servers(supervisor, supervisor.servers, environment)

    assert environment == given
    assert supervisor.services == []


@pytest.mark.parametrize("missing", demo_steps.DEPENDENT_VARIABLES)
def test_own_database_needs_its_own_keys_database_and_a_role_for_operators(supervisor, missing):
    environment = {"DATABASE_URL": "postgresql://a@b/c", "REDIS_URL": "redis://e"}
    environment |= dict.fromkeys(set(demo_steps.DEPENDENT_VARIABLES) - {missing}, "postgresql://a@b/d")

    with pytest.raises(demo_steps.StepError, match=missing):
        demo_steps.start_servers(supervisor, supervisor.servers, environment)


def test_no_free_port_is_an_error(monkeypatch):
    monkeypatch.setattr(demo_steps, "PORTS_TRIED", 1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(demo_steps.StepError, match="No free port"):
            demo_steps.free_port(taken.getsockname()[1])


def test_a_secret_in_the_environment_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "mine")
    monkeypatch.delenv("KEY_ENCRYPTION_KEYS", raising=False)
    monkeypatch.delenv("KEY_ENCRYPTION_KEYS_FILE", raising=False)

    variables = demo_steps.environment(DataDirectory(tmp_path), 8000)

    assert "SECRET_KEY_FILE" not in variables
    assert variables["KEY_ENCRYPTION_KEYS_FILE"] == str(tmp_path / "secrets" / "key_encryption_keys")


@pytest.mark.parametrize(
    ("instant", "code"),
    [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")],
)
def test_codes_are_those_of_rfc_6238_appendix_b(instant, code):
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890"

    assert demo_facts.code_now(secret, now=instant) == code


def test_the_facts_are_told_and_can_be_asked_for_again(tmp_path, capsys):
    data = DataDirectory(tmp_path)
    data.sign_in_facts.parent.mkdir()
    ada = {"email": "ada@acme.example", "password": "a long one", "totp_secret": "GEZDGNBVGY3TQOJQ", "role": "Agent"}
    facts = {"people": [ada], "operator": None, "site_url": "http://app.localhost:8007", "ready_s": 3.21}

    demo_facts.print_ready(data, facts, as_json=False)
    told = capsys.readouterr().err
    demo_facts.print_codes(data)
    again = capsys.readouterr().out

    assert "http://shop.localhost:8007/" in told
    for text in (told, again):
        assert "ada@acme.example" in text
        assert "code now" in text


def test_codes_of_no_demo_are_an_error(tmp_path, capsys):
    assert demo.main(["--codes", "--data-dir", str(tmp_path)]) == 1
