"""Operators' pages of the controls that run by the clock: when each last did its work, and what is amiss."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from compliance.controls.table import CONTROLS
from compliance.controls.watch import Row, is_missed
from compliance.models import ControlRun, ServiceControl
from helpdesk.core import clock
from helpdesk.core.admin import ReadOnlyAdmin
from tenants.admin_scope import OfOneOrganisation
from tenants.tenancy import operator

SHOWN = ("title", "state_now", "last_ok_at", "last_failed_at", "failures", "why", "alarmed_at", "told_at")


def _title(row: Row) -> str:
    return CONTROLS[row.control].title if row.control in CONTROLS else row.control


def _state(row: Row) -> str:
    if row.control in CONTROLS and is_missed(row, CONTROLS[row.control], clock.now()):
        return "missed"
    return "fails" if row.failures else "works" if row.last_ok_at else "expected"


@admin.register(ControlRun)
class ControlRunAdmin(OfOneOrganisation[ControlRun]):
    """Controls that run for one organisation."""

    list_display = SHOWN
    ordering = ("control",)

    @admin.display(description="Control")
    def title(self, row: ControlRun) -> str:
        return _title(row)

    @admin.display(description="Now")
    def state_now(self, row: ControlRun) -> str:
        return _state(row)


@admin.register(ServiceControl)
class ServiceControlAdmin(ReadOnlyAdmin[ServiceControl]):
    """Controls that run for all organisations at once."""

    tenancy = operator()
    list_display = SHOWN
    ordering = ("control",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ServiceControl]:
        return super().get_queryset(request).filter(control__in=CONTROLS)

    @admin.display(description="Control")
    def title(self, row: ServiceControl) -> str:
        return _title(row)

    @admin.display(description="Now")
    def state_now(self, row: ServiceControl) -> str:
        return _state(row)
