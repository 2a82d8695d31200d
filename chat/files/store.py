"""Where sealed files lie: a `Store`, on a disk or in a bucket of S3. What it holds, only a file's own key opens.

A file is named by its organisation and a random id; nothing of a person or of the file is in that.
"""

import base64
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import UUID

from django.conf import settings

from helpdesk.core import s3

PREFIX: Final = "files/"
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


class BucketStore:
    """Files in a bucket of S3, or of what speaks as it does: an object each, put whole and with its checksum.

    `former`: where files lie that came before there was the bucket. They are found there, and let go of there.
    """

    def __init__(self, name: str, client: Any, former: Store) -> None:
        self.name, self.client, self.former = name, client, former

    def put(self, tenant_id: UUID, name: UUID, pieces: Iterable[bytes]) -> None:
        content = b"".join(pieces)
        checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
        try:
            self._ask(
                "put_object", tenant_id, name, Body=content, ChecksumSHA256=checksum,
                ContentType="application/octet-stream",
            )  # fmt: skip
        except s3.BucketError as error:
            # It may have arrived all the same, and nobody would ever look for it.
            with suppress(s3.BucketError):
                self._delete(tenant_id, name)
            raise StoreAwayError(str(error)) from None

    def get(self, tenant_id: UUID, name: UUID) -> Iterator[bytes]:
        try:
            body = self._ask("get_object", tenant_id, name)["Body"]
            with s3.told_by_name():
                content = body.read()
        except s3.BucketError as error:
            if str(error) != "NoSuchKey":
                raise StoreAwayError(str(error)) from None
            yield from self.former.get(tenant_id, name)
        else:
            yield content

    def delete(self, tenant_id: UUID, name: UUID) -> None:
        self.former.delete(tenant_id, name)
        try:
            self._delete(tenant_id, name)
        except s3.BucketError as error:
            raise StoreAwayError(str(error)) from None

    def _delete(self, tenant_id: UUID, name: UUID) -> None:
        """Let an object go, and every version of it: in a bucket with versions it is only hidden otherwise."""
        if "VersionId" not in self._ask("delete_object", tenant_id, name):
            return
        with s3.told_by_name():
            found = self.client.list_object_versions(Bucket=self.name, Prefix=_key(tenant_id, name))
        for version in (*found.get("Versions", ()), *found.get("DeleteMarkers", ())):
            self._ask("delete_object", tenant_id, name, VersionId=version["VersionId"])

    def _ask(self, operation: str, tenant_id: UUID, name: UUID, **more: Any) -> Any:
        with s3.told_by_name():
            return getattr(self.client, operation)(Bucket=self.name, Key=_key(tenant_id, name), **more)


def bucket() -> BucketStore | None:
    """Return the bucket that settings name, if they name one.

    Raises:
        StoreAwayError: What it takes to speak with it is not installed.
    """
    if not settings.FILES_BUCKET:
        return None
    try:
        client = s3.client(settings.FILES_BUCKET_ENDPOINT)
    except s3.BucketError as error:
        raise StoreAwayError(str(error)) from None
    return BucketStore(settings.FILES_BUCKET, client, _disk())


def store() -> Store:
    """Return the store that this service keeps files in.

    Raises:
        StoreAwayError: As `bucket`.
    """
    return bucket() or _disk()


def _disk() -> DiskStore:
    return DiskStore(Path(settings.FILES_DIR))


def _key(tenant_id: UUID, name: UUID) -> str:
    return f"{PREFIX}{tenant_id.hex}/{name.hex}"
