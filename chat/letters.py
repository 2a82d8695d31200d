"""Mails to visitors: that there is an answer, where a transcript is, a code. Nothing of what was said is in any."""

import logging
from typing import Final

import redis
from django.conf import settings
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables

from chat import contact_disclosure
from chat.actions.link_codes import CODES_TO_ADDRESS
from chat.actions.mailed_links import ToMail, not_mailed
from chat.identity import codes
from chat.models import Contact, LinkKind
from helpdesk.core.ratelimit import Limit
from tenants import mail
from tenants.mail import Mail, MailNotSentError
from tenants.models import Tenant
from tenants.scoping import tenant_scope

logger = logging.getLogger(__name__)

#: Links to one address, whatever the organisation: it may be somebody else's, whom nobody asked.
LINKS_TO_ADDRESS: Final = Limit("chat.link_to_address", burst=6, per_s=1 / 7200)
MAILS: Final = {LinkKind.ANSWER: Mail.VISITOR_ANSWER, LinkKind.TRANSCRIPT: Mail.VISITOR_TRANSCRIPT}


class TooManyCodesError(Exception):
    """So many codes went to this address that no other goes for a while."""


@sensitive_variables()
def send_link(to_mail: ToMail, tenant: Tenant, *, lasts: str) -> None:
    """Mail a link; what the mail server does not take is tried again by the next run."""
    address = _address(to_mail.contact, tenant)
    if not address:
        return
    try:
        if LINKS_TO_ADDRESS.wait_s(address.casefold()) > 0:
            logger.warning("link not mailed: too many to one address", extra={"link": to_mail.link_id})
            return
        try:
            mail.send(
                MAILS[to_mail.kind], address, organisation=tenant.name, lasts=lasts,
                link=f"{settings.SITE_URL}{link_page(to_mail.widget_key)}#{to_mail.token}",
            )  # fmt: skip
        except MailNotSentError:
            # What did not go counts for nothing, or a mail server that is away for long would use it all up.
            LINKS_TO_ADDRESS.give_back(address.casefold())
            raise
    except (MailNotSentError, redis.RedisError):
        not_mailed(tenant.id, to_mail.link_id)


@sensitive_variables()
def send_code(contact: Contact, tenant: Tenant, code: str) -> None:
    """Mail a code to where the link went.

    Raises:
        MailNotSentError: The mail server did not take it.
        TooManyCodesError: Too many went to this address of late.
        redis.RedisError: Valkey does not answer.
    """
    address = _address(contact, tenant)
    if CODES_TO_ADDRESS.wait_s(address.casefold()) > 0:
        raise TooManyCodesError
    mail.send(Mail.VISITOR_LINK_CODE, address, organisation=tenant.name, code=codes.shown(code))


def link_page(widget_key: str) -> str:
    """Return the path of the page that takes a link."""
    return reverse("chat:link", kwargs={"widget_key": widget_key})


def _address(contact: Contact, tenant: Tenant) -> str:
    with tenant_scope(tenant):
        return contact_disclosure.known_address(contact)
