"""A migrated cluster, kept for the next proof: the same migrations make the same tables, so they are run once.

It lies stopped in `.cache`, named for what it was made from; a proof's own begins as a copy of it.
"""

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Final

from helpdesk.embedded.layout import DataDirectory
from helpdesk.embedded.postgres import copy_cluster, find_installation

ROOT: Final = Path(__file__).resolve().parents[2]
CACHE: Final = ROOT / ".cache"
PREFIX: Final = "migrated-"
#: What a migrated database follows from.
SOURCES: Final = (
    "*/migrations/*.py",
    "*/*/migrations/*.py",
    "helpdesk/roles.sql",
    "tenants/rls.py",
    "tenants/policy_floors.py",
    "requirements.txt",
)


def digest() -> str:
    """Return a short hash of all that makes a migrated database what it is."""
    found = hashlib.sha256()
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            found.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return found.hexdigest()[:12]


def kept() -> Path | None:
    """Return the cluster that was kept of these migrations, if one was."""
    return place() if place().exists() else None


def keep(data: DataDirectory) -> None:
    """Keep a copy of a data directory's cluster, which is migrated and stopped, in place of those kept before."""
    CACHE.mkdir(exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=CACHE, prefix="draft-"))
    try:
        copy_cluster(data.cluster, draft / "cluster")
        for old in CACHE.glob(f"{PREFIX}*"):
            shutil.rmtree(old, ignore_errors=True)
        try:
            (draft / "cluster").rename(place())
        except OSError:
            # Another proof was as far at the same time, and one is enough.
            if not place().exists():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def place() -> Path:
    """Return where the cluster of these migrations is kept: it opens only with the PostgreSQL that made it."""
    return CACHE / f"{PREFIX}{digest()}-{find_installation().major}"
