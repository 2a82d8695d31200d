"""Mail to all owners of an organisation: of what each of them should know, whoever did it."""

from contextlib import suppress
from typing import Final

from django.conf import settings
from django.urls import reverse

from tenants import mail
from tenants.mail import Mail, MailNotSentError
from tenants.models import Membership, Tenant
from tenants.roles import Role
from tenants.scoping import tenant_scope

SETTINGS: Final = "organisation:settings"


def mail_owners(tenant: Tenant, one: Mail, *, page: str = SETTINGS, **facts: str) -> None:
    """Send one mail to each owner. One that can't be sent takes nothing back; the audit trail has it too."""
    with tenant_scope(tenant):
        owners = Membership.objects.filter(role=Role.OWNER, is_active=True, user__is_active=True)
        addresses = list(owners.values_list("user__email", flat=True))
    link = f"{settings.SITE_URL}{reverse(page, args=[tenant.slug])}"
    for address in addresses:
        with suppress(MailNotSentError):  # it is logged there
            mail.send(one, address, organisation=tenant.name, link=link, **facts)
