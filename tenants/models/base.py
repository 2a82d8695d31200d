"""Bases of every model that belongs to a tenant."""

from typing import Any

from django.db import models

from helpdesk.core.models import UuidModel
from tenants.scoping import TenantManager


class TenantModel(UuidModel):
    """A row of one organisation. Fenced by `tenants.rls.protect()` in a migration."""

    # No index of its own: the unique (tenant, id) of `protect()` begins with it.
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False)

    objects = TenantManager()

    class Meta:
        abstract = True
        # Django's own look-ups (a foreign key followed, a row saved) pass the fence too.
        base_manager_name = "objects"


class TenantForeignKey(models.ForeignKey[Any, Any]):
    """A reference inside one organisation.

    Its constraint is the composite one made by `tenants.rls.protect()`, so Django makes none.
    """

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)
