"""What chat does when an organisation is opened (it gets a first inbox) and when its members change, in the same
transaction."""

import secrets
from typing import Any, Final

from django.dispatch import receiver

from chat import broadcast
from chat.models import Inbox
from compliance.audit_events import TENANT_OPENED
from tenants.models import Membership, PolicyChoice, Tenant, User
from tenants.scoping import current_tenant_id
from tenants.signals import changed

GREETING: Final = "Hello! How can we help?"


@receiver(changed, dispatch_uid="chat.first_inbox")
def give_first_inbox(sender: Any, *, event: str, subject: Any, at: Any, **_: Any) -> None:
    """Make the inbox whose widget key stands in the embed snippet."""
    if event != TENANT_OPENED or not isinstance(subject, Tenant):
        return
    Inbox.objects.create(
        tenant=subject, name="Website", widget_key=secrets.token_urlsafe(18), greeting=GREETING, created_at=at
    )


@receiver(changed, dispatch_uid="chat.access")
def look_again(sender: Any, *, subject: Any, **_: Any) -> None:
    """Let open sockets see at once that a member, or what members may do, has changed."""
    if isinstance(subject, Membership | PolicyChoice | Tenant | User):
        broadcast.access_changed(current_tenant_id())
