"""Write the archive of a pack, file by file, as `compliance.verifier.packs` reads it."""

import zlib
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, BinaryIO, Final

from compliance.evidence.period import EvidenceError
from compliance.models import PackFault
from compliance.verifier.packs import Member, directory, header

#: What a ZIP of the old form can say of a place.
MOST: Final = 2**32 - 2**20


class PackWriter:
    """An archive that grows at the end of a file that can be gone back in."""

    def __init__(self, out: BinaryIO) -> None:
        self.out, self.members = out, list[Member]()
        self.files = list[dict[str, Any]]()

    def add(self, name: str, pieces: Iterable[bytes]) -> str:
        """Add a file, in pieces; return its SHA-256. What stands before it is written when its size is known.

        Raises:
            EvidenceError: The archive would be larger than its form allows.
        """
        offset = self.out.tell()
        self.out.write(header(Member(name, 0, 0, offset)))
        crc = size = 0
        found = sha256()
        for piece in pieces:
            self.out.write(piece)
            found.update(piece)
            crc, size = zlib.crc32(piece, crc), size + len(piece)
            if offset + size > MOST:
                raise EvidenceError(PackFault.TOO_LARGE)
        end = self.out.tell()
        self.members.append(member := Member(name, crc, size, offset))
        self.out.seek(offset)
        self.out.write(header(member))
        self.out.seek(end)
        self.files.append({"name": name, "bytes": size, "sha256": found.hexdigest()})
        return found.hexdigest()

    def close(self) -> None:
        """Add what stands behind all files."""
        self.out.write(directory(self.members))
