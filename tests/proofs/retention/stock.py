"""What an organisation of a scenario holds, written down beside it: the oracle knows nothing but these records."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

from chat.models import (
    Assignment,
    ConsentReceipt,
    Contact,
    Conversation,
    FormKey,
    FormRequest,
    Inbox,
    MaskingReport,
    Message,
    VisitorSession,
)
from compliance.models import NoticeVersion, RecordClass
from helpdesk.core.ids import uuid7
from tenants.keyring.models import ContactKey
from tenants.keyring.scope import keys_scope
from tenants.models import Membership, Tenant
from tenants.scoping import tenant_scope
from tests.factories.stored import store_contact, store_conversation
from tests.factories.tenants import make_member, make_person, make_tenant, owner_of

DAY: Final = timedelta(days=1)
#: Between the hours at which anything happens and those at which something runs out lie half a day.
HALF_DAY: Final = timedelta(hours=12)
OLDEST: Final = 60


@dataclass(frozen=True, slots=True)
class Said:
    """A conversation: when its last event was, and all that a hold may ask of it."""

    id: UUID
    contact: UUID
    began: datetime
    last: datetime
    inbox: UUID
    members: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Row:
    """A record of another class. `conversation` is None for a receipt. `at`: None while its time has not begun."""

    id: UUID
    record_class: RecordClass
    at: datetime | None
    contact: UUID
    conversation: UUID | None


@dataclass
class Stock:
    """An organisation, its people, and everything that retention may take."""

    tenant: Tenant
    owner: Membership
    officer: Membership
    agents: list[Membership]
    inboxes: list[UUID]
    # When each was last seen.
    contacts: dict[UUID, datetime] = field(default_factory=dict)
    said: dict[UUID, Said] = field(default_factory=dict)
    rows: dict[UUID, Row] = field(default_factory=dict)

    def there(self) -> set[UUID]:
        """Return which of all that was stored is in the database; a contact without a key counts as gone."""
        with tenant_scope(self.tenant):
            found: set[UUID] = set()
            for model in (Conversation, FormRequest, MaskingReport, ConsentReceipt):
                found |= set(model.objects.values_list("id", flat=True))
            people = set(Contact.objects.values_list("id", flat=True))
        with keys_scope(self.tenant.id):
            keys = set(ContactKey.objects.values_list("contact_id", flat=True))
        # One without the other is wrong in any case: a key that nothing points to, a person nobody can read.
        return found | (people & keys) | {uuid4() for _ in people ^ keys}

    def all(self) -> set[UUID]:
        return {*self.contacts, *self.said, *self.rows}


def make_stock(number: int, chance: Random, now: datetime) -> Stock:
    """Store a few people and what they said, some of it long ago."""
    name = f"Scene {number} {uuid4().hex[:6]}"
    tenant = make_tenant(name, owner=make_person(f"Olive {number}", now=now), now=now)
    owner = owner_of(tenant)
    officer = make_member(tenant, f"Cora {number}", "compliance", now=now)
    agents = [make_member(tenant, f"Ada {number} {place}", "agent", now=now) for place in range(2)]
    with tenant_scope(tenant):
        inboxes = [
            Inbox.objects.create(
                tenant=tenant, name=f"Site {place}", widget_key=uuid4().hex, greeting="Hello", created_at=now
            ).id
            for place in range(2)
        ]
        notice = NoticeVersion.objects.create(
            tenant=tenant, region="us", language="en", number=1, origin="own", is_published=True, body="We keep it.",
            text="We keep it.", text_hash=uuid4().bytes * 2, published_by=owner.id, published_at=now,
        )  # fmt: skip
        key = FormKey.objects.create(
            tenant=tenant, membership=owner, point=bytes(65), fingerprint=uuid4().bytes * 2, browser="Firefox",
            enrolled_at=now,
        )  # fmt: skip
    stock = Stock(tenant, owner, officer, agents, inboxes)
    for _ in range(chance.randint(3, 6)):
        _add_person(stock, chance, now, notice, key)
    return stock


def _add_person(stock: Stock, chance: Random, now: datetime, notice: NoticeVersion, key: FormKey) -> None:
    seen = _then(chance, now)
    contact = store_contact(stock.tenant, at=seen)
    stock.contacts[contact.id] = seen
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        _add_conversation(stock, chance, now, contact, key)
    with tenant_scope(stock.tenant):
        session = VisitorSession.objects.get(contact=contact)
        for _ in range(chance.choice((0, 1, 2, 3))):
            at = _then(chance, now)
            receipt = ConsentReceipt.objects.create(
                tenant=stock.tenant, contact=contact, session=session, notice=notice, text_hash=notice.text_hash,
                region="us", language="en", agreed=False, gpc=False, entry="socket", given_at=at,
            )  # fmt: skip
            stock.rows[receipt.id] = Row(receipt.id, RecordClass.RECEIPT, at, contact.id, None)


def _add_conversation(stock: Stock, chance: Random, now: datetime, contact: Contact, key: FormKey) -> None:
    began, inbox = _then(chance, now), chance.choice(stock.inboxes)
    texts = ["One", "Two"][: chance.randint(1, 2)]
    resolved = chance.choice((None, _later(chance, began, now)))
    talk = store_conversation(stock.tenant, texts, at=began, contact=contact, resolved_at=resolved)
    members: set[UUID] = set()
    with tenant_scope(stock.tenant):
        Conversation.objects.filter(id=talk.id).update(inbox_id=inbox)
        if chance.random() < 0.4:
            agent = chance.choice(stock.agents)
            members.add(agent.id)
            Assignment.objects.create(
                tenant=stock.tenant, conversation=talk, membership=agent, started_at=began, ended_at=began
            )
        if chance.random() < 0.2:
            agent = chance.choice(stock.agents)
            members.add(agent.id)
            Message.objects.filter(conversation=talk, sequence=1).update(author_kind="agent", author_id=agent.id)
        rows = _rows(stock, chance, now, talk, key)
    last = max(at for at in (began, talk.last_message_at, resolved) if at is not None)
    stock.said[talk.id] = Said(talk.id, contact.id, began, last, inbox, frozenset(members))
    stock.rows |= {row.id: row for row in rows}


def _rows(stock: Stock, chance: Random, now: datetime, talk: Conversation, key: FormKey) -> Sequence[Row]:
    made: list[Row] = []
    owner: Any = stock.owner
    if chance.random() < 0.5:
        at = chance.choice((None, _then(chance, now)))
        form = FormRequest.objects.create(
            id=uuid7(), tenant=stock.tenant, conversation=talk, kind="custom", name="A form", fields=[],
            recipient=owner, key=key, session_id=uuid4(), looks="", unread_s=300, requested_at=now, expires_at=now,
            state="expired" if at else "requested", ended_at=at,
        )  # fmt: skip
        made.append(Row(form.id, RecordClass.FORM, at, talk.contact_id, talk.id))
    if chance.random() < 0.5:
        at = chance.choice((None, _then(chance, now)))
        message = Message.objects.filter(conversation=talk).order_by("sequence")[0]
        report = MaskingReport.objects.create(
            tenant=stock.tenant, message=message, kind="miss", entity="OTHER", start=0, end=1, rule_set_number=1,
            reported_by=owner, reported_at=now, state="accepted" if at else "new", outcome="noted" if at else "",
            decided_at=at,
        )  # fmt: skip
        made.append(Row(report.id, RecordClass.REPORT, at, talk.contact_id, talk.id))
    return made


def _then(chance: Random, now: datetime) -> datetime:
    """A moment within the last two months, half a day away from every one at which a span of days ends."""
    return now - DAY * chance.randint(0, OLDEST) - HALF_DAY - timedelta(minutes=chance.randint(0, 59))


def _later(chance: Random, began: datetime, now: datetime) -> datetime:
    """A moment between the two, by whole days."""
    return began + DAY * chance.randint(0, max(0, (now - began).days))
