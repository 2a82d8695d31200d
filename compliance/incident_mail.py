"""Tell an organisation's owners by mail that there is an incident: that it is so and where to look, nothing of what."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from compliance.models import Incident
from tenants import mail
from tenants.mail import Mail, MailNotSentError
from tenants.models import Membership, Tenant
from tenants.roles import Role
from tenants.scoping import tenant_scope


def tell_owners(tenant: Tenant, *, now: datetime) -> int:
    """Mail the owners of incidents they were not told of; return how many incidents. What fails is tried again.

    The mark is set first and taken back on failure: a crash in between loses a mail rather than sending it for ever.
    """
    with tenant_scope(tenant):
        untold = list(Incident.objects.filter(told_at=None).select_for_update(skip_locked=True).order_by("id"))
        Incident.objects.filter(id__in=[one.id for one in untold]).update(told_at=now)
        owners = Membership.objects.filter(role=Role.OWNER, is_active=True).select_related("user")
        addresses = [owner.user.email for owner in owners if owner.user.is_active]
    told = 0
    for incident in untold:
        told += _tell(tenant, incident.id, addresses)
    return told


def _tell(tenant: Tenant, incident_id: UUID, addresses: list[str]) -> bool:
    address = reverse("compliance:incident", args=[tenant.slug, incident_id])
    sent = 0
    for to in addresses:
        try:
            mail.send(Mail.INCIDENT, to, link=f"{settings.SITE_URL}{address}", organisation=tenant.name)
        except MailNotSentError:
            continue
        sent += 1
    if not sent:
        with tenant_scope(tenant):
            Incident.objects.filter(id=incident_id).update(told_at=None)
    return bool(sent)
