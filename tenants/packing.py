"""Write parameters in PostgreSQL's binary form, by the type that the statement itself gives them: `%(ids)s::uuid[]`.

psycopg looks at every value to find out what it is, which for the ten arrays of a batch takes longer than writing
them. What is not written here is left to it. (PostgreSQL's `array_send`, `uuid_send`, `timestamptz_send`.)
"""

import re
import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_CAST: Final = re.compile(r"%\((\w+)\)s::(\w+)\[\]")
_HEAD: Final = struct.Struct("!iiIii")
_EMPTY: Final = struct.Struct("!iiI")
_SIZE: Final = struct.Struct("!i")
_INT: Final = struct.Struct("!ii")
_LONG: Final = struct.Struct("!iq")
_UUID_SIZE: Final = _SIZE.pack(16)


def _uuids(values: Sequence[UUID]) -> bytes:
    return b"".join([_UUID_SIZE + value.bytes for value in values])


def _texts(values: Sequence[str]) -> bytes:
    return _sized([value.encode() for value in values])


def _sized(values: Sequence[bytes]) -> bytes:
    return b"".join([_SIZE.pack(len(value)) + value for value in values])


def _ints(values: Sequence[int]) -> bytes:
    return b"".join([_INT.pack(4, value) for value in values])


def _instants(values: Sequence[datetime]) -> bytes:
    return b"".join([_LONG.pack(8, (value - _EPOCH) // _MICROSECOND) for value in values])


# Of each type: its own number, that of its array (pg_type.dat), and how elements are written.
_ARRAYS: Final[Mapping[str, tuple[int, int, Callable[[Any], bytes]]]] = {
    "uuid": (2950, 2951, _uuids),
    "text": (25, 1009, _texts),
    "bytea": (17, 1001, _sized),
    "int": (23, 1007, _ints),
    "timestamptz": (1184, 1185, _instants),
}


def arrays_in(sql: str) -> dict[str, str]:
    """Return which named parameters of a statement are arrays that `packed` can write, and of what."""
    return {name: kind for name, kind in _CAST.findall(sql) if kind in _ARRAYS}


def array_type(kind: str) -> int:
    """Return the number of the type of arrays of `kind`."""
    return _ARRAYS[kind][1]


def packed(kind: str, values: Sequence[Any]) -> bytes:
    """Return an array without nulls, of one dimension that begins at 1.

    Raises:
        AttributeError, TypeError, struct.error: A value is of another kind.
    """
    element, _, write = _ARRAYS[kind]
    if not values:
        return _EMPTY.pack(0, 0, element)
    return _HEAD.pack(1, 0, element, len(values), 1) + write(values)
