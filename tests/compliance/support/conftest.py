"""Operators who ask to look in, and owners who answer them."""

from datetime import timedelta

from compliance import support
from compliance.actions.support import approve, refuse
from compliance.models import AuditEntry, OperatorEntry, SupportGrant
from tenants.scoping import tenant_scope

PAGE = "/o/acme/settings/support/"
LATER = timedelta(minutes=31)


def events(tenant):
    with tenant_scope(tenant):
        entries = AuditEntry.objects.filter(event__startswith="support.").order_by("at", "id")
        return [(entry.event.partition(".")[2], entry.actor_kind, entry.facts) for entry in entries]


def trail(operator):
    entries = OperatorEntry.objects.filter(operator_id=operator.id, event__startswith="support.").order_by("at", "id")
    return [(entry.event.partition(".")[2], entry.organisation_id) for entry in entries]


def is_live(grant, operator):
    return support.accesses_of(operator.id)[grant.id].is_live


def approved(grant, owner, now, **given):
    with tenant_scope(owner.tenant):
        return approve(grant_id=grant.id, actor=owner, now=now, **{"minutes": 30, "code": "", **given})


def refused(grant, owner, now):
    with tenant_scope(owner.tenant):
        return refuse(grant_id=grant.id, actor=owner, now=now)


def kept(grant):
    with tenant_scope(grant.tenant_id):
        return SupportGrant.objects.get(id=grant.id)
