"""Changes of organisations and people, told upwards: the audit trail lies above this app and listens.

Sent inside the action's transaction with `send()`, so a receiver that fails rolls the change back.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.dispatch import Signal

from helpdesk.core.models import UuidModel
from tenants.actors import Actor

# Arguments: event, actor, subject, at, facts. Sent in the scope of the tenant concerned.
changed: Final = Signal()
# Arguments: task (its name), tenant_id or None, error (its name, or empty), at. Sent after a background job's end.
task_ended: Final = Signal()


def announce(event: str, *, actor: Actor, subject: UuidModel, at: datetime, **facts: str | int | bool | UUID) -> None:
    """Tell that something changed. `event` is a name registered in `compliance.audit_events`."""
    changed.send(sender=type(subject), event=event, actor=actor, subject=subject, at=at, facts=facts)
