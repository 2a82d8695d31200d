"""Find what was missed or fails: an incident of the organisation, an alarm and a mail to operators. Once until over."""

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from compliance import audit, audit_events
from compliance.breach.raising import raise_incident
from compliance.controls import noting
from compliance.controls.table import CONTROLS, OF_SERVICE, OF_TENANTS, TOLD, TOLD_AFTER, Control
from compliance.models import ControlRun, IncidentCause, ServiceControl
from tenants import mail
from tenants.mail import Mail, MailNotSentError
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope

logger = logging.getLogger(__name__)
Row = ControlRun | ServiceControl


def worked_at(row: Row) -> datetime:
    """Return from when the time of a control runs: since it last worked, or since it is expected."""
    return row.since if row.last_ok_at is None else max(row.since, row.last_ok_at)


def is_missed(row: Row, control: Control, now: datetime) -> bool:
    """Whether its time is over."""
    return control.limit is not None and now - worked_at(row) > control.limit


def is_bad(row: Row, control: Control, now: datetime) -> bool:
    """Whether it was missed, or fails."""
    return row.failures >= control.failures or is_missed(row, control, now)


def look(tenant: Tenant, *, now: datetime) -> list[str]:
    """Look at an organisation's controls, and at those of the service that it hears of; return what is raised anew."""
    raised = []
    with tenant_scope(tenant):
        _expect(tenant, now)
        for row in ControlRun.objects.select_for_update().order_by("control"):
            control = CONTROLS.get(row.control)
            if control is None:
                continue
            cause = IncidentCause.TRAIL if control.of_service else IncidentCause.CONTROL
            bad = _is_told(control, now) if control.of_service else is_bad(row, control, now)
            if bad and row.alarmed_at is None:
                _raise(tenant, row, control, cause, now)
                raised.append(control.key)
            elif not bad and row.alarmed_at is not None:
                row.alarmed_at = row.told_at = None
                row.save(update_fields=["alarmed_at", "told_at"])
                noting.over(row, control, now)
    return raised


def _expect(tenant: Tenant, now: datetime) -> None:
    wanted = [*OF_TENANTS, *TOLD]
    rows = [ControlRun(tenant_id=tenant.id, control=one.key, since=now) for one in wanted]
    ControlRun.objects.bulk_create(rows, ignore_conflicts=True)


def _is_told(control: Control, now: datetime) -> bool:
    row = ServiceControl.objects.filter(control=control.key).first()
    return row is not None and is_bad(row, control, now) and now - worked_at(row) > TOLD_AFTER


def _raise(tenant: Tenant, row: ControlRun, control: Control, cause: IncidentCause, now: datetime) -> None:
    raise_incident(tenant.id, cause, about=control.key, now=now)
    row.alarmed_at = now
    # Of a control of the service operators hear by its own row.
    row.told_at = now if control.of_service else None
    row.save(update_fields=["alarmed_at", "told_at"])
    logger.error("a control is missed or fails", extra={"control": control.key, "organisation": str(tenant.id)})


def look_at_service(*, now: datetime) -> list[str]:
    """Look at the controls that run for all; return what is raised anew."""
    raised = []
    with transaction.atomic():
        timed = [ServiceControl(control=one.key, since=now) for one in OF_SERVICE if one.limit is not None]
        ServiceControl.objects.bulk_create(timed, ignore_conflicts=True)
        for row in ServiceControl.objects.select_for_update().filter(alarmed_at=None).order_by("control"):
            control = CONTROLS.get(row.control)
            if control is None or not is_bad(row, control, now):
                continue
            row.alarmed_at = now
            row.save(update_fields=["alarmed_at"])
            audit.record_of_operators(None, audit_events.CONTROL_ALARM, row, at=now, control=row.control, why=row.why)
            logger.error("a control is missed or fails", extra={"control": row.control, "reason": row.why})
            raised.append(row.control)
    return raised


def tell_operators(*, now: datetime, tenant: Tenant | None = None) -> int:
    """Mail operators what they were not told of; return of how many controls. What fails is tried again."""
    if tenant is None:
        with transaction.atomic():
            return sum(_tell(row, None, now) for row in _untold(ServiceControl))
    with tenant_scope(tenant):
        return sum(_tell(row, tenant, now) for row in _untold(ControlRun))


def _untold(model: type[ControlRun] | type[ServiceControl]) -> list[Row]:
    rows = model.objects.select_for_update(skip_locked=True).filter(told_at=None).exclude(alarmed_at=None)
    return list(rows.order_by("control"))


def _tell(row: Row, tenant: Tenant | None, now: datetime) -> bool:
    page = reverse("admin:compliance_servicecontrol_changelist")
    where = "the service, for all organisations"
    if tenant is not None:
        page = f"{reverse('admin:compliance_controlrun_changelist')}?organisation={tenant.slug}"
        where = tenant.name
    sent = 0
    for operator in User.objects.filter(is_operator=True, is_active=True).order_by("id"):
        try:
            mail.send(
                Mail.CONTROL, operator.email, control=CONTROLS[row.control].title, organisation=where,
                link=f"{settings.SITE_URL}{page}",
            )  # fmt: skip
        except MailNotSentError:
            continue
        sent += 1
    if sent:
        row.told_at = now
        row.save(update_fields=["told_at"])
    return bool(sent)
