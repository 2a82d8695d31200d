"""`manage.py prove NAME`: try to break what is promised, on scratch servers and data, and print the figures.

A proof is a module with `main(arguments, scratch) -> dict`, called with its own servers running, migrated and named
in the environment. The last line of standard output is its result as JSON; the exit code follows `ok`.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from helpdesk.embedded.layout import OWNER_ROLE, SUPERUSER, DataDirectory
from helpdesk.embedded.processes import ServerError
from helpdesk.embedded.secrets import make_secrets
from helpdesk.embedded.services import Services
from helpdesk.launch import migrated

ROOT: Final = Path(__file__).resolve().parents[2]
PROOFS: Final[Mapping[str, str]] = {
    "frames": "tests.proofs.frames.main",
    "isolation": "tests.proofs.isolation.main",
    "keys": "tests.proofs.keys",
    "canaries": "tests.proofs.canaries.main",
    "durability": "tests.proofs.durability.main",
    "gate": "tests.proofs.gate.main",
    "audit": "tests.proofs.audit.main",
    "forms": "tests.proofs.forms.main",
    "modes": "tests.proofs.modes.main",
    "retention": "tests.proofs.retention.main",
    "evidence": "tests.proofs.evidence.main",
}
# What is committed is written, as in a deployment: one kills its PostgreSQL, the other times what an entry costs.
CAREFUL: Final = frozenset({"durability", "audit"})
# Whoever has set one of these works on a database of their own; a proof writes, breaks and deletes.
FOREIGN: Final = (
    "DATABASE_URL", "KEYS_DATABASE_URL", "OPERATOR_DATABASE_URL", "OPERATOR_KEYS_DATABASE_URL", "REDIS_URL",
    "FORMS_REDIS_URL",
)  # fmt: skip


@dataclass(frozen=True)
class Scratch:
    """The servers of one proof and how to reach them as more than the application."""

    data: DataDirectory
    services: Services

    def owner_url(self) -> str:
        return self.data.database_url(OWNER_ROLE)

    def owner_keys_url(self) -> str:
        return self.data.keys_database_url(OWNER_ROLE)

    def superuser_url(self) -> str:
        return self.data.database_url(SUPERUSER)


def main(arguments: Sequence[str]) -> int:
    """Run the proof that is named; returns 0 if everything it promises holds, 2 for a proof that is not there."""
    name = arguments[0] if arguments else ""
    if name not in PROOFS:
        print(f"usage: manage.py prove {{{','.join(PROOFS)}}} [--json] …", file=sys.stderr)
        return 2
    if given := foreign(os.environ):
        print(f"A proof starts its own servers and is not run on others: unset {', '.join(given)}.", file=sys.stderr)
        print(json.dumps({"ok": False, "error": "foreign servers"}))
        return 1
    try:
        with scratch(careless=name not in CAREFUL) as running:
            result: dict[str, Any] = import_module(PROOFS[name]).main(list(arguments[1:]), running)
    except ServerError as error:
        print(error, file=sys.stderr)
        result = {"ok": False, "error": str(error).splitlines()[0]}
    print(json.dumps(result), flush=True)
    return 0 if result["ok"] else 1


def foreign(environment: Mapping[str, str]) -> list[str]:
    """Return which servers the environment names already."""
    return [name for name in FOREIGN if environment.get(name) or environment.get(f"{name}_FILE")]


@contextlib.contextmanager
def scratch(*, careless: bool = True) -> Iterator[Scratch]:
    """Start migrated servers on a temporary directory and name them in the environment; then remove all."""
    os.environ.setdefault("DEMO", "true")
    # Asked to end, it still stops its servers and removes its data.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    home = Path(tempfile.mkdtemp(prefix="hushdesk-proof-"))
    home.chmod(0o711 if os.getuid() == 0 else 0o700)
    data = DataDirectory(home)
    services = Services(data, careless=careless, model=(model := migrated.kept()))
    try:
        services.start()
        make_secrets(data)
        os.environ |= {
            "HUSHDESK_DATA_DIR": str(home),
            "HUSHDESK_BOOTSTRAP": "off",
            "SECRET_KEY_FILE": str(data.secret_key_file),
            "KEY_ENCRYPTION_KEYS_FILE": str(data.key_encryption_keys_file),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "LOG_LEVEL": "CRITICAL",
        }
        if model is None:
            migrate(data)
            services.stop()
            migrated.keep(data)
            services.start()
        os.environ |= {
            **data.database_urls(),
            "REDIS_URL": data.redis_url(),
            "FORMS_REDIS_URL": data.forms_redis_url(),
        }
        yield Scratch(data, services)
    finally:
        services.stop()
        shutil.rmtree(data.servers, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


def migrate(data: DataDirectory) -> None:
    """Run the migrate step as the owner."""
    urls = {"DATABASE_URL": data.database_url(OWNER_ROLE), "KEYS_DATABASE_URL": data.keys_database_url(OWNER_ROLE)}
    command = [sys.executable, str(ROOT / "manage.py"), "migrate_all", "-v", "0"]
    environment = {**os.environ, **urls, "REDIS_URL": data.redis_url()}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ServerError(f"The scratch databases could not be migrated:\n{done.stdout}{done.stderr}")
