"""Recurring jobs of the chat. Beat starts the fan-out; each organisation has a task of its own."""

import logging

import redis

from chat import letters
from chat.actions import file_checks, form_endings, form_forwarding, handover, mailed_links, proof_endings
from chat.actions.file_checks import check_file  # noqa: F401 (declared there; workers know jobs by this module)
from chat.actions.form_forwarding import forward_form
from helpdesk.core import clock
from tenants import policies
from tenants.models import Tenant, TenantStatus
from tenants.policy_table import VISITOR_LINKS
from tenants.scoping import tenant_scope
from tenants.tasks_base import global_task, tenant_task

logger = logging.getLogger(__name__)

__all__ = ["forward_form", "hand_over_every_tenant", "hand_over_waiting", "look_after_every_tenants_forms",
           "look_after_forms"]  # fmt: skip


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
        if file_checks.is_any_due(tenant_id, now=clock.now()):
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


@global_task(name="chat.mail_every_tenants_links")
def mail_every_tenants_links(**_: object) -> None:
    """Mail the links of every organisation that has one due."""
    for tenant_id in Tenant.objects.filter(status=TenantStatus.ACTIVE).values_list("id", flat=True):
        if mailed_links.is_any_due(tenant_id, now=clock.now()):
            mail_links.for_tenant(tenant_id).delay()
