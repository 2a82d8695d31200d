"""What a member chooses to be for others."""

from datetime import datetime

from chat import broadcast
from chat.models import Availability, Status
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability


def choose_status(*, actor: Membership, status: Status, now: datetime) -> None:
    """Set a member online, away or offline, as the team and visitors see it. Inside the tenant's scope.

    Who chooses offline hands over what waits for them, like one whose socket is gone.
    """
    require(actor, Capability.ANSWER_CONVERSATIONS)
    Availability.objects.update_or_create(
        tenant_id=actor.tenant_id, membership=actor, defaults={"status": status, "changed_at": now}
    )
    broadcast.presence_changed(actor.tenant_id, actor.id)
