"""The scope of the keys database, apart from that of the content database."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final
from uuid import UUID

from django.db import connections, models, transaction

from tenants.scoping import ScopeError, set_local_tenant

ALIAS: Final = "keys"

_current: ContextVar[UUID | None] = ContextVar("keys_tenant", default=None)


@contextmanager
def keys_scope(tenant_id: UUID) -> Iterator[None]:
    """Run a block in one transaction of the keys database that sees one tenant's keys."""
    if _current.get() is not None:
        raise ScopeError("a keys scope is already open")
    nested = connections[ALIAS].in_atomic_block
    with transaction.atomic(using=ALIAS):
        set_local_tenant(tenant_id, using=ALIAS)
        token = _current.set(tenant_id)
        try:
            yield
        finally:
            _current.reset(token)
        # The end of a transaction takes the setting with it, that of a savepoint does not.
        if nested:
            set_local_tenant(None, using=ALIAS)


class KeyManager(models.Manager[Any]):
    """A query for keys without a keys scope raises when it is made."""

    def get_queryset(self) -> models.QuerySet[Any]:
        if (tenant_id := _current.get()) is None:
            raise ScopeError("no keys scope is open")
        return super().get_queryset().filter(tenant_id=tenant_id)
