"""Recurring jobs of the chat. Beat starts the fan-out; each organisation has a task of its own."""

import logging

import redis

from chat.actions import handover
from helpdesk.core import clock
from tenants.models import Tenant, TenantStatus
from tenants.tasks_base import global_task, tenant_task

logger = logging.getLogger(__name__)


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
