"""How conversations were, in numbers. Call it inside the tenant's scope."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Avg, Count, Q

from chat.models import Conversation, Rating
from chat.models.rating import GOOD

LATELY: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Figures:
    """Of conversations that were rated lately. `mean` is on the scale of 1 to 5; None without any on it."""

    rated: int
    good: int
    mean: float | None
    resolved: int
    spread: list[tuple[int, int]]

    @property
    def good_percent(self) -> int | None:
        return round(100 * self.good / self.rated) if self.rated else None


def figures(*, now: datetime) -> Figures:
    """Return what was said of the conversations of the last 30 days."""
    rows = Rating.objects.filter(rated_at__gt=now - LATELY)
    counted = rows.aggregate(
        rated=Count("id"), good=Count("id", filter=Q(value__gte=GOOD)), mean=Avg("value", filter=Q(scale="five"))
    )
    by_value = dict(rows.values_list("value").annotate(count=Count("id")).order_by())
    resolved = Conversation.objects.begun().filter(resolved_at__gt=now - LATELY).count()
    spread = [(value, by_value.get(value, 0)) for value in (5, 4, 3, 2, 1)]
    return Figures(counted["rated"], counted["good"], counted["mean"], resolved, spread)
