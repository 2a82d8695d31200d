"""A backup: an archive of pg_dump for each of the two databases, made here or given."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from compliance.drill import programs
from compliance.drill.faults import DrillFaultError
from compliance.drill.programs import ProgramError
from compliance.models import DrillFault

_CREATED: Final = re.compile(rb"^;\s+Archive created at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC$", re.MULTILINE)
_COPY: Final = re.compile(rb'^COPY public\."?(\w+)"? \(')
_END: Final = b"\\.\n"


@dataclass(frozen=True, slots=True)
class Contents:
    """When an archive was begun, and how many rows of each table it holds."""

    made_at: datetime
    rows: Counter[str]


def make(program: Path, url: str, into: Path) -> None:
    """Write an archive of a database. Row security must not bind the role: pg_dump refuses to leave rows out.

    Raises:
        DrillFaultError: It was not written.
    """
    try:
        programs.run(program, "--format=custom", "--file", into, url=url)
    except ProgramError as error:
        raise DrillFaultError(DrillFault.UNREADABLE, f"the backup could not be made; {error}") from None


def look_into(program: Path, archive: Path) -> Contents:
    """Read an archive from its beginning to its end, past any server.

    Raises:
        DrillFaultError: It is no archive, is damaged, or not one of pg_dump's custom format.
    """
    try:
        with programs.output_of(program, "--list", archive) as listed:
            created = _CREATED.search(listed.read())
        with programs.output_of(program, "--data-only", "--file=-", archive) as lines:
            rows = _counted(lines)
    except ProgramError as error:
        raise DrillFaultError(DrillFault.UNREADABLE, f"{archive.name} cannot be read; {error}") from None
    if created is None:
        raise DrillFaultError(DrillFault.UNREADABLE, f"{archive.name} does not say when it was made")
    made_at = datetime.strptime(created[1].decode(), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    return Contents(made_at, rows)


def _counted(lines: Iterable[bytes]) -> Counter[str]:
    """Count the lines of each block of COPY: one line is one row, since a line's end in a value is written as two."""
    rows: Counter[str] = Counter()
    table = ""
    for line in lines:
        if table and line != _END:
            rows[table] += 1
        elif table:
            table = ""
        elif copied := _COPY.match(line):
            table = copied[1].decode()
            rows[table] += 0
    return rows
