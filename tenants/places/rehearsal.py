"""What an address rule would have done: held against where people were active in the last 24 hours."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tenants.models import Membership, SeenAddress, StaffSession
from tenants.places.rule import AddressRuling

SEEN_WITHIN: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Whom a rule would have locked out, by name: from everywhere they were or from some of it; and who was unseen."""

    members: int
    locked_out: tuple[str, ...]
    at_times: tuple[str, ...]
    unseen: tuple[str, ...]
    you_may_be_here: bool

    @property
    def count(self) -> int:
        return len(self.locked_out) + len(self.at_times)


def rehearse(ruling: AddressRuling, you: Membership, address: str, *, now: datetime) -> Rehearsal:
    """Hold a rule against the last 24 hours of the members in scope, and against yourself, from here. Names only:
    where a colleague was is nobody's business."""
    members = list(Membership.objects.filter(is_active=True).select_related("user").order_by("user__name", "id"))
    seen = seen_addresses([member.user_id for member in members], since=now - SEEN_WITHIN)
    sorted_in: dict[str, list[str]] = defaultdict(list)
    for member in members:
        may = [ruling.admits(member.role, each) for each in seen[member.user_id]]
        sorted_in["unseen" if not may else "in" if all(may) else "at_times" if any(may) else "out"].append(
            member.user.name
        )
    return Rehearsal(
        members=len(members),
        locked_out=tuple(sorted_in["out"]),
        at_times=tuple(sorted_in["at_times"]),
        unseen=tuple(sorted_in["unseen"]),
        you_may_be_here=ruling.admits(you.role, address),
    )


def seen_addresses(user_ids: Collection[UUID], *, since: datetime) -> dict[UUID, set[str]]:
    """Return from where each of some people was active since a moment."""
    found: dict[UUID, set[str]] = defaultdict(set)
    trail = SeenAddress.objects.filter(user_id__in=user_ids, seen_at__gte=since)
    sessions = StaffSession.objects.filter(user_id__in=user_ids, active_at__gte=since)
    for rows in (trail, sessions):
        for user_id, address in rows.values_list("user_id", "address"):
            found[user_id].add(address)
    return found
