"""Mails that a course is due: thirty, seven days and one day before. Run again, it mails nobody twice."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from compliance.training.catalogue import titles
from helpdesk.core import stages
from tenants import mail
from tenants.mail import Mail, MailNotSentError
from tenants.models import Membership, Tenant, TrainingDuty
from tenants.scoping import tenant_scope

#: Days before the due date, the last first.
STAGES: Final = (1, 7, 30)


def stage_of(due_at: datetime, now: datetime) -> int | None:
    """Return which reminder a due date calls for; None where it is far, or over: then the gate says it."""
    return stages.stage_of(due_at, now, STAGES) if due_at > now else None


def remind(tenant: Tenant, *, now: datetime) -> int:
    """Mail whoever has a course due and was not told of it so close to the date. Each member by themselves.

    Returns:
        How many mails were sent. One that could not be sent is sent by the next run.
    """
    with tenant_scope(tenant):
        soon = TrainingDuty.objects.filter(
            is_assigned=True, due_at__gt=now, due_at__lte=now + timedelta(days=max(STAGES)), membership__is_active=True
        )
        waiting = [duty.membership_id for duty in soon.order_by("membership_id") if _is_to_tell(duty, now)]
    return sum(_remind_one(tenant, member_id, now) for member_id in dict.fromkeys(waiting))


def _is_to_tell(duty: TrainingDuty, now: datetime) -> bool:
    stage = stage_of(duty.due_at, now)
    return stage is not None and (duty.reminded_days is None or stage < duty.reminded_days)


def _remind_one(tenant: Tenant, member_id: UUID, now: datetime) -> bool:
    with tenant_scope(tenant):
        locked = TrainingDuty.objects.select_for_update(skip_locked=True)
        duties = locked.filter(membership_id=member_id, is_assigned=True).order_by("due_at")
        told = [duty for duty in duties if _is_to_tell(duty, now)]
        member = Membership.objects.select_related("user").get(id=member_id)
        if not told or not member.user.is_active:
            return False
        called = titles()
        try:
            mail.send(
                Mail.TRAINING,
                member.user.email,
                organisation=tenant.name,
                courses=", ".join(f"“{called.get(duty.course, duty.course)}”" for duty in told),
                due=f"{told[0].due_at:%d %B %Y}".lstrip("0"),
                link=f"{settings.SITE_URL}{reverse('compliance:training', kwargs={'slug': tenant.slug})}",
            )
        except MailNotSentError:
            return False
        for duty in told:
            duty.reminded_days = stage_of(duty.due_at, now)
            duty.save(update_fields=["reminded_days"])
    return True
