"""Who may not be given work, since their training has lapsed. Call it inside the tenant's scope."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from tenants.models import Guarded, TrainingDuty

WORKSPACE: Final = frozenset({Guarded.WORKSPACE})


def lapsed_members(*, before: datetime, guarded: Collection[str] = WORKSPACE) -> set[UUID]:
    """Return the members to whom the workspace, or what else is guarded, was closed for want of a course by some
    moment."""
    duties = TrainingDuty.objects.filter(is_assigned=True, closes=True, guards__in=guarded, due_at__lte=before)
    return set(duties.values_list("membership_id", flat=True))
