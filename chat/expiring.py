"""The classes of records that a retention policy speaks of: compliance reaches them through its registry."""

from datetime import datetime

from chat.actions import erasure, rehearsal
from chat.actions.expiry import ATTACHED, Attached
from compliance.models import RecordClass
from compliance.registry import Cutoffs, Erased, Expected, Expiring, Mark


class Conversations:
    """Conversations, with all that hangs on them, and people of whom nothing is left."""

    record_class = RecordClass.CONVERSATION

    def erase_expired(self, *, before: datetime, limit: int, after: Mark | None = None) -> Erased:
        return erasure.erase_conversations(before=before, limit=limit, after=after)

    def expected(self, *, cutoffs: Cutoffs) -> Expected:
        return rehearsal.expected_conversations(cutoffs)


class Unseen:
    """People who wrote nothing."""

    record_class = RecordClass.CONTACT

    def erase_expired(self, *, before: datetime, limit: int, after: Mark | None = None) -> Erased:
        return erasure.erase_unseen(before=before, limit=limit, after=after)

    def expected(self, *, cutoffs: Cutoffs) -> Expected:
        return rehearsal.expected_unseen(cutoffs)


class Rows:
    """Rows that may go before what they hang on."""

    def __init__(self, attached: Attached) -> None:
        self._attached = attached
        self.record_class = attached.record_class

    def erase_expired(self, *, before: datetime, limit: int, after: Mark | None = None) -> Erased:
        return erasure.erase_attached(self._attached, before=before, limit=limit, after=after)

    def expected(self, *, cutoffs: Cutoffs) -> Expected:
        return rehearsal.expected_attached(self._attached, cutoffs)


def every_class() -> list[Expiring]:
    """Return them all."""
    return [Conversations(), Unseen(), *(Rows(attached) for attached in ATTACHED)]
