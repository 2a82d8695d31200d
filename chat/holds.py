"""What legal holds cover, as conditions of queries: the purge, an erasure and a screen ask the same.

A hold on a conversation keeps that one and its visitor; one on a contact keeps all they ever said, and what they will,
with what was said by other contacts of the same person; one on a query keeps every conversation that matches. A query
speaks of facts alone that no later change takes away: when a conversation began, at which entry, who ever held or
answered it. Call everything inside the tenant's scope.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from chat import merging
from chat.models import Assignment, AuthorKind, Contact, Conversation, Message
from compliance.disposal import Disposal, disposal_of
from compliance.models import IN_FORCE, HoldKind, LegalHold, RecordClass


@dataclass(frozen=True, slots=True)
class HoldQuery:
    """Which conversations: begun within days (UTC, both included), at one entry, with one member. One at least."""

    began_from: date | None = None
    began_until: date | None = None
    inbox_id: UUID | None = None
    member_id: UUID | None = None

    def __bool__(self) -> bool:
        return any((self.began_from, self.began_until, self.inbox_id, self.member_id))

    @classmethod
    def of(cls, hold: LegalHold) -> Self:
        """Return that of a hold on a query."""
        first, last, inbox, member = ((hold.query or {}).get(name) for name in cls.__slots__)
        return cls(
            date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None,
            UUID(inbox) if inbox else None, UUID(member) if member else None,
        )  # fmt: skip

    def stored(self) -> dict[str, str]:
        """Return it as it is kept."""
        held = {name: getattr(self, name) for name in self.__slots__}
        return {name: str(value) for name, value in held.items() if value is not None}

    def condition(self) -> Q:
        """Return which conversations it is about."""
        wanted = Q()
        if self.began_from is not None:
            wanted &= Q(created_at__gte=_midnight(self.began_from))
        if self.began_until is not None:
            wanted &= Q(created_at__lt=_midnight(self.began_until + timedelta(days=1)))
        if self.inbox_id is not None:
            wanted &= Q(inbox_id=self.inbox_id)
        if self.member_id is not None:
            of_this = {"conversation": OuterRef("pk")}
            held = Assignment.objects.filter(membership_id=self.member_id, **of_this)
            wrote = Message.objects.filter(author_kind=AuthorKind.AGENT, author_id=self.member_id, **of_this)
            wanted &= Q(Exists(held)) | Q(Exists(wrote))
        return wanted


def held() -> Q:
    """Return the condition of conversations that a hold in force covers."""
    in_force = LegalHold.objects.filter(IN_FORCE)
    covered = Q(id__in=in_force.filter(kind=HoldKind.CONVERSATION).values("target_id"))
    covered |= merging.of_person("contact_id", in_force.filter(kind=HoldKind.CONTACT).values("target_id"))
    for hold in in_force.filter(kind=HoldKind.QUERY):
        covered |= HoldQuery.of(hold).condition()
    return covered


def held_contacts() -> Q:
    """Return the condition of people of whom a hold covers anything: themselves, or a conversation of theirs."""
    on_them = LegalHold.objects.filter(IN_FORCE, kind=HoldKind.CONTACT).values("target_id")
    with_held = Conversation.objects.filter(held()).values("contact_id")
    return merging.of_person("id", on_them) | merging.of_person("id", with_held)


def forbids(record_class: RecordClass, record_id: UUID) -> bool:
    """Whether a hold forbids to dispose of a conversation or of a contact."""
    if not LegalHold.objects.filter(IN_FORCE).exists():
        return False
    if record_class == RecordClass.CONVERSATION:
        return bool(Conversation.objects.filter(held(), id=record_id).exists())
    if record_class == RecordClass.CONTACT:
        return bool(Contact.objects.filter(held_contacts(), id=record_id).exists())
    return False


def disposal(conversation: Conversation, *, known_held: bool | None = None) -> Disposal:
    """Return when a conversation goes, by the retention and the holds there are; `known_held`: if that was asked."""
    events = (conversation.created_at, conversation.last_message_at, conversation.resolved_at)
    last: datetime = max(event for event in events if event is not None)
    return disposal_of(RecordClass.CONVERSATION, conversation.id, last_event_at=last, known_held=known_held)


def covered_by(hold: LegalHold) -> QuerySet[Conversation]:
    """Return the conversations that one hold covers."""
    rows: QuerySet[Conversation] = Conversation.objects.all()
    if hold.target_id is not None:
        of_them = hold.kind == HoldKind.CONTACT
        if not of_them:
            return rows.filter(id=hold.target_id)
        return rows.filter(contact_id__in=merging.one_person(hold.target_id))
    return rows.filter(HoldQuery.of(hold).condition())


def on_conversation(conversation_id: UUID, contact_id: UUID) -> list[LegalHold]:
    """Return the holds in force that cover a conversation, oldest first."""
    of_it = Q(kind=HoldKind.CONVERSATION, target_id=conversation_id)
    of_them = Q(kind=HoldKind.CONTACT, target_id__in=merging.one_person(contact_id))
    found: list[LegalHold] = list(LegalHold.objects.filter(IN_FORCE).filter(of_it | of_them | Q(kind=HoldKind.QUERY)))
    here = Conversation.objects.filter(id=conversation_id)
    covering = [
        each for each in found if each.kind != HoldKind.QUERY or here.filter(HoldQuery.of(each).condition()).exists()
    ]
    return sorted(covering, key=lambda each: (each.placed_at, each.id))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
