"""The archive of an evidence pack: a ZIP of one form only, so that no byte of it can be another unseen.

Files are stored, not compressed: what a compressor makes depends on its version. Every instant is the first that the
format knows. Whoever opens it makes its headers anew and compares.
"""

import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Final, NamedTuple, TextIO

#: 1980-01-01, the first day there is.
FIRST_DAY: Final = 33
STORED: Final = 20
#: Made under Unix; a file that its owner may write and everyone read.
MADE_BY: Final = 3 << 8 | STORED
RIGHTS: Final = 0o100644 << 16
PIECE: Final = 1 << 20
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")


class PackError(Exception):
    """It is no pack, or not as it was written. Its words say where."""


class Member(NamedTuple):
    """A file in a pack: where its header begins, and what the header says."""

    name: str
    crc: int
    size: int
    offset: int

    @property
    def start(self) -> int:
        """Where its content begins."""
        return self.offset + _LOCAL.size + len(self.name)


def header(member: Member) -> bytes:
    """Return what stands before a file."""
    name = member.name.encode("ascii")
    fields = (STORED, 0, 0, 0, FIRST_DAY, member.crc, member.size, member.size, len(name), 0)
    return _LOCAL.pack(b"PK\x03\x04", *fields) + name


def directory(members: Sequence[Member]) -> bytes:
    """Return what stands behind all files."""
    listed = b"".join(_listed(member) for member in members)
    end = members[-1].start + members[-1].size if members else 0
    return listed + _END.pack(b"PK\x05\x06", 0, 0, len(members), len(members), len(listed), end, 0)


def _listed(member: Member) -> bytes:
    name = member.name.encode("ascii")
    fields = (MADE_BY, STORED, 0, 0, 0, FIRST_DAY, member.crc, member.size, member.size, len(name))
    return _CENTRAL.pack(b"PK\x01\x02", *fields, 0, 0, 0, 0, RIGHTS, member.offset) + name


class Pack:
    """A pack that is open to be read.

    Raises:
        PackError: Its form is not that of a pack.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        try:
            self.members = {member.name: member for member in self._members()}
        except (struct.error, UnicodeError, ValueError, OSError):
            raise PackError("it is no archive, or its end is damaged") from None
        self._compare(list(self.members.values()))

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield the content of a file.

        Raises:
            PackError: There is no such file, or its check sum is wrong.
        """
        if (member := self.members.get(name)) is None:
            raise PackError(f"{name} is missing")
        found, at = 0, member.start
        while at < member.start + member.size:
            self.file.seek(at)
            piece = self.file.read(min(PIECE, member.start + member.size - at))
            if not piece:
                raise PackError(f"{name} is cut")
            found, at = zlib.crc32(piece, found), at + len(piece)
            yield piece
        if found != member.crc:
            raise PackError(f"{name} was changed")

    def read(self, name: str) -> bytes:
        """Return the content of a small file.

        Raises:
            PackError: There is no such file, or its check sum is wrong.
        """
        return b"".join(self.pieces(name))

    def text(self, name: str) -> TextIO:
        """Return a file of text, to be read line by line."""
        if (member := self.members.get(name)) is None:
            raise PackError(f"{name} is missing")
        return io.TextIOWrapper(io.BufferedReader(_Part(self.file, member)), encoding="utf-8", newline="")

    def _members(self) -> Iterator[Member]:
        size = self.file.seek(0, io.SEEK_END)
        self.file.seek(max(0, size - _END.size))
        _, _, _, _, count, length, start, _ = _END.unpack(self.file.read())
        self.file.seek(start)
        rest = self.file.read(length)
        for _ in range(count):
            fields = _CENTRAL.unpack_from(rest)
            name = rest[_CENTRAL.size : _CENTRAL.size + fields[10]]
            yield Member(name.decode("ascii"), fields[7], fields[8], fields[16])
            rest = rest[_CENTRAL.size + fields[10] :]

    def _compare(self, members: list[Member]) -> None:
        at = 0
        for member in members:
            self.file.seek(at)
            if member.offset != at or self.file.read(member.start - at) != header(member):
                raise PackError(f"the header of {member.name} was changed")
            at = member.start + member.size
        self.file.seek(at)
        if self.file.read() != directory(members):
            raise PackError("its directory was changed")


class _Part(io.RawIOBase):
    """A file of a pack, as if it stood alone."""

    def __init__(self, file: BinaryIO, member: Member) -> None:
        self.file, self.member, self.at = file, member, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.member.size}[whence]
        self.at = max(0, base + offset)
        return self.at

    def tell(self) -> int:
        return self.at

    def readinto(self, buffer: Any) -> int:
        most = min(len(buffer), max(0, self.member.size - self.at))
        self.file.seek(self.member.start + self.at)
        found = self.file.read(most)
        buffer[: len(found)] = found
        self.at += len(found)
        return len(found)
