"""Changes of organisations and people, told by `tenants.signals`, become audit entries."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from compliance import audit
from helpdesk.core.models import UuidModel
from tenants import signals
from tenants.actors import Actor


@receiver(signals.changed, dispatch_uid="compliance.audit")
def record_change(
    sender: type[UuidModel], *, event: str, actor: Actor, subject: UuidModel, at: datetime, **told: Any
) -> None:
    """Write the entry in the transaction of the change: a failure here takes the change back."""
    audit.record(actor, event, subject, at=at, **told["facts"])
