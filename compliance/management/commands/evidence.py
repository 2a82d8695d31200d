"""`manage.py evidence build --org SLUG --from DATE --to DATE [--out FILE]` and `manage.py evidence verify FILE`."""

import os
import sys
from argparse import ArgumentParser
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from compliance import audit, audit_events
from compliance.evidence.building import Built, build
from compliance.evidence.period import EvidenceError, Period
from compliance.verifier import program
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.scoping import tenant_scope


class Command(BaseCommand):
    help = (
        "Build the evidence of a period from the audit trail: the same bytes whenever it is built. "
        "`verify` checks a pack without a database or a network, as audit_verifier.py does."
    )
    # `verify` needs no database, nor anything that is checked.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        ways = parser.add_subparsers(dest="way", required=True)
        building = ways.add_parser("build", help="build a pack")
        building.add_argument("--org", required=True, help="short name of the organisation")
        building.add_argument("--from", dest="begin", required=True, help="first day (UTC), or an instant by ISO 8601")
        building.add_argument("--to", dest="end", required=True, help="last day, included, or an instant")
        building.add_argument("--out", type=Path, help="file to write (default: named after organisation and period)")
        verifying = ways.add_parser("verify", help="check a pack")
        verifying.add_argument("file", help="the pack")
        verifying.add_argument("--anchors", nargs="+", default=[], help="files of anchors, oldest first")
        verifying.add_argument("--key", action="append", default=[], help="a public key that may sign")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["way"] == "verify":
            self._verify(options)
        else:
            self._build(options)

    def _verify(self, options: dict[str, Any]) -> None:
        given = [options["file"], *(f"--key={key}" for key in options["key"])]
        if options["anchors"]:
            given += ["--anchors", *options["anchors"]]
        try:
            code = program.main(given)
        except OSError as error:
            raise CommandError(f"It cannot be read: {type(error).__name__}") from None
        if code:
            sys.exit(code)

    def _build(self, options: dict[str, Any]) -> None:
        period = Period(_instant(options["begin"]), _instant(options["end"], is_end=True))
        if period.begin >= period.end:
            raise CommandError("The period ends before it begins.")
        tenant = Tenant.objects.filter(slug=options["org"]).first()
        if tenant is None:
            raise CommandError("There is no organisation of this short name.")
        out: Path = options["out"] or Path(f"{tenant.slug}-evidence-{options['begin']}-{options['end']}.zip")
        told = {"begin": period.begin.isoformat(), "end": period.end.isoformat()}
        with tenant_scope(tenant):
            audit.record(Actor.system(), audit_events.EVIDENCE_ASKED, tenant, at=clock.now(), **told)
        try:
            built = self._into(out, tenant, period)
        except EvidenceError as error:
            raise CommandError(f"Not built: {error}.") from None
        with tenant_scope(tenant):
            audit.record(
                Actor.system(), audit_events.EVIDENCE_BUILT, tenant, at=clock.now(), sha256=built.sha256,
                through=built.through, **told,
            )  # fmt: skip
        self.stdout.write(f"{out}: {built.bytes} bytes, {built.entries} entries, SHA-256 {built.sha256}")

    def _into(self, out: Path, tenant: Tenant, period: Period) -> Built:
        """Build beside the file and put it in place whole: what is there is never half a pack."""
        folder = out.resolve().parent
        with NamedTemporaryFile(dir=folder, prefix=".evidence-", delete=False) as file:
            try:
                built = build(tenant, period, file, now=clock.now(), progress=self._tell)  # type: ignore[arg-type]
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(out)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        return built

    def _tell(self, done: int, total: int) -> None:
        self.stderr.write(f"{done} of {total} entries")


def _instant(given: str, *, is_end: bool = False) -> datetime:
    """Return the beginning of a day, or of the day after, or an instant, which has a zone."""
    try:
        if len(given) == len("2026-01-31"):
            day = date.fromisoformat(given) + timedelta(days=is_end)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        instant = datetime.fromisoformat(given)
    except (ValueError, OverflowError):
        raise CommandError(f"{given} is neither a day nor an instant.") from None
    if instant.tzinfo is None:
        raise CommandError(f"{given} is an instant without a zone.")
    return instant.astimezone(UTC)
