"""One drill from its beginning to its end: back up or take a backup, restore, look, throw away."""

import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from django.conf import settings
from django.db import DatabaseError, connections

from compliance.drill import archives, looking, programs, scratch
from compliance.drill.faults import DrillFaultError, DrillRefusedError
from compliance.drill.found import ALIASES, Found, Pair, Tell
from compliance.drill.scratch import Server
from compliance.models import DrillFault, RestoreDrill
from helpdesk.core import clock
from tenants.keyring.models import TenantKey
from tenants.signed_context import verifies

SAMPLE: Final = 50
_BYPASSES: Final = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
_OWNS: Final = """
    SELECT bool_and(pg_has_role(current_user, relowner, 'MEMBER')) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relname = %s
"""


def drill(given: Pair | None, *, sample: int = SAMPLE, tell: Tell) -> Found:
    """Restore a backup on trial: the archives given, or those made now. Whatever happens, nothing is left of it.

    Raises:
        DrillRefusedError: It was not begun.
    """
    found = Found(clock.now(), is_own=given is None)
    _refuse_all_but_the_owner()
    if not settings.RESTORE_SERVER_URL:
        raise DrillRefusedError("Set RESTORE_SERVER_URL (or …_FILE): a superuser of the server to restore on.")
    live = Pair(*(str(connections[alias].settings_dict["NAME"]) for alias in ALIASES))
    names = [f"{name}{scratch.SUFFIX}" for name in live]
    with _ending_in_order(), scratch.reached(settings.RESTORE_SERVER_URL) as server:
        tools = _Tools.of(server)
        if given is None:
            _refuse_what_cannot_back_up(server)
        try:
            with scratch.scratch(server, names) as leftovers, _folder(server, live, leftovers) as folder:
                if leftovers:
                    tell(f"removed {', '.join(leftovers)}, left by a drill that was killed")
                backup = given or _make(tools, server, live, Path(folder), tell)
                _restore_and_look(tools, server, backup, Pair(*names), found, sample, tell)
        except DrillFaultError as error:
            found.add(error.fault)
            tell(f"FAULT: {error}")
        finally:
            _tell_what_is_left(server, found, tell)
    return found


def prefix_of(server: Server, live: Pair) -> str:
    """Return how folders of these databases' drills begin: only one drill of them is under way."""
    return f"hushdesk-drill-{server.identifier}-{live.content}-"


def _folder(server: Server, live: Pair, leftovers: list[str]) -> tempfile.TemporaryDirectory[str]:
    """Make a private folder for a backup, and remove those that killed drills have left."""
    prefix = prefix_of(server, live)
    for left in [path for path in Path(tempfile.gettempdir()).iterdir() if path.name.startswith(prefix)]:
        shutil.rmtree(left, ignore_errors=True)
        leftovers.append(str(left))
    return tempfile.TemporaryDirectory(prefix=prefix)


def _tell_what_is_left(server: Server, found: Found, tell: Tell) -> None:
    if server.left:
        found.left = server.left
        found.add(DrillFault.SCRATCH)
        tell(f"FAULT: {', '.join(server.left)} could not be dropped: it holds everything, drop it")


class _Tools(NamedTuple):
    dump: Path
    restore: Path

    @classmethod
    def of(cls, server: Server) -> "_Tools":
        return cls(*(programs.find(name, major=server.major) for name in (programs.DUMP, programs.RESTORE)))


def _refuse_all_but_the_owner() -> None:
    for alias, model in zip(ALIASES, (RestoreDrill, TenantKey), strict=True):
        with connections[alias].cursor() as cursor:
            cursor.execute(_OWNS, [model._meta.db_table])
            if cursor.fetchone() != (True,):
                raise DrillRefusedError(
                    "Run it as the migrate step runs: DATABASE_URL and KEYS_DATABASE_URL are the owner's, and the "
                    "databases are migrated. Nobody else may write down that a drill was held."
                )
        if verifies(connections[alias]) != bool(settings.TENANT_CONTEXT_KEY):
            raise DrillRefusedError("Give TENANT_CONTEXT_KEY and SIGN_TENANT_CONTEXT as the migrate step has them.")


def _refuse_what_cannot_back_up(server: Server) -> None:
    if server.connection.execute(_BYPASSES).fetchone() != (True,):
        raise DrillRefusedError("Row security binds RESTORE_SERVER_URL's role: name a superuser, or give a backup.")
    for alias in ALIASES:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT system_identifier FROM pg_control_system()")
            if cursor.fetchone() != (server.identifier,):
                raise DrillRefusedError(
                    "RESTORE_SERVER_URL is another server than the live one: give a backup by --content and --keys."
                )


def _make(tools: _Tools, server: Server, live: Pair, folder: Path, tell: Tell) -> Pair:
    made = Pair(folder / "content.dump", folder / "keys.dump")
    for name, into in zip(live, made, strict=True):
        tell(f"backing up {name}")
        archives.make(tools.dump, server.url_of(name), into)
    return made


def _restore_and_look(
    tools: _Tools, server: Server, backup: Pair, names: Pair, found: Found, sample: int, tell: Tell
) -> None:
    contents = Pair(*(archives.look_into(tools.restore, archive) for archive in backup))
    found.backup_made_at = min(one.made_at for one in contents)
    for archive, name in zip(backup, names, strict=True):
        tell(f"restoring {archive.name} into {name}")
        begun = time.monotonic()
        scratch.restore(tools.restore, server, archive, name)
        found.restored_s += time.monotonic() - begun
        found.databases += 1
    urls = Pair(*map(server.url_of, names))
    try:
        looking.look(contents, urls, found, sample, tell)
    except DatabaseError as error:
        raise DrillFaultError(
            DrillFault.RESTORING, f"the restored databases answer with {type(error).__name__}"
        ) from None


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """Let a stop by SIGTERM, as a container's, drop the scratch databases as Ctrl-C does."""
    try:
        before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    except ValueError:  # not in the main thread, which alone hears signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
