"""Where anchors are kept outside the database: a folder of append-only files, and a bucket under Object Lock."""

import fcntl
import json
import os
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from compliance.verifier.anchors import Anchors
from compliance.verifier.entries import BrokenError
from helpdesk.core import ed25519, s3

#: What a listing of a bucket gives at once.
LISTED: Final = 1000
PREFIX: Final = "anchors/"
_EXISTS: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})


class PlaceError(Exception):
    """The place does not take an anchor, or does not say what it has."""


class Folder:
    """A folder with a file for each day (UTC), each line of it an anchor. Files are only ever added to."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def files(self) -> list[Path]:
        """Return the files, oldest first."""
        return sorted(self.path.glob("anchors-????-??-??.jsonl"))

    def state(self) -> Anchors:
        """Return what the newest file says that says anything: a crash may have torn the first line of a day.

        Raises:
            BrokenError: It was tampered with.
            OSError: It cannot be read.
        """
        for file in reversed(self.files()):
            anchors = Anchors(verify=ed25519.is_signed).read(_lines(file), may_be_torn=True)
            if anchors.number:
                return anchors
        return Anchors(verify=ed25519.is_signed)

    def state_since(self, day: date) -> Anchors:
        """Return what the first file from a day on says; nothing where there is none.

        Raises:
            BrokenError: It was tampered with.
            OSError: It cannot be read.
        """
        later = [file for file in self.files() if file.name >= self._file(day).name]
        return Anchors(verify=ed25519.is_signed).read(_lines(later[0]) if later else (), may_be_torn=True)

    def is_begun(self, day: date) -> bool:
        """Whether the day's file has an anchor, which holds all heads."""
        file = self._file(day)
        return file.exists() and _first(file) > 0

    def append(self, day: date, line: bytes) -> None:
        """Add a line and see it on the disk.

        Raises:
            OSError: The folder is away, full or not ours to write; of what was written, a line begun is passed over.
        """
        self.path.mkdir(mode=0o750, parents=True, exist_ok=True)
        file = self._file(day)
        is_new = not file.exists()
        descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            size = os.fstat(descriptor).st_size
            # What a crash has left of a line stays, in a line of its own.
            is_torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            rest = memoryview(b"\n" * is_torn + line + b"\n")
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            _sync(self.path)

    def after(self, number: int) -> Iterator[tuple[int, bytes]]:
        """Yield the anchors beyond a number, in order: number and line."""
        files = self.files()
        while len(files) > 1 and _first(files[1]) <= number + 1:
            del files[0]
        for file in files:
            for line in filter(None, _lines(file)):
                found = _number_in(line)
                if found > number:
                    yield found, line

    def _file(self, day: date) -> Path:
        return self.path / f"anchors-{day.isoformat()}.jsonl"


class Bucket:
    """A bucket of S3 with Object Lock: what is put there can be neither changed nor deleted before its time, by anyone.

    PCI DSS v4.0.1, 10.3.4 and 10.5.1; retention in compliance mode.
    """

    def __init__(self, name: str, client: Any, *, keep: timedelta) -> None:
        self.name, self.client, self.keep = name, client, keep

    @classmethod
    def connect(cls) -> "Bucket | None":
        """Return the bucket that settings name, if they name one; credentials come the usual way of boto3.

        Raises:
            PlaceError: boto3 is not installed.
        """
        if not settings.AUDIT_ANCHOR_BUCKET:
            return None
        try:
            client = s3.client(settings.AUDIT_ANCHOR_ENDPOINT)
        except s3.BucketError as error:
            raise PlaceError(str(error)) from None
        return cls(settings.AUDIT_ANCHOR_BUCKET, client, keep=timedelta(days=settings.AUDIT_ANCHOR_KEEP_DAYS))

    def newest(self, upto: int) -> int:
        """Return the number of the newest anchor it has, of those up to a number; 0 if it has none.

        Raises:
            PlaceError: It does not say.
        """
        for after in dict.fromkeys((max(0, upto - LISTED), 0)):
            last, keys = "", self._listed(_key(after))
            while keys:
                last, keys = keys[-1], self._listed(keys[-1]) if len(keys) == LISTED else []
            if last:
                return _number(last)
        return 0

    def put(self, number: int, line: bytes, *, now: datetime) -> None:
        """Keep an anchor. One that is there already must be the same.

        Raises:
            PlaceError: It does not take it, or has another one of this number.
        """
        try:
            self._ask(
                "put_object", Key=_key(number), Body=line, ContentType="application/json", ChecksumAlgorithm="SHA256",
                IfNoneMatch="*", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=now + self.keep,
            )  # fmt: skip
        except PlaceError as refused:
            if str(refused) not in _EXISTS:
                raise
            if self.get(number) != line:
                raise PlaceError("another anchor has this number") from None

    def get(self, number: int) -> bytes:
        """Return an anchor that it has.

        Raises:
            PlaceError: It does not give it.
        """
        given: bytes = self._ask("get_object", Key=_key(number))
        return given

    def _listed(self, after: str) -> list[str]:
        answer = self._ask("list_objects_v2", Prefix=PREFIX, StartAfter=after, MaxKeys=LISTED)
        return [str(one["Key"]) for one in answer.get("Contents", [])]

    def _ask(self, operation: str, **arguments: Any) -> Any:
        """Ask S3, and return its answer; of an object, what is in it."""
        try:
            with s3.told_by_name():
                answer = getattr(self.client, operation)(Bucket=self.name, **arguments)
                return bytes(answer["Body"].read()) if operation == "get_object" else answer
        except s3.BucketError as error:
            raise PlaceError(str(error)) from None


def _key(number: int) -> str:
    return f"{PREFIX}{number:012}.json"


def _number(key: str) -> int:
    digits = key.removeprefix(PREFIX).removesuffix(".json")
    return int(digits) if digits.isdecimal() else 0


def _first(file: Path) -> int:
    with file.open("rb") as lines:
        return next(filter(None, map(_number_in, lines)), 0)


def _number_in(line: bytes) -> int:
    """Return an anchor's number; 0 for a line that was torn."""
    try:
        return int(json.loads(line)["number"])
    except (ValueError, KeyError, TypeError):
        return 0


def _lines(file: Path) -> list[bytes]:
    try:
        return file.read_bytes().split(b"\n")
    except FileNotFoundError:
        raise BrokenError(0, "a file of anchors is gone") from None


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
