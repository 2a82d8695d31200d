"""The steps of a demo's start, each of which says what it does."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from helpdesk.embedded import processes
from helpdesk.embedded.layout import OWNER_ROLE, DataDirectory
from helpdesk.embedded.services import Services
from helpdesk.embedded.supervisor import Supervisor, say

ROOT: Final = Path(__file__).resolve().parents[2]
ADDRESS: Final = "127.0.0.1"
PORTS_TRIED: Final = 50
READY_LIMIT_S: Final = 90.0
DATABASE_VARIABLES: Final = ("DATABASE_URL", "KEYS_DATABASE_URL")
DEPENDENT_VARIABLES: Final = ("KEYS_DATABASE_URL", "OPERATOR_DATABASE_URL", "OPERATOR_KEYS_DATABASE_URL")


# A name, the command line, and what the kernel sends the process when the supervisor dies, if not the usual.
Command = tuple[str, Sequence[str], signal.Signals | None]


class StepError(Exception):
    """A step of the start failed; the message says which and what it said."""


def is_given(environment: dict[str, str], name: str) -> bool:
    """Whether the person who starts the demo has set NAME or NAME_FILE."""
    return bool(environment.get(name) or environment.get(f"{name}_FILE"))


def free_port(first: int) -> int:
    """The first port from `first` on that nobody listens on."""
    for port in range(first, min(first + PORTS_TRIED, 65_536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((ADDRESS, port))
            except OSError:
                continue
        if port != first:
            say(f"Port {first} is taken; using {port}.")
        return port
    raise StepError(f"No free port between {first} and {first + PORTS_TRIED - 1}. Choose another with --port.")


def environment(data: DataDirectory, port: int) -> dict[str, str]:
    """The environment of every process of the demo; what is set already is kept."""
    variables = {
        "HUSHDESK_BOOTSTRAP": "off",
        "HUSHDESK_DATA_DIR": str(data.path),
        "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
        "PYTHONUNBUFFERED": "1",
        "SITE_URL": f"http://app.localhost:{port}",
        "ALLOWED_HOSTS": "app.localhost,localhost,127.0.0.1",
    }
    given = dict(os.environ)
    for name, file in (("SECRET_KEY", data.secret_key_file), ("KEY_ENCRYPTION_KEYS", data.key_encryption_keys_file)):
        if not is_given(given, name):
            variables[f"{name}_FILE"] = str(file)
    # One person plays everybody in turn, and should not lose their conversations over it.
    # A receiver of secure forms may be started beside it.
    return {"DEMO": "true", "AGENT_GRACE_S": "900", "FORM_RECEIVERS_HERE": "true", **given, **variables}


def start_servers(supervisor: Supervisor, servers: Services, variables: dict[str, str]) -> None:
    """Start what the environment does not already name, and name it."""
    if is_given(variables, "DATABASE_URL"):
        say("PostgreSQL: the one in DATABASE_URL.")
        for name in DEPENDENT_VARIABLES:
            if not is_given(variables, name):
                raise StepError(f"DATABASE_URL is set, so {name} has to be set too.")
    else:
        say("Starting PostgreSQL.")
        supervisor.check_stop()
        supervisor.keep(servers.start_postgres_again, servers.start_postgres())
        variables |= servers.data.database_urls()
        for name in DEPENDENT_VARIABLES:
            variables.pop(f"{name}_FILE", None)
    if is_given(variables, "REDIS_URL"):
        say("Valkey: the one in REDIS_URL.")
    else:
        say("Starting Valkey.")
        supervisor.add(servers.start_valkey)
        variables["REDIS_URL"] = servers.data.redis_url()
    if not is_given(variables, "FORMS_REDIS_URL"):
        supervisor.add(servers.start_forms_valkey)
        variables["FORMS_REDIS_URL"] = servers.data.forms_redis_url()


def migrate(supervisor: Supervisor, data: DataDirectory, variables: dict[str, str]) -> None:
    """Run the migrate step as the owner. For a database of somebody's own, OWNER_DATABASE_URL names that role."""
    say("Migrating.")
    owner = dict(variables)
    embedded = {"DATABASE_URL": data.database_url(OWNER_ROLE), "KEYS_DATABASE_URL": data.keys_database_url(OWNER_ROLE)}
    for name in DATABASE_VARIABLES:
        if variables.get("DATABASE_URL") == data.database_url():
            owner[name] = embedded[name]
        elif given := variables.get(f"OWNER_{name}"):
            owner[name] = given
            owner.pop(f"{name}_FILE", None)
        else:
            say(f"OWNER_{name} is not set, so the database is taken as migrated.")
            return
    manage(supervisor, owner, "migrate_all", "--verbosity", "0")


