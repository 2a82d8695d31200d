"""Look at what was restored, and gather what is found."""

from contextlib import closing
from datetime import datetime

from django.conf import settings

from compliance import registry
from compliance.anchoring.places import Folder
from compliance.audit_chain import Verdict
from compliance.drill import checks, scratch
from compliance.drill.archives import Contents
from compliance.drill.faults import DrillFaultError
from compliance.drill.found import ALIASES, Found, Opened, Pair, Tell
from compliance.drill.standing_in import Restored
from compliance.models import DrillFault
from compliance.verifier.anchors import Anchors
from compliance.verifier.entries import BrokenError


def look(contents: Pair, urls: Pair, found: Found, sample: int, tell: Tell) -> None:
    """Count, compare the release, then judge fences, trails and keys: all of them, whatever the first ones say.

    Raises:
        DrillFaultError: The databases are of another release, which these checks do not understand.
    """
    _count(contents, urls, found, tell)
    if behind := checks.pending(*urls):
        raise DrillFaultError(
            DrillFault.MIGRATIONS, f"behind by {behind} of this release's migrations: drill it with its own"
        )
    entries = {alias: scratch.as_application(url) for alias, url in zip(ALIASES, urls, strict=True)}
    with closing(Restored(entries)) as restored:
        _judge_fences(restored, found, tell)
        _judge_trails(restored, contents.content.made_at, found, tell)
        _try_keys(restored, found, sample, tell)


def _count(contents: Pair, urls: Pair, found: Found, tell: Tell) -> None:
    lacking: list[str] = []
    for wanted, url in zip(contents, urls, strict=True):
        there = scratch.rows_in(url, list(wanted.rows))
        lacking += [table for table, count in sorted(wanted.rows.items()) if there.get(table) != count]
        found.rows += sum(there.values())
        found.stores |= _by_store(wanted, there)
    tell(f"{found.rows} rows restored")
    if lacking:
        found.add(DrillFault.ROWS)
        tell(f"FAULT: not as many rows as in the backup: {', '.join(lacking)}")


def _by_store(wanted: Contents, there: dict[str, int]) -> dict[str, int]:
    """Return the rows of each record store whose tables are in this archive."""
    stores = {store.record_class.value: [model._meta.db_table for model in store.holds] for store in registry.stores()}
    return {
        name: sum(there.get(table, 0) for table in tables)
        for name, tables in stores.items()
        if not wanted.rows.keys().isdisjoint(tables)
    }


def _judge_fences(restored: Restored, found: Found, tell: Tell) -> None:
    with restored.in_place():
        why = checks.unsafe()
    if why:
        found.add(DrillFault.FENCES)
        tell(f"FAULT: {why}")


def _judge_trails(restored: Restored, made_at: datetime, found: Found, tell: Tell) -> None:
    anchors = _believed(made_at, found, tell)
    found.anchor = anchors.number
    if not anchors.number:
        tell(f"no anchor of {settings.AUDIT_ANCHORS} to go by: chains are verified by themselves alone")
    with restored.in_place():
        for verdict in checks.trails(anchors):
            _take(verdict, found, tell)
    tell(f"{found.entries} audit entries verified")


def _believed(made_at: datetime, found: Found, tell: Tell) -> Anchors:
    try:
        return checks.anchors_until(Folder(settings.AUDIT_ANCHORS), made_at)
    except (BrokenError, OSError) as error:
        found.add(DrillFault.TRAIL)
        why = str(error) if isinstance(error, BrokenError) else type(error).__name__
        tell(f"FAULT: the anchors cannot be believed: {why}")
        return Anchors()


def _take(verdict: Verdict, found: Found, tell: Tell) -> None:
    found.entries += verdict.entries
    found.of[verdict.chain] = (verdict.entries, Opened())
    if verdict.broken is not None:
        found.add(DrillFault.TRAIL)
        tell(f"FAULT: the chain {verdict.chain} is broken at entry {verdict.broken.position}")


def _try_keys(restored: Restored, found: Found, sample: int, tell: Tell) -> None:
    with restored.in_place():
        standing = checks.standing_of_tenants()
    found.tenants = len(standing)
    for tenant_id, status in standing.items():
        opened = checks.sample(restored, tenant_id, usable=checks.may_open(status), limit=sample)
        found.of[tenant_id] = (found.of[tenant_id][0], opened)
        for fault, count in ((DrillFault.KEYS, opened.closed), (DrillFault.ERASED, opened.readable)):
            if count:
                found.add(fault)
                tell(f"FAULT: {fault.label.lower()}: {count} texts of the organisation {tenant_id}")
    tell(f"{found.total('opened')} sealed texts opened, {found.total('unreadable')} of erased people stay unreadable")
