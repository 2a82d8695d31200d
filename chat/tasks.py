"""Recurring jobs of the chat. Beat starts the fan-out; each organisation has a task of its own."""

import logging
from functools import partial
from typing import Final

import redis

from chat import archive_building, letters
from chat.actions import (
    data_archives,
    file_checks,
    form_endings,
    form_forwarding,
    form_payments,
    handover,
    mailed_links,
    proof_endings,
    request_erasing,
)
from chat.actions.file_checks import check_file  # noqa: F401 (declared there; workers know jobs by this module)
from chat.actions.form_forwarding import forward_form
from chat.actions.form_payments import look_up_payment
from chat.actions.request_erasing import erase_for_request  # noqa: F401 (as the former)
from compliance import lost_jobs, request_mail
from helpdesk.core import clock
from tenants import policies
from tenants.models import Tenant, TenantStatus
from tenants.policy_names import VISITOR_LINKS
from tenants.scoping import tenant_scope
from tenants.tasks_base import global_task, tenant_task

#: What there may be to do about data requests.
OF_REQUESTS: Final = (
    request_mail.is_any_due,
    partial(lost_jobs.is_any, request_erasing.forgotten),
    partial(lost_jobs.is_any, archive_building.forgotten),
    data_archives.is_any_expired,
)

logger = logging.getLogger(__name__)

__all__ = ["forward_form", "hand_over_every_tenant", "hand_over_waiting", "look_after_every_tenants_forms",
           "look_after_forms", "look_up_payment"]  # fmt: skip


@tenant_task(name="chat.hand_over_waiting", scope="by_batch")
def hand_over_waiting(tenant: Tenant, **_: object) -> None:
    """Give back to the queue what waits for members who are gone."""
    try:
        handed_over = handover.hand_over_waiting(tenant_id=tenant.id, now=clock.now())
    except redis.RedisError as error:
        # Nobody can be said to be gone; the next run looks again.
        logger.warning("presence unknown", extra={"reason": type(error).__name__})
        return
    if handed_over:
        logger.info("conversations handed over", extra={"count": handed_over})


@global_task(name="chat.hand_over_every_tenant")
def hand_over_every_tenant(**_: object) -> None:
    """Look after the conversations of every active organisation in which somebody waits for a member."""
    for tenant_id in Tenant.objects.filter(status=TenantStatus.ACTIVE).values_list("id", flat=True):
        if handover.somebody_waits(tenant_id):
            hand_over_waiting.for_tenant(tenant_id).delay()


@tenant_task(name="chat.look_after_forms")
def look_after_forms(tenant: Tenant, **_: object) -> None:
    """End the secure forms that have run out, or that nobody may read any more, and the proofs of who visitors are.

    What is to be forwarded and was forgotten is sent on its way again.
    """
    if ended := form_endings.look_after(now=clock.now()):
        logger.info("secure forms ended", extra={"count": ended})
    form_forwarding.send_forgotten(now=clock.now())
    form_payments.look_at_all()
    if ended := proof_endings.look_after(now=clock.now()):
        logger.info("proofs ended", extra={"count": ended})


@global_task(name="chat.look_after_every_tenants_forms")
def look_after_every_tenants_forms(**_: object) -> None:
    """Look after the secure forms and the proofs of every organisation that has one under way."""
    for tenant_id in Tenant.objects.filter(status=TenantStatus.ACTIVE).values_list("id", flat=True):
        if form_endings.is_any_live(tenant_id) or proof_endings.is_any_live(tenant_id):
            look_after_forms.for_tenant(tenant_id).delay()


@tenant_task(name="chat.look_after_files", scope="by_batch")
def look_after_files(tenant: Tenant, **_: object) -> None:
    """Have the files looked at again whose check was lost, or that wait for a scanner."""
    with tenant_scope(tenant):
        due = file_checks.due(now=clock.now())
    for attachment_id in due:
        file_checks.check_attachment(tenant=tenant, attachment_id=attachment_id, now=clock.now())


@global_task(name="chat.look_after_every_tenants_files")
def look_after_every_tenants_files(**_: object) -> None:
    """Look after the files of every organisation that has one under way for too long."""
    for tenant_id in Tenant.objects.filter(status=TenantStatus.ACTIVE).values_list("id", flat=True):
        if lost_jobs.is_any(file_checks.due, tenant_id, now=clock.now()):
            look_after_files.for_tenant(tenant_id).delay()


@tenant_task(name="chat.mail_links", scope="by_batch")
def mail_links(tenant: Tenant, **_: object) -> None:
    """Write to visitors who have gone that there is an answer, and to those who asked where their transcript is."""
    with tenant_scope(tenant):
        lasts = policies.in_force(tenant, VISITOR_LINKS).words
    count = 0
    for one in mailed_links.prepare(tenant, now=clock.now()):
        letters.send_link(one, tenant, lasts=lasts)
        count += 1
    if count:
        logger.info("links mailed", extra={"count": count})


@tenant_task(name="chat.look_after_requests", scope="by_batch")
def look_after_requests(tenant: Tenant, **_: object) -> None:
    """Mail of requests about own data that came in or are due; remove archives whose time is over; do what was lost."""
    now = clock.now()
    if told := request_mail.remind(tenant, now=now):
        logger.info("mailed of data requests", extra={"count": told})
    with tenant_scope(tenant):
        lost = request_erasing.forgotten(now=now)
    for request_id in lost:
        request_erasing.carry_out(tenant=tenant, request_id=request_id, now=now)
    with tenant_scope(tenant):
        gone = data_archives.drop_expired(now=now)
        lost = archive_building.forgotten(now=now)
    if gone:
        logger.info("archives removed", extra={"count": gone})
    for request_id in lost:
        archive_building.build(tenant=tenant, request_id=request_id, now=now)


@global_task(name="chat.look_after_every_tenants_requests")
def look_after_every_tenants_requests(**_: object) -> None:
    """Look after the data requests of every organisation in which one is due to be told of, or was forgotten."""
    now = clock.now()
    for tenant_id in Tenant.objects.filter(status=TenantStatus.ACTIVE).values_list("id", flat=True):
        if any(is_any(tenant_id, now=now) for is_any in OF_REQUESTS):
            look_after_requests.for_tenant(tenant_id).delay()


@global_task(name="chat.mail_every_tenants_links")
def mail_every_tenants_links(**_: object) -> None:
    """Mail the links of every organisation that has one due."""
    for tenant_id in Tenant.objects.filter(status=TenantStatus.ACTIVE).values_list("id", flat=True):
        if mailed_links.is_any_due(tenant_id, now=clock.now()):
            mail_links.for_tenant(tenant_id).delay()