def seed(supervisor: Supervisor, variables: dict[str, str]) -> dict[str, Any]:
    """Make the demo's organisations and people, or find them; returns how to sign in."""
    say("Seeding.")
    return dict(json.loads(manage(supervisor, variables, "seed_demo", "--json").splitlines()[-1]))


def start_processes(supervisor: Supervisor, data: DataDirectory, variables: dict[str, str], port: int) -> None:
    """Start beat, worker and web: the reverse of the order in which they stop."""
    say("Starting web, worker and beat.")
    for name, command, orphan in (*job_commands(data), ("web", web_command(port), None)):
        supervisor.add(partial(launch, data, variables, name, command, orphan))


def job_commands(data: DataDirectory) -> Sequence[Command]:
    """Beat and worker."""
    celery, options = (sys.executable, "-m", "celery", "--app"), ("--loglevel", "info")
    beat = (*celery, "helpdesk.beat", "beat", *options, "--schedule", str(data.beat_schedule), "--pidfile", "")
    worker = (*celery, "helpdesk", "worker", *options, "--concurrency", "2", "--without-gossip", "--without-mingle")
    # A worker that lost its supervisor has lost its broker too, and would wait for it; its job is queued again.
    return ("beat", beat, None), ("worker", worker, signal.SIGKILL)


def web_command(port: int, application: str = "helpdesk.asgi:application") -> Sequence[str]:
    return (
        sys.executable, "-m", "helpdesk.serving", application, "--host", ADDRESS, "--port", str(port),
        "--grace", "3", "--handover",
    )  # fmt: skip


def launch(
    data: DataDirectory, variables: dict[str, str], name: str, command: Sequence[str], orphan: signal.Signals | None
) -> processes.Child:
    child = processes.start(
        name,
        command,
        log=data.logs / f"{name}.log",
        environment={**variables, "PYTHONPATH": str(ROOT)},
        orphan_signal=orphan,
    )
    # Of a web server that is killed, those that serve go on until its successor does.
    child.is_survived = "helpdesk.serving" in command
    return child


def wait_ready(supervisor: Supervisor, port: int) -> None:
    """Wait for the readiness page, and for every process to be up."""
    began = time.monotonic()
    all_up = supervisor.wait_for(
        lambda: is_ready(port) and all(service.child.is_alive() for service in supervisor.services), READY_LIMIT_S
    )
    if not all_up:
        logs = supervisor.servers.data.logs
        raise StepError(f"Not ready after {time.monotonic() - began:.0f} s. The logs are in {logs}.")


def is_ready(port: int) -> bool:
    """Whether /readyz says yes. A plain client has no `app.localhost`, so it dials the address and names the host."""
    connection = http.client.HTTPConnection(ADDRESS, port, timeout=3)
    try:
        connection.request("GET", "/readyz", headers={"Host": f"app.localhost:{port}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def check(supervisor: Supervisor, variables: dict[str, str], port: int) -> dict[str, Any]:
    """Hold one conversation through the real sockets."""
    say("Holding one conversation.")
    answer = manage(supervisor, variables, "demo_check", "--url", f"http://{ADDRESS}:{port}", may_fail=True)
    try:
        return dict(json.loads(answer.splitlines()[-1]))
    except (ValueError, IndexError):
        raise StepError("The check conversation gave no result.") from None


def manage(supervisor: Supervisor, variables: dict[str, str], *arguments: str, may_fail: bool = False) -> str:
    """Run a command of manage.py to its end, everything else kept running meanwhile; returns its standard output."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    orphan = processes.end_with_parent(signal.SIGTERM)
    with subprocess.Popen(
        command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, text=True, process_group=0,
        preexec_fn=orphan,  # noqa: PLW1509  only the main thread forks here
    ) as process:  # fmt: skip
        try:
            done = supervisor.wait_for(lambda: process.poll() is not None, limit_s=600)
        except BaseException:
            processes.end_group(process.pid)
            raise
        answer = process.stdout.read() if done and process.stdout else ""
        if not done:
            processes.end_group(process.pid)
    if process.returncode != 0 and not may_fail:
        raise StepError(f"`manage.py {arguments[0]}` failed (exit code {process.returncode}); see above.")
    return answer
