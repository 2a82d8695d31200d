"""Operators' page of restore drills: when each was, whether it held, how long it took."""

from django.contrib import admin

from compliance.models import RestoreDrill
from helpdesk.core.admin import ReadOnlyAdmin
from tenants.tenancy import operator


@admin.register(RestoreDrill)
class RestoreDrillAdmin(ReadOnlyAdmin[RestoreDrill]):
    """Drills of the whole service, newest first. `manage.py restore_drill` writes them, and nobody else may."""

    tenancy = operator()
    list_display = (
        "started_at", "held", "faults", "backup_made_at", "is_own", "restored_ms", "tenants", "rows", "entries",
        "opened", "unreadable",
    )  # fmt: skip
    list_filter = ("held",)
    ordering = ("-started_at",)
