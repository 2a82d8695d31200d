"""`manage.py check_all`: every static check, each run to its end, and a table of the results.

A check that could not run says "not run" and why; that is not green, and not a failure either.
"""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from helpdesk.embedded.layout import DataDirectory
from helpdesk.embedded.processes import ServerError
from helpdesk.embedded.secrets import new_key_encryption_key
from helpdesk.embedded.services import Services

ROOT: Final = Path(__file__).resolve().parents[2]
BIN: Final = Path(sys.executable).parent
MANAGE: Final = (sys.executable, "manage.py")
# An "isolation" migration adds its constraints to tables that those before it have just made.
LINT_MIGRATIONS: Final = (
    *(*MANAGE, "lintmigrations", "--no-cache", "--ignore-name-contains", "isolation"),
    *("--include-apps", "tenants", "keyring", "compliance", "chat"),
)
CHOSEN: Final = {"helpdesk.W002"}
OFFLINE: Final = (
    *("ConnectionError", "Failed to resolve", "NameResolutionError", "ProxyError", "Connection refused"),
    *("timed out", "ReadTimeout", "ServiceError", "SSLError", "HTTPError"),
)


@dataclass(frozen=True)
class Result:
    """What came of a check: "ok", "failed" or "not run"."""

    state: str
    note: str = ""


