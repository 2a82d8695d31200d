"""The tenant scope: which organisation's rows this piece of work may see.

`tenant_scope()` opens a transaction and sets `app.tenant` inside it only (`set_config(…, true)`), where the
row-security floor of every tenant table reads it. Behind a transaction pooler the session form of the setting
would follow the connection to the next tenant.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from psycopg.sql import quote

from tenants.signed_context import signed

if TYPE_CHECKING:
    from tenants.models import Tenant

SETTING: Final = "app.tenant"

Row = TypeVar("Row", bound=models.Model)

_current: ContextVar[UUID | None] = ContextVar("tenant", default=None)


class ScopeError(Exception):
    """Tenant data was asked for outside a tenant scope, or inside that of another tenant."""


def current_tenant_id() -> UUID:
    """Return the tenant in scope.

    Raises:
        ScopeError: No scope is open.
    """
    if (tenant_id := _current.get()) is None:
        raise ScopeError("no tenant scope is open")
    return tenant_id


def set_local_tenant(tenant_id: UUID | None, *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Set `app.tenant` until the end of the present transaction on one connection; signed where there is a key."""
    value = "" if tenant_id is None else setting_of(tenant_id)
    connection: Any = connections[using]
    connection.command(f"SELECT set_config('{SETTING}', {quote(value)}, true)")


def setting_of(tenant_id: UUID) -> str:
    """Return what `app.tenant` is set to; signed where there is a key."""
    return signed(tenant_id, settings.TENANT_CONTEXT_KEY) if settings.TENANT_CONTEXT_KEY else str(tenant_id)


@contextmanager
def tenant_scope(tenant: "Tenant | UUID") -> Iterator[UUID]:
    """Run a block in one transaction that sees one tenant's rows.

    Scopes of the same tenant nest; the setting that was there before is put back, because
    `set_config(…, true)` survives the release of a savepoint.

    Raises:
        ScopeError: The scope of another tenant is already open.
    """
    tenant_id = tenant if isinstance(tenant, UUID) else tenant.id
    outer = _current.get()
    if outer not in (None, tenant_id):
        raise ScopeError("the scope of another tenant is open")
    nested = connections[DEFAULT_DB_ALIAS].in_atomic_block
    with transaction.atomic():
        if outer is None:
            set_local_tenant(tenant_id)
        token = _current.set(tenant_id)
        try:
            yield tenant_id
        finally:
            _current.reset(token)
        # Left by an exception, the rollback restores the setting; left normally, we do.
        if outer is None and nested:
            set_local_tenant(None)


class TenantManager(models.Manager[Row]):
    """The first fence: a query without a scope raises when it is made, not when it is run."""

    # The last one made, to be copied: a copy costs a small part of adding the filter. Never run itself.
    _scoped: tuple[UUID, str | None, models.QuerySet[Row]] | None = None

    def get_queryset(self) -> models.QuerySet[Row]:
        tenant_id, known = current_tenant_id(), self._scoped
        hinted = bool(vars(self).get("_hints"))
        if known is None or known[0] != tenant_id or known[1] != self._db or hinted:
            fresh = super().get_queryset().filter(tenant_id=tenant_id)
            if hinted:
                return fresh
            self._scoped = known = (tenant_id, self._db, fresh)
        return known[2].all()
