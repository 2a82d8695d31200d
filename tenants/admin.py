"""Operators' pages of one organisation's people and keys. Keys are shown as fingerprints, never as they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from helpdesk.core import clock
from tenants.admin_scope import OfOneOrganisation
from tenants.keyring.models import TenantKey
from tenants.keyring.scope import keys_scope
from tenants.models import AllowedOrigin, Membership


@admin.register(Membership)
class MembershipAdmin(OfOneOrganisation[Membership]):
    """Who belongs to the organisation, and as what."""

    list_display = ("user", "role", "is_active", "created_at")
    withheld = ("user__password",)
    list_select_related = ("user",)
    ordering = ("created_at", "id")
    fields = ("tenant", "user", "role", "is_active", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user", "tenant")


@admin.register(AllowedOrigin)
class AllowedOriginAdmin(OfOneOrganisation[AllowedOrigin]):
    """The sites on which the organisation's widget may run."""

    list_display = ("origin", "created_at")
    ordering = ("origin",)
    fields = ("tenant", "origin", "created_at")


@admin.register(TenantKey)
class TenantKeyAdmin(OfOneOrganisation[TenantKey]):
    """The organisation's keys: what for, which version, how old, whose wrapping. They live in their own database."""

    list_display = ("purpose", "version", "fingerprint", "age", "provider", "state", "created_at")
    ordering = ("purpose", "-version")
    withheld = ("wrapped", "check_value")
    readonly_fields = ("age",)
    fields = ("purpose", "version", "fingerprint", "age", "provider", "state", "created_at")

    @contextmanager
    def scope(self, tenant_id: UUID) -> Iterator[None]:
        with keys_scope(tenant_id):
            yield

    @admin.display(description="age")
    def age(self, key: TenantKey) -> str:
        """Whole days; PCI DSS 3.7.4 asks for a cryptoperiod."""
        days = (clock.now() - key.created_at) // timedelta(days=1)
        return f"{days} day{'' if days == 1 else 's'}"
