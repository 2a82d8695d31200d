"""Who may not be given work, since their training has lapsed. Call it inside the tenant's scope."""

from datetime import datetime
from uuid import UUID

from tenants.models import Guarded, TrainingDuty


def lapsed_members(*, before: datetime) -> set[UUID]:
    """Return the members to whom the gate closed the workspace, for want of a course, by some moment."""
    duties = TrainingDuty.objects.filter(is_assigned=True, closes=True, guards=Guarded.WORKSPACE, due_at__lte=before)
    return set(duties.values_list("membership_id", flat=True))
