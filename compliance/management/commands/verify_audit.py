"""`manage.py verify_audit [--tenant SLUG] [--anchor FILE …] [--key HEX …]`: go along every chain, name what is bad."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from compliance import audit_chain
from compliance.verifier.anchors import Anchors
from compliance.verifier.entries import OPERATORS, BrokenError, plain
from tenants.models import Tenant


class Command(BaseCommand):
    help = (
        "Verify the audit trail: every entry follows the one before, none was changed, and what was anchored is there. "
        "Exits with 1 and names the first bad entry of each chain that is broken."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", default="", help="short name of an organisation; all, and operators', if none")
        parser.add_argument("--anchor", type=Path, nargs="+", default=[], help="files of anchors, oldest first")
        parser.add_argument("--key", action="append", default=[], help="public key that may sign the first anchor")

    def handle(self, *args: Any, **options: Any) -> None:
        anchors = _anchors(options["anchor"], options["key"])
        broken = 0
        for name, chain in _chains(options["tenant"]):
            verdict = audit_chain.verify(
                chain, anchored=anchors.of.get(chain.bytes), seen=anchors.seen.get(chain.bytes)
            )
            if verdict.broken is None:
                self.stdout.write(f"{name}: ok, {verdict.entries} entries, {verdict.waiting} not sealed yet")
            else:
                broken += 1
                self.stdout.write(f"{name}: BROKEN at entry {verdict.broken}")
        if broken:
            raise CommandError(f"{broken} chains are broken.", returncode=1)


def _chains(slug: str) -> list[tuple[str, UUID]]:
    tenants = Tenant.objects.order_by("slug")
    if not slug:
        return [*tenants.values_list("slug", "id"), ("operators", OPERATORS)]
    found = list(tenants.filter(slug=slug).values_list("slug", "id"))
    if not found:
        raise CommandError("There is no organisation of this short name.")
    return found


def _anchors(files: list[Path], keys: list[str]) -> Anchors:
    try:
        anchors = Anchors(keys=[plain(key) for key in keys])
        for file in files:
            anchors.read(file.read_bytes().split(b"\n"))
    except BrokenError as broken:
        raise CommandError(f"BROKEN at anchor {broken}", returncode=1) from None
    except (OSError, ValueError) as error:
        raise CommandError(f"The anchors or keys cannot be read: {type(error).__name__}") from None
    return anchors
