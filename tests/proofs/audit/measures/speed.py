"""How fast a long chain is sealed, verified by the service, and verified by the one file that an auditor runs."""

import subprocess
import sys
import time
from random import Random
from typing import Any, Final

from django.db import connection

from compliance import audit_chain
from compliance.audit_export import Export
from compliance.verifier.one_file import one_file
from helpdesk.core import clock
from tenants.scoping import tenant_scope
from tests.factories.tenants import make_person, make_tenant
from tests.proofs.audit.chains import superuser
from tests.proofs.gate.stage import Figures, Stage
from tests.support.progress import say

KEYS: Final = ("verify_per_s", "alone_per_s", "seal_per_s", "entries")
ENTRIES: Final = 1_000_000
SHORT: Final = 2_000
# Seconds on a busy machine say nothing: the suite sees that they are taken, the proof judges them.
IS_TIMED: Final = True
# As many as one statement takes along, of the shape that reading a conversation leaves.
FILL: Final = """
    INSERT INTO compliance_auditentry
        (id, tenant_id, event, actor_kind, actor_id, object_kind, object_id, facts, at, hash)
    SELECT (lpad(to_hex(%(first)s + n), 12, '0') || '70008' || lpad('', 15, '0'))::uuid, %(tenant)s,
        'conversation.disclosed', 'member', gen_random_uuid(), 'chat.conversation', gen_random_uuid(),
        jsonb_build_object('count', n), now(), ''
    FROM generate_series(1, %(count)s) AS n
"""


def measure(stage: Stage) -> Figures:
    """Fill a chain, seal it, judge it both ways; each must find every entry and nothing bad."""
    count = SHORT if stage.is_short else ENTRIES
    now = clock.now()
    tenant = make_tenant("Long", owner=make_person("Lena", email="lena@long.example", now=now), now=now)
    with superuser() as database:
        database.execute(FILL, {"first": Random(1).randrange(10**12), "tenant": tenant.id, "count": count})
        database.execute("ANALYZE compliance_auditentry")
    began = time.perf_counter()
    sealed = audit_chain.seal(tenant.id)
    seal_s = time.perf_counter() - began
    began = time.perf_counter()
    verdict = audit_chain.verify(tenant.id)
    verify_s = time.perf_counter() - began
    if verdict.broken is not None or verdict.entries != sealed or sealed < count:
        raise AssertionError(f"{verdict} of {sealed}")
    alone_s = _alone(stage, tenant, sealed)
    say(f"{sealed} entries sealed in {seal_s:.1f} s, verified in {verify_s:.1f} s, alone in {alone_s:.1f} s")
    return {
        "verify_per_s": round(sealed / verify_s), "alone_per_s": round(sealed / alone_s),
        "seal_per_s": round(sealed / seal_s), "entries": sealed,
    }  # fmt: skip


def holds(figures: dict[str, Any]) -> bool:
    """The one file keeps the same bound."""
    return bool(figures["alone_per_s"] >= 50_000 or figures["entries"] < ENTRIES)


def _alone(stage: Stage, tenant: Any, count: int) -> float:
    """Export the chain and run the one file on it, in a process of its own; its start is counted."""
    connection.close()
    with tenant_scope(tenant):
        export = Export.of(tenant.id)
    file, program = stage.folder / "long.jsonl", stage.folder / "audit_verifier.py"
    with file.open("w") as text:
        text.writelines(export.json_lines())
    program.write_text(one_file())
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-I", program, file], capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    file.unlink()
    if done.returncode or f"ok: {count} entries" not in done.stdout:
        raise AssertionError(done.stdout + done.stderr)
    return seconds
