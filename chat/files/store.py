"""Where sealed files lie: `Store`, and the one on this machine's disk. What it holds, only a file's own key opens.

A file is named by its organisation and a random id; nothing of a person or of the file is in that.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from django.conf import settings

READ_BYTES: Final = 256 * 1024


class StoreAwayError(Exception):
    """The store does not answer, or is full: the same may succeed in a moment."""


class FileMissingError(Exception):
    """There is no such file in the store."""


class Store(Protocol):
    """Keeps sealed files."""

    def put(self, tenant_id: UUID, name: UUID, pieces: Iterable[bytes]) -> None:
        """Keep a file, whole or not at all.

        Raises:
            StoreAwayError: It was not kept.
        """

    def get(self, tenant_id: UUID, name: UUID) -> Iterator[bytes]:
        """Yield a file in pieces.

        Raises:
            FileMissingError: There is none.
            StoreAwayError: It can't be read just now.
        """

    def delete(self, tenant_id: UUID, name: UUID) -> None:
        """Let a file go; one that is gone already is no error.

        Raises:
            StoreAwayError: It may still be there.
        """


class DiskStore:
    """Files in a directory, one for each organisation."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, tenant_id: UUID, name: UUID, pieces: Iterable[bytes]) -> None:
        path = self._path(tenant_id, name)
        unfinished = path.with_suffix(".new")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                with unfinished.open("wb") as file:
                    for piece in pieces:
                        file.write(piece)
                    file.flush()
                    os.fsync(file.fileno())
                unfinished.replace(path)
            finally:
                unfinished.unlink(missing_ok=True)
        except OSError as error:
            raise StoreAwayError(type(error).__name__) from None

    def get(self, tenant_id: UUID, name: UUID) -> Iterator[bytes]:
        try:
            with self._path(tenant_id, name).open("rb") as file:
                while piece := file.read(READ_BYTES):
                    yield piece
        except FileNotFoundError:
            raise FileMissingError from None
        except OSError as error:
            raise StoreAwayError(type(error).__name__) from None

    def delete(self, tenant_id: UUID, name: UUID) -> None:
        try:
            self._path(tenant_id, name).unlink(missing_ok=True)
        except OSError as error:
            raise StoreAwayError(type(error).__name__) from None

    def _path(self, tenant_id: UUID, name: UUID) -> Path:
        return self.root / tenant_id.hex / name.hex


def store() -> Store:
    """Return the store that this service keeps files in."""
    return DiskStore(Path(settings.FILES_DIR))
