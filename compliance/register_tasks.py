"""Recurring jobs of the register, of reviews and agreements, and of the watch over every other job."""

from compliance import incident_mail, probing
from compliance.agreements import standing
from compliance.breach import reminders
from compliance.controls import watch
from compliance.reviews import cycle
from compliance.tasks import fan_out
from helpdesk.core import clock
from tenants.models import Tenant
from tenants.tasks_base import global_task, tenant_task


@tenant_task(name="compliance.remind_tenant", scope="by_batch")
def remind_tenant(tenant: Tenant, **_: object) -> None:
    """Mail what is due: incidents that nobody was told of, deadlines, tasks, reviews, agreements."""
    now = clock.now()
    incident_mail.tell_owners(tenant, now=now)
    reminders.remind(tenant, now=now)
    cycle.remind(tenant, now=now)
    standing.remind(tenant, now=now)


@tenant_task(name="compliance.watch_controls", scope="by_batch")
def watch_controls(tenant: Tenant, **_: object) -> None:
    """Enter in the organisation's register which of its controls was missed or fails, and tell operators."""
    now = clock.now()
    watch.look(tenant, now=now)
    watch.tell_operators(now=now, tenant=tenant)
    incident_mail.tell_owners(tenant, now=now)


@tenant_task(name="compliance.note_probes", scope="by_batch")
def note_probes(tenant: Tenant, **_: object) -> None:
    """Enter in the organisation's register that somebody tried to get in."""
    now = clock.now()
    probing.write_down(tenant, now=now)
    incident_mail.tell_owners(tenant, now=now)


@global_task(name="compliance.remind_every_tenant")
def remind_every_tenant(**_: object) -> None:
    """Mail what is due, of every active organisation."""
    fan_out(remind_tenant)


@global_task(name="compliance.watch_every_tenants_controls")
def watch_every_tenants_controls(**_: object) -> None:
    """Look at the controls of the service, and at those of every active organisation."""
    now = clock.now()
    watch.look_at_service(now=now)
    watch.tell_operators(now=now)
    fan_out(watch_controls)


@global_task(name="compliance.look_for_probes")
def look_for_probes(**_: object) -> None:
    """Look who has asked for organisations that are not theirs."""
    for tenant_id in probing.waiting(now=clock.now()):
        note_probes.for_tenant(tenant_id).delay()
