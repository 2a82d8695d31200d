"""Directories for servers that tests start."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def reachable_directory() -> Iterator[Path]:
    """A directory that PostgreSQL can reach, which as root runs as nobody; gone at the end.

    Not one of pytest's own: each run of pytest closes those of all runs to others again.
    """
    folder = Path(tempfile.mkdtemp(prefix="hushdesk-test-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
