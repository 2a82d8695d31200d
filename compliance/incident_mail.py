"""Tell an organisation's owners by mail that there is an incident: that it is so and where to look, nothing of what."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from compliance.models import Incident, IncidentCause
from tenants import mail
from tenants.mail import Mail, MailNotSentError
from tenants.models import Membership, Tenant
from tenants.roles import Role
from tenants.scoping import tenant_scope

#: Whoever's cause is not named here is told that there is something, and where.
MAILS: Final = {IncidentCause.CARD: Mail.INCIDENT, IncidentCause.DRIFT: Mail.DRIFT}


def tell_owners(tenant: Tenant, *, now: datetime) -> int:
    """Mail the owners of incidents they were not told of; return how many incidents. What fails is tried again.

    An incident's row is the note that its mail is still to be sent: it is locked meanwhile, so nobody sends beside, and
    marked in the same transaction. A crash in between sends a mail again rather than losing it.
    """
    with tenant_scope(tenant):
        untold = list(Incident.objects.filter(told_at=None).order_by("id").values_list("id", flat=True))
    return sum(_tell(tenant, incident_id, now) for incident_id in untold)


def _tell(tenant: Tenant, incident_id: UUID, now: datetime) -> bool:
    with tenant_scope(tenant):
        still_untold = Incident.objects.filter(id=incident_id, told_at=None)
        if not still_untold.select_for_update(skip_locked=True).exists():
            return False
        is_told = _mail(tenant, Incident.objects.get(id=incident_id))
        if is_told:
            Incident.objects.filter(id=incident_id).update(told_at=now)
    return is_told


def _mail(tenant: Tenant, incident: Incident) -> bool:
    owners = Membership.objects.filter(role=Role.OWNER, is_active=True).select_related("user")
    address = reverse("compliance:incident", args=[tenant.slug, incident.id])
    one = MAILS.get(IncidentCause(incident.cause), Mail.INCIDENT_OTHER)
    sent = 0
    for owner in owners:
        if not owner.user.is_active:
            continue
        try:
            mail.send(one, owner.user.email, link=f"{settings.SITE_URL}{address}", organisation=tenant.name)
        except MailNotSentError:
            continue
        sent += 1
    return bool(sent)
