"""What has to be gone and what has to be there, told from the stock alone: no query, and none of the product's code."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from chat.holds import HoldQuery
from compliance.models import RecordClass
from tests.proofs.retention.stock import Row, Said, Stock

#: Days by class, as an organisation has chosen.
Days = Mapping[RecordClass, int]


@dataclass(frozen=True, slots=True)
class Held:
    """A hold, as it was placed."""

    conversation: UUID | None = None
    contact: UUID | None = None
    query: HoldQuery | None = None

    def covers(self, said: Said) -> bool:
        if self.query is None:
            return said.id == self.conversation or said.contact == self.contact
        wanted = self.query
        first, last = wanted.began_from, wanted.began_until
        return (
            (first is None or said.began >= datetime.combine(first, time.min, UTC))
            and (last is None or said.began < datetime.combine(last, time.min, UTC) + timedelta(days=1))
            and wanted.inbox_id in (None, said.inbox)
            and (wanted.member_id is None or wanted.member_id in said.members)
        )


def covered(stock: Stock, holds: Collection[Held]) -> set[UUID]:
    """Return all that holds keep."""
    talks = {said.id for said in stock.said.values() if any(hold.covers(said) for hold in holds)}
    people = {hold.contact for hold in holds if hold.contact is not None}
    people |= {stock.said[talk].contact for talk in talks}
    rows = {
        row.id
        for row in stock.rows.values()
        if (row.contact in people if row.conversation is None else row.conversation in talks)
    }
    return talks | people | rows


def gone(stock: Stock, days: Days, holds: Collection[Held], at: datetime) -> set[UUID]:
    """Return what is not there any more after a run at an instant that had everything it began with before it."""
    kept = covered(stock, holds)
    talks = {
        said.id
        for said in stock.said.values()
        if said.id not in kept and _over(RecordClass.CONVERSATION, said.last, days, at)
    }
    people = {contact for contact in stock.contacts if contact not in kept and _goes(stock, contact, talks, days, at)}
    rows = {row.id for row in stock.rows.values() if _row_goes(stock, row, talks, people, kept, days, at)}
    return talks | people | rows


def _goes(stock: Stock, contact: UUID, talks: set[UUID], days: Days, at: datetime) -> bool:
    theirs = {said.id for said in stock.said.values() if said.contact == contact}
    if theirs:
        return theirs <= talks
    return _over(RecordClass.CONTACT, stock.contacts[contact], days, at)


def _row_goes(
    stock: Stock, row: Row, talks: set[UUID], people: set[UUID], kept: set[UUID], days: Days, at: datetime
) -> bool:
    if row.conversation in talks or (row.conversation is None and row.contact in people):
        return True
    if row.id in kept or row.at is None or not _over(row.record_class, row.at, days, at):
        return False
    return row.record_class != RecordClass.RECEIPT or _is_superseded(stock, row)


def _is_superseded(stock: Stock, row: Row) -> bool:
    others = [each for each in stock.rows.values() if each.conversation is None and each.contact == row.contact]
    return any(each.at is not None and row.at is not None and (each.at, each.id) > (row.at, row.id) for each in others)


def _over(record_class: RecordClass, last: datetime, days: Days, at: datetime) -> bool:
    span = days.get(record_class)
    if span is None and record_class == RecordClass.CONTACT:
        span = days.get(RecordClass.CONVERSATION)
    return span is not None and last < at - timedelta(days=span)
