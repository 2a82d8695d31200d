"""`manage.py restore_drill [--content FILE --keys FILE]`: whether a backup can be restored, and what then is in it."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from compliance.drill import recording, run
from compliance.drill.faults import DrillRefusedError
from compliance.drill.found import Found, Pair
from compliance.drill.standing_in import owners_of_embedded
from compliance.models import RestoreDrill
from helpdesk.core import clock


class Command(BaseCommand):
    help = (
        "Restore a backup into scratch databases on RESTORE_SERVER_URL, verify it there, drop them and write down what "
        "was found. Without files it backs up both live databases itself. Run it as the migrate step runs."
    )
    # The system checks speak of pages and of the application's role, neither of which matters to the owner.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--content", type=Path, help="backup of the content database: pg_dump --format=custom")
        parser.add_argument("--keys", type=Path, help="backup of the key ring's database, begun after the former")
        parser.add_argument("--sample", type=int, default=run.SAMPLE, help="texts to try of each organisation")

    def handle(self, *_args: Any, content: Path | None, keys: Path | None, sample: int, **_options: Any) -> None:
        if (content is None) != (keys is None):
            raise CommandError("Give both --content and --keys, or neither.")
        given = None if content is None else Pair(content, keys)
        try:
            with owners_of_embedded():
                found = run.drill(given, sample=max(1, sample), tell=self.stderr.write)
                drill = recording.write_down(found, now=clock.now())
        except DrillRefusedError as refused:
            self.stdout.write(json.dumps({"ok": False, "refused": str(refused)}))
            raise CommandError(str(refused)) from None
        self.stdout.write(json.dumps(_told(drill, found)))
        if not drill.held:
            sys.exit(1)


def _told(drill: RestoreDrill, found: Found) -> dict[str, Any]:
    age = None if drill.backup_made_at is None else (drill.started_at - drill.backup_made_at).total_seconds()
    return {
        "ok": drill.held, "faults": sorted(found.faults), "left": found.left,
        "seconds": round((drill.ended_at - drill.started_at).total_seconds(), 1),
        "restored_s": round(drill.restored_ms / 1000, 1),
        "age_of_backup_s": None if age is None else max(0, round(age)),
        "databases": drill.databases, "tenants": drill.tenants, "rows": drill.rows, "stores": found.stores,
        "entries_verified": drill.entries, "anchor": drill.anchor, "opened": drill.opened,
        "not_opened": found.total("closed"), "withheld": drill.withheld, "unreadable": drill.unreadable,
        "readable_erased": found.total("readable"),
    }  # fmt: skip
