"""What chat holds, for retention, re-scan and export: compliance reaches it through its registry."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from chat.actions import erasure, remasking
from compliance.models import RecordClass
from compliance.registry import Erased, Place, Rescanned
from compliance.rule_sets import RuleSetInForce
from tenants.models import Membership


class ConversationStore:
    """Conversations, with their messages, findings and assignments, and the people nothing else is left of."""

    record_class: Final = RecordClass.CONVERSATION

    def erase_expired(self, *, before: datetime, limit: int) -> Erased:
        records, counts = erasure.erase_expired(before=before, limit=limit)
        return Erased(records, counts)

    def has_outdated(self, number: int) -> bool:
        return remasking.has_outdated(number)

    def rescan(self, *, rule_set: RuleSetInForce, after: Place | None, limit: int, now: datetime) -> Rescanned:
        begin = None if after is None else (after.number, after.id)
        done = remasking.remask_batch(rule_set=rule_set, after=begin, limit=limit, now=now)
        place = None if done.last is None else Place(*done.last)
        return Rescanned(done.looked_at, done.changed, done.counts, place)

    def export(self, membership: Membership, *, now: datetime) -> Iterator[dict[str, Any]]:
        raise NotImplementedError
