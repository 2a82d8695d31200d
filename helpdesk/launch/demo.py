"""`manage.py demo`: the whole of Hushdesk on this machine, from two servers to two browser windows."""

import argparse
import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from helpdesk.embedded.layout import DataDirectory
from helpdesk.embedded.processes import ServerError
from helpdesk.embedded.secrets import make_secrets
from helpdesk.embedded.services import Services, refuse_in_production
from helpdesk.embedded.supervisor import StoppedError, Supervisor, say
from helpdesk.launch import demo_facts
from helpdesk.launch import demo_steps as steps

FIRST_PORT = 8000
IMPORTED_AT = time.time()


def main(arguments: Sequence[str]) -> int:
    """Run the demo until Ctrl-C, or, with --check, through one conversation; returns the exit code."""
    options = parse(arguments)
    os.environ.setdefault("DEMO", "true")
    try:
        refuse_in_production(os.environ)
        with data_directory(options) as data:
            return demo_facts.print_codes(data) if options.codes else run(options, data)
    except (ServerError, steps.StepError) as error:
        say(str(error))
        if options.check:
            print(json.dumps({"ok": False, "error": str(error).splitlines()[0]}))
        return 1


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py demo", description="Run Hushdesk on this machine.")
    parser.add_argument(
        "--data-dir", type=Path, help="where everything is kept (default: .data; with --check a temporary one)"
    )
    parser.add_argument("--port", type=int, default=FIRST_PORT, help="first port to try (default: %(default)s)")
    parser.add_argument("--reset", action="store_true", help="forget all data first")
    parser.add_argument("--check", action="store_true", help="hold one conversation, print a JSON line, stop")
    parser.add_argument("--codes", action="store_true", help="print fresh sign-in codes of a demo that is running")
    parser.add_argument("--json", action="store_true", help="print how to sign in as one JSON line on standard output")
    return parser.parse_args(arguments)


@contextlib.contextmanager
def data_directory(options: argparse.Namespace) -> Iterator[DataDirectory]:
    """The directory that was asked for; for a check without one, a temporary one."""
    if options.data_dir is None and options.check:
        temporary = Path(tempfile.mkdtemp(prefix="hushdesk-check-"))
        data = DataDirectory(temporary)
        # Root's PostgreSQL runs as nobody, who must be able to pass through.
        temporary.chmod(0o711 if os.getuid() == 0 else 0o700)
        try:
            yield data
        finally:
            shutil.rmtree(data.servers, ignore_errors=True)
            shutil.rmtree(temporary, ignore_errors=True)
    else:
        yield DataDirectory(options.data_dir.absolute()) if options.data_dir else DataDirectory.default()


def run(options: argparse.Namespace, data: DataDirectory) -> int:
    servers = Services(data)
    supervisor = Supervisor(servers)
    supervisor.listen()
    servers.claim()
    try:
        if options.reset:
            servers.forget()
        return start_and_serve(options, supervisor)
    except StoppedError:
        say("Stopping.")
        return 0
    finally:
        servers.stop()
        say("Everything is stopped; the data is kept." if not options.check else "Everything is stopped.")


def start_and_serve(options: argparse.Namespace, supervisor: Supervisor) -> int:
    """Servers, migrate, web, worker, beat, seed; then the conversation of a check, or until Ctrl-C."""
    data = supervisor.servers.data
    make_secrets(data)
    port = steps.free_port(options.port)
    environment = steps.environment(data, port)
    steps.start_servers(supervisor, supervisor.servers, environment)
    steps.migrate(supervisor, data, environment)
    # The processes come up while the seeds are sown: ready is when both are done.
    steps.start_processes(supervisor, data, environment, port)
    facts = steps.seed(supervisor, environment)
    steps.wait_ready(supervisor, port)
    ready_s = round(time.time() - began_at(), 1)
    if options.check:
        result = steps.check(supervisor, environment, port)
        result["ready_s"] = ready_s
        result["ok"] = bool(result.get("ok"))
        # What the last line of standard output is, is promised; so the servers' farewell goes to standard error.
        print(json.dumps(result), flush=True)
        return 0 if result["ok"] else 1
    demo_facts.print_ready(
        data, {**facts, "site_url": environment["SITE_URL"], "ready_s": ready_s}, as_json=options.json
    )
    supervisor.run()
    return 0


def began_at() -> float:
    """When the first process started, installs included: `helpdesk.bootstrap` notes it."""
    pid, _, instant = os.environ.get("HUSHDESK_STARTED", "").partition(" ")
    return float(instant) if pid == str(os.getpid()) else IMPORTED_AT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
