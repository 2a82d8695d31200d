"""Where a sealed answer waits: a Valkey of its own that keeps nothing on disk. Put once, taken once, or gone.

A value stays on disk after it was deleted wherever a Valkey keeps a log or snapshots, so this one has neither; it is
not the one that carries messages and counters. Without it nothing is put, and nothing is there to be taken.
"""

from typing import Any, Final
from uuid import UUID

from django.conf import settings

from helpdesk.core import names, valkey

KIND: Final = "form"


class AlreadyThereError(Exception):
    """An answer to that request waits already: it is submitted once."""


def put(tenant_id: UUID, request_id: UUID, sealed: bytes, *, keep_s: int) -> None:
    """Let a sealed answer wait, for so many seconds at most.

    Raises:
        AlreadyThereError: There is one.
        redis.RedisError: Valkey does not answer.
    """
    if not _client().set(_key(tenant_id, request_id), sealed, nx=True, ex=keep_s):
        raise AlreadyThereError


def take(tenant_id: UUID, request_id: UUID) -> bytes | None:
    """Return a sealed answer, which is gone by this; None if there is none. Of many who ask at once, one has it.

    Raises:
        redis.RedisError: Valkey does not answer.
    """
    taken: bytes | None = _client().getdel(_key(tenant_id, request_id))
    return taken


def destroy(tenant_id: UUID, request_id: UUID) -> bool:
    """Destroy an answer unread; return whether there was one.

    Raises:
        redis.RedisError: Valkey does not answer.
    """
    return bool(_client().delete(_key(tenant_id, request_id)))


def is_there(tenant_id: UUID, request_id: UUID) -> bool:
    """Whether an answer waits.

    Raises:
        redis.RedisError: Valkey does not answer.
    """
    return bool(_client().exists(_key(tenant_id, request_id)))


def _client() -> Any:
    return valkey.client(settings.FORMS_REDIS_URL)


def _key(tenant_id: UUID, request_id: UUID) -> str:
    return names.key(KIND, tenant_id, request_id)
