"""Names outside the database that say whose they are: keys and channels of Valkey, cache entries, files.

What row security is for rows, this is for names: two organisations never share one. Each kind of name has one function
here; the backends of cache and files refuse a name that none of them made (`cache_key`, `QualifiedStorage`). Buckets
of rate limits are keys (`helpdesk.core.ratelimit`); a job's organisation is a header (`tenants.tasks_base`).
"""

import re
from typing import Any, Final
from uuid import UUID

from django.core.files.storage import FileSystemStorage

# Of one part: nothing that separates parts, climbs directories or matches more than itself.
PART: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}")
NOBODY: Final = "all"


class BadNameError(ValueError):
    """A part of a name could be taken for another name; or a name says of no organisation whose it is."""


class Qualified(str):
    """A name made here."""

    __slots__ = ()


def key(kind: str, tenant_id: UUID | None, *parts: object) -> Qualified:
    """Return a key of Valkey; without a tenant, one of what comes before an organisation is known.

    Raises:
        BadNameError: A part holds more than letters, digits, `_`, `-` and `.`.
    """
    return _joined(":", kind, tenant_id, parts)


def channel(kind: str, tenant_id: UUID, *parts: object) -> Qualified:
    """Return a channel of Valkey.

    Raises:
        BadNameError: As `key`.
    """
    return _joined(":", kind, tenant_id, parts)


def every_channel(kind: str) -> Qualified:
    """Return the pattern of one kind's channels of all organisations: for what processes tell processes."""
    return Qualified(f"{_part(kind)}:*")


def tenant_of(name: str) -> UUID:
    """Return the organisation of a key or channel.

    Raises:
        BadNameError: It names none.
    """
    try:
        return UUID(name.split(":")[1])
    except (IndexError, ValueError):
        raise BadNameError("no organisation") from None


def cached(kind: str, tenant_id: UUID | None, *parts: object) -> Qualified:
    """Return the name of an entry of Django's cache.

    Raises:
        BadNameError: As `key`.
    """
    return _joined(":", kind, tenant_id, parts)


def file(kind: str, tenant_id: UUID, *parts: object) -> Qualified:
    """Return the name of a stored file: each organisation has directories of its own.

    Raises:
        BadNameError: As `key`.
    """
    return _joined("/", kind, tenant_id, parts)


def cache_key(name: Any, prefix: str, version: Any) -> str:
    """Return what Django's cache stores an entry by; its KEY_FUNCTION.

    Raises:
        BadNameError: `cached()` did not make the name.
    """
    if not isinstance(name, Qualified):
        raise BadNameError("a cache entry that does not say whose it is")
    return f"{prefix}:{version}:{name}"


class QualifiedStorage(FileSystemStorage):
    """Stores files under names made by `file()` and no others."""

    def save(self, name: Any, content: Any, max_length: int | None = None) -> Any:
        if not isinstance(name, Qualified):
            raise BadNameError("a file that does not say whose it is")
        return super().save(name, content, max_length)


def _joined(separator: str, kind: str, tenant_id: UUID | None, parts: tuple[object, ...]) -> Qualified:
    owner = NOBODY if tenant_id is None else str(UUID(str(tenant_id)))
    return Qualified(separator.join((_part(kind), owner, *map(_part, parts))))


def _part(part: object) -> str:
    text = str(part)
    if not PART.fullmatch(text):
        raise BadNameError("a part of a name")
    return text
