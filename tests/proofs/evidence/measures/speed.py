"""A long chain: how fast its evidence is built and checked, and that memory does not grow with it."""

import io
import resource
import subprocess
import sys
import time
from datetime import timedelta
from random import Random
from tempfile import TemporaryFile
from typing import Any, Final

from django.db import connection

from compliance import audit_chain
from compliance.anchoring import anchor as anchoring
from compliance.anchoring.places import Folder
from compliance.evidence.building import Built, build
from compliance.evidence.period import SETTLES_IN, Period
from compliance.verifier.one_file import one_file
from helpdesk.core import clock
from tests.factories.tenants import make_person, make_tenant
from tests.proofs.audit.chains import superuser
from tests.proofs.audit.measures.speed import FILL
from tests.proofs.gate.stage import Figures, Stage
from tests.support.progress import say

KEYS: Final = ("long_entries", "build_s", "check_s", "grown_mb", "long_pack_mb")
ENTRIES: Final = 100_000
SHORT: Final = 3_000
#: Beside a chain of a tenth: the pages of both are the same.
MOST_GROWN_MB: Final = 40.0
IS_TIMED: Final = True


def measure(stage: Stage) -> Figures:
    """Build a short chain first, so that what is loaded once is loaded, then a long one."""
    entries = SHORT if stage.is_short else ENTRIES
    _built(stage, "Brief", entries // 10)
    before = _peak_mb()
    built, build_s, check_s = _built(stage, "Lasting", entries)
    grown = _peak_mb() - before
    say(f"{built.entries} entries built in {build_s:.1f} s, checked alone in {check_s:.1f} s, {grown:.0f} MB more")
    return {
        "long_entries": built.entries, "build_s": round(build_s, 1), "check_s": round(check_s, 1),
        "grown_mb": round(grown, 1), "long_pack_mb": round(built.bytes / 1e6, 1),
    }  # fmt: skip


def holds(figures: dict[str, Any]) -> bool:
    """Memory does not grow with the chain."""
    return bool(figures["grown_mb"] <= MOST_GROWN_MB)


def _built(stage: Stage, name: str, entries: int) -> tuple[Built, float, float]:
    now = clock.now()
    tenant = make_tenant(name, owner=make_person(name, email=f"{name.lower()}@long.example", now=now), now=now)
    with superuser() as database:
        database.execute(FILL, {"first": Random(name).randrange(10**12), "tenant": tenant.id, "count": entries})
        database.execute("ANALYZE compliance_auditentry")
    audit_chain.seal(tenant.id)
    folder = Folder(stage.folder / f"anchors-{name}")
    anchoring.anchor(now=clock.now(), folder=folder)
    connection.close()
    # Until now, by the clock that has sealed; an entry that is sealed behind it makes the period final.
    end = clock.now() + timedelta(milliseconds=50)
    time.sleep(0.1)
    _told_after(tenant)
    with TemporaryFile() as out:
        began = time.perf_counter()
        built = build(tenant, Period(now - timedelta(days=1), end), out, now=end + SETTLES_IN, folder=folder)
        build_s = time.perf_counter() - began
        out.seek(0)
        check_s = _checked(stage, out)
    return built, build_s, check_s


def _told_after(tenant: Any) -> None:
    from compliance import audit, audit_events
    from tenants.actors import Actor
    from tenants.scoping import tenant_scope

    with tenant_scope(tenant):
        audit.record(Actor.system(), audit_events.EVIDENCE_ASKED, tenant, at=clock.now())
    audit_chain.seal(tenant.id)


def _checked(stage: Stage, pack: Any) -> float:
    program, file = stage.folder / "audit_verifier.py", stage.folder / "long.zip"
    program.write_text(one_file())
    with file.open("wb") as copy:
        for piece in iter(lambda: pack.read(io.DEFAULT_BUFFER_SIZE), b""):
            copy.write(piece)
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-I", "-S", program, file], capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    file.unlink()
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)
    return seconds


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
