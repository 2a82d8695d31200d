"""What a lever is told (`tests.support.lever`): a file that says it, read anew once it has changed.

Apart from the service with the lever on it, which whoever pulls has no need to load.
"""

import contextlib
import json
import os
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(os.environ.get("LEVER", "/nonexistent/lever"))
_read: dict[str, Any] = {"at": -1.0, "says": {}}


def says(what: str) -> list[str]:
    """What the file says now, of one kind."""
    try:
        at = FILE.stat().st_mtime_ns
    except FileNotFoundError:
        return []
    if at != _read["at"]:
        with contextlib.suppress(ValueError):
            _read.update(at=at, says=json.loads(FILE.read_text()))
    found: list[str] = _read["says"].get(what, [])
    return found


def pull(path: Path, **what: list[str]) -> None:
    """Write the file, whole at once."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(what))
    draft.rename(path)
