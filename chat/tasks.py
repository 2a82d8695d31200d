"""Recurring jobs of the chat. Beat starts the fan-out; each organisation has a task of its own."""

import logging

import redis

from chat.actions import form_endings, form_forwarding, form_payments, handover
from chat.actions.form_forwarding import forward_form
from chat.actions.form_payments import look_up_payment
from helpdesk.core import clock
from tenants.models import Tenant, TenantStatus
from tenants.tasks_base import global_task, tenant_task

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
    """End the secure forms that have run out, or that nobody may read any more; forward what was forgotten."""
    if ended := form_endings.look_after(now=clock.now()):
        logger.info("secure forms ended", extra={"count": ended})
    form_forwarding.send_forgotten(now=clock.now())
    form_payments.look_at_all()


@global_task(name="chat.look_after_every_tenants_forms")
def look_after_every_tenants_forms(**_: object) -> None:
    """Look after the secure forms of every organisation that has one under way."""
    for tenant_id in Tenant.objects.filter(status=TenantStatus.ACTIVE).values_list("id", flat=True):
        if form_endings.is_any_live(tenant_id):
            look_after_forms.for_tenant(tenant_id).delay()
