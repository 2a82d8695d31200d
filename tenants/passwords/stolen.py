"""Passwords that were stolen elsewhere, as a Bloom filter: it knows each of them and names none.

`stolen.bloom` is made by `manage.py build_stolen_passwords`; docs/sign-in.md says from what, and how often an
innocent password is taken for a stolen one. Nothing leaves the process to find out (ASVS 5.0, 6.2.4 and 6.2.12).
"""

import hashlib
import re
import struct
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final, Self

from tenants.passwords.folding import folded

FILE: Final = Path(__file__).with_name("stolen.bloom")
HEADER: Final = struct.Struct(">4sBxxxQQ")  # magic, probes, bits, entries
MAGIC: Final = b"HDB1"
# What is put around a stolen word, such as a year or a row of signs, is the first thing that is tried with it.
MOST_AROUND: Final = 6
SHORTEST_CORE: Final = 4
_AROUND: Final = re.compile(r"^[^a-z]+|[^a-z]+$")


class Bloom:
    """A set that may take a stranger for a member, never a member for a stranger."""

    def __init__(self, bits: int, probes: int, entries: int, data: bytes | bytearray) -> None:
        self.bits, self.probes, self.entries, self.data = bits, probes, entries, data

    @classmethod
    def of(cls, members: Iterable[str], *, count: int, bits_each: float, probes: int) -> Self:
        """Make a filter of members, of so many bits for each."""
        bits = int(count * bits_each) // 8 * 8 + 8
        data = bytearray(bits // 8)
        made = cls(bits, probes, count, data)
        for member in members:
            for place in made._places(member):
                data[place >> 3] |= 1 << (place & 7)
        return made

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a filter from its file.

        Raises:
            ValueError: It is none, or a part is missing.
        """
        data = path.read_bytes()
        magic, probes, bits, entries = HEADER.unpack_from(data)
        if magic != MAGIC or len(data) != HEADER.size + bits // 8:
            raise ValueError(f"{path.name} is damaged")
        return cls(bits, probes, entries, data[HEADER.size :])

    def write(self, path: Path) -> None:
        path.write_bytes(HEADER.pack(MAGIC, self.probes, self.bits, self.entries) + bytes(self.data))

    def __contains__(self, text: str) -> bool:
        return all(self.data[place >> 3] >> (place & 7) & 1 for place in self._places(text))

    def _places(self, text: str) -> Iterator[int]:
        # Two hashes make as many as needed (Kirsch and Mitzenmacher, 2006). No secret is kept by this one.
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        first, second = struct.unpack(">QQ", digest)
        return ((first + number * (second | 1)) % self.bits for number in range(self.probes))


@cache
def known() -> Bloom:
    """Return the filter that ships with the product; read once a process."""
    return Bloom.read(FILE)


def is_stolen(password: str) -> bool:
    """Whether a password is among the stolen ones, or is a common one with a little around it."""
    small = password.lower()
    return small in known() or ((core := core_of(small)) is not None and as_core(core) in known())


def core_of(small: str) -> str | None:
    """Return what is left of a password without the digits and signs around it, if those are few; else None."""
    inner = _AROUND.sub("", small)
    return folded(inner) if len(inner) >= SHORTEST_CORE and len(small) - len(inner) <= MOST_AROUND else None


def as_core(core: str) -> str:
    """Return a common password as the filter holds it in its role of a core."""
    return f"\0{core}"
