"""`manage.py build_stolen_passwords --ranked FILE --long FILE`: make the filter of stolen passwords anew."""

import json
import secrets
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandParser

from tenants.passwords.rules import Rules, unmet
from tenants.passwords.stolen import FILE, Bloom, as_core, core_of

# 14.4 bits and 10 probes for each: one innocent password in a thousand is taken for a stolen one.
BITS_EACH: Final = 14.4
PROBES: Final = 10
COMMONEST: Final = 50_000
# The least an organisation may ask for, and what is asked for where it says nothing.
SHORTEST: Final = 10
USUAL: Final = 12
STRANGERS: Final = 200_000


class Command(BaseCommand):
    help = "Make tenants/passwords/stolen.bloom from lists of stolen passwords; docs/sign-in.md names them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--ranked", type=Path, required=True, help="a list, the commonest first: .txt, .tgz or .whl"
        )
        parser.add_argument("--long", type=Path, required=True, help="a list of long ones, in any order")
        parser.add_argument("--out", type=Path, default=FILE)

    def handle(self, *args: Any, **options: Any) -> None:
        ranked = [line.lower() for line in lines_of(options["ranked"])]
        cores = {core for line in ranked[:COMMONEST] if (core := core_of(line)) is not None}
        members = {line for line in ranked if len(line) >= SHORTEST and _is_worth_it(line, cores)}
        members.update(
            line for each in lines_of(options["long"])
            if len(line := each.lower()) >= USUAL and _is_worth_it(line, cores)
        )  # fmt: skip
        members.update(as_core(core) for core in cores)
        made = Bloom.of(members, count=len(members), bits_each=BITS_EACH, probes=PROBES)
        made.write(options["out"])
        wrong = sum(secrets.token_urlsafe(15) in made for _ in range(STRANGERS))
        told = {
            "entries": len(members), "cores": len(cores), "bytes": options["out"].stat().st_size,
            "false_positive_rate": wrong / STRANGERS, "strangers": STRANGERS,
        }  # fmt: skip
        self.stdout.write(json.dumps(told))


def lines_of(path: Path) -> Iterator[str]:
    """Yield the lines of a text, or of every text inside an archive by the order of their names."""
    for text in _texts_of(path):
        for line in text.decode("utf-8", "ignore").splitlines():
            if line:
                yield line


def _texts_of(path: Path) -> Iterator[bytes]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if _is_list(name):
                    yield archive.read(name)
    elif tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            for member in sorted(archive.getmembers(), key=lambda each: each.name):
                if _is_list(member.name) and (held := archive.extractfile(member)) is not None:
                    yield held.read()
    else:
        yield path.read_bytes()


def _is_list(name: str) -> bool:
    return name.endswith(".txt") and "dist-info" not in name and "LICENSE" not in name.upper()


def _is_worth_it(line: str, cores: set[str]) -> bool:
    """Whether nothing else would refuse it: what is refused anyway needs no place in the filter."""
    return core_of(line) not in cores and not unmet(line, Rules(length=SHORTEST))