@dataclass(frozen=True)
class Check:
    """One tool, as it is run by hand from the root of the repository."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] | None = None
    judge: Callable[[int, str], Result] | None = None
    needs_servers: bool = False


def main(arguments: Sequence[str]) -> int:
    """Run all checks, or those named; returns 1 if any failed."""
    chosen = [check for check in checks() if not arguments or check.name in arguments]
    if not chosen:
        print(f"Checks: {', '.join(check.name for check in checks())}.", file=sys.stderr)
        return 2
    rows = []
    for check in chosen:
        began = time.monotonic()
        result, output = run(check)
        rows.append((check.name, result, time.monotonic() - began))
        if result.state == "failed":
            print(f"\n--- {check.name} ---\n{output.strip()}\n", file=sys.stderr, flush=True)
    print(table(rows))
    return int(any(result.state == "failed" for _, result, _ in rows))


def checks() -> list[Check]:
    return [
        Check("format", (tool("ruff"), "format", "--check", ".")),
        Check("lint", (tool("ruff"), "check", ".")),
        Check("types", (tool("mypy"),), environment=harmless()),
        Check("imports", (tool("lint-imports"),), environment=harmless()),
        Check("templates", (tool("djlint"), "templates", "--lint", "--quiet")),
        Check("migrations", (*MANAGE, "makemigrations", "--check", "--dry-run"), environment=harmless()),
        Check("migrations-lint", LINT_MIGRATIONS, environment=linting(), needs_servers=True),
        Check("deployment", (*MANAGE, "check", "--deploy", "--fail-level", "WARNING"), production(), judge_deployment),
        Check("compose", (tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "docker-compose.yml")),
        Check("dependencies", (tool("deptry"), ".", "--config", "tests/deptry.toml", "--no-ansi")),
        Check(
            "advisories",
            (tool("pip-audit"), "--disable-pip", "--require-hashes", "--progress-spinner=off", "--timeout=15",
             "-r", "requirements.txt", "-r", "tests/requirements.txt"),
            judge=judge_audit,
        ),
    ]  # fmt: skip


def run(check: Check) -> tuple[Result, str]:
    environment = {**os.environ, "HUSHDESK_BOOTSTRAP": "off", **(check.environment or {})}
    try:
        with servers(environment) if check.needs_servers else contextlib.nullcontext():
            return finished(check, environment)
    except ServerError as error:
        return Result("failed", str(error)), ""


def finished(check: Check, environment: Mapping[str, str]) -> tuple[Result, str]:
    try:
        done = subprocess.run(
            check.command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=900
        )
    except FileNotFoundError:
        return Result("failed", f"{check.command[0]} is not installed"), ""
    except subprocess.TimeoutExpired:
        return Result("failed", "took more than 15 minutes"), ""
    output = done.stdout + done.stderr
    judge = check.judge or judge_exit_code
    return judge(done.returncode, output), output


@contextlib.contextmanager
def servers(environment: dict[str, str]) -> Iterator[None]:
    """Start servers on a directory of their own, for a tool that asks the database how a migration reads in SQL."""
    os.environ.setdefault("DEMO", "true")
    data = DataDirectory(ROOT / ".cache" / "check")
    running = Services(data, careless=True)
    running.start()
    environment["HUSHDESK_DATA_DIR"] = str(data.path)
    try:
        yield
    finally:
        running.stop()


def judge_exit_code(code: int, _output: str) -> Result:
    return Result("ok") if code == 0 else Result("failed", f"exit code {code}")


def judge_deployment(code: int, output: str) -> Result:
    """Every warning counts but the one that stands for a choice: keys held by the service itself."""
    found = set(re.findall(r"\((\w+\.[A-Z]\d+)\)", output)) - CHOSEN
    if code == 0 or ("System check identified" in output and not found):
        return Result("ok")
    return Result("failed", ", ".join(sorted(found)) or f"exit code {code}")


def judge_audit(code: int, output: str) -> Result:
    """pip-audit is green only when it says that it looked and found nothing; it can exit 0 without either."""
    if any(sign in output for sign in OFFLINE):
        return Result("not run", "its advisories could not be reached")
    if "Skip Reason" in output:
        return Result("not run", f"{output.count('could not be audited')} packages could not be looked up")
    if code == 0 and "No known vulnerabilities found" in output:
        return Result("ok")
    return Result("failed", "an advisory covers a pinned version") if code else Result("not run", "it said nothing")


def table(rows: Sequence[tuple[str, Result, float]]) -> str:
    lines = [f"{'check':16} {'result':8} {'time':>6}"]
    lines += [f"{name:16} {result.state:8} {seconds:5.1f}s  {result.note}".rstrip() for name, result, seconds in rows]
    return "\n".join(lines)


def harmless() -> dict[str, str]:
    """Settings for tools that read them but reach no server."""
    return {"SECRET_KEY": "x" * 64, "KEY_ENCRYPTION_KEYS": new_key_encryption_key(version=1), "DEMO": "true",
            "DJANGO_SETTINGS_MODULE": "helpdesk.settings"}  # fmt: skip


def linting() -> dict[str, str]:
    """The migration linter is an app, which production does without."""
    return {**harmless(), "DJANGO_SETTINGS_MODULE": "tests.lint_settings", "LOG_LEVEL": "WARNING"}


def production() -> dict[str, str]:
    """An environment as in production, for Django's deployment checks; nothing in it is reached."""
    unreached = tempfile.gettempdir()
    return {
        "SECRET_KEY": new_key_encryption_key(version=1) + new_key_encryption_key(version=2),
        "CLAMAV_URL": "tcp://127.0.0.1:3310",
        "KEY_ENCRYPTION_KEYS": new_key_encryption_key(version=1),
        "DEBUG": "false", "DEMO": "false", "SITE_URL": "https://desk.example.com", "ALLOWED_HOSTS": "desk.example.com",
        "TRUSTED_PROXIES": "10.0.0.0/8",
        "OPERATOR_ADDRESSES": "203.0.113.0/24",
        "DATABASE_URL": f"postgresql://hd_app@/hushdesk?host={unreached}",
        "KEYS_DATABASE_URL": f"postgresql://hd_app@/hushdesk_keys?host={unreached}",
        "REDIS_URL": f"unix://{unreached}/none.sock?db=0",
        "FORMS_REDIS_URL": f"unix://{unreached}/none-of-forms.sock?db=0",
        "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
    }  # fmt: skip


def tool(name: str) -> str:
    """A program of this environment; the name alone if it is not there."""
    path = BIN / name
    return str(path) if path.exists() else name
