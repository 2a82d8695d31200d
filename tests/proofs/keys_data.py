"""What `prove keys` works on: two organisations, many contact keys, one contact with many messages; and their end."""

from dataclasses import dataclass
from uuid import uuid4

from chat import search
from chat.models import ContactDetails, Conversation, Message
from compliance import closure
from compliance.actions.closing import GRACE, begin_closing
from helpdesk.core import aead, clock
from helpdesk.core.ids import uuid7
from tenants.actors import Actor
from tenants.encryption.sealing import seal
from tenants.keyring import ring
from tenants.keyring.models import ContactKey, Purpose
from tenants.keyring.scope import keys_scope
from tenants.keyring.wrapping import context_of
from tenants.models import Membership, Tenant
from tenants.scoping import tenant_scope
from tests.factories.stored import give_details, store_conversation
from tests.factories.tenants import make_person, make_tenant, owner_of
from tests.support.backups import backup_of, readable, restored, stored_in

TALKS = 10


@dataclass(frozen=True)
class Told:
    acme: Tenant
    globex: Tenant
    talk: Conversation
    others: list[Conversation]


def address_of(conversation: Conversation) -> str:
    """The e-mail address of the visitor of one of the conversations."""
    return f"{conversation.contact_id}@visitors.example"


def prepare(*, contacts: int, rows: int) -> Told:
    """Store everything, sealed as the service seals it."""
    now = clock.now()
    acme = make_tenant("Acme", owner=make_person("Olive", now=now), now=now)
    globex = make_tenant("Globex", owner=make_person("Gustav", now=now), now=now)
    _give_details(store_conversation(globex, ["of another organisation"], at=now), owner_of(globex))
    talk = store_conversation(acme, ["first"], at=now)
    _add_messages(acme, talk, rows)
    _add_contact_keys(acme, contacts)
    others = [store_conversation(acme, ["hello"], at=now) for _ in range(TALKS)]
    for one in (talk, *others):
        _give_details(one, owner_of(acme))
    return Told(acme, globex, talk, others)


def unreadable(tenant: Tenant, superuser_url: str) -> int:
    """Count the organisation's messages and details that do not open, from a cold cache."""
    ring.forget_cached_keys()
    stored = [row for row in stored_in(superuser_url) if row.tenant_id == tenant.id]
    return len(stored) - len(readable(stored))


def lost_contacts(told: Told) -> int:
    """Count those who are not found by their address any more."""
    lost, owner = 0, owner_of(told.acme)
    with tenant_scope(told.acme):
        for one in (told.talk, *told.others):
            found = search.conversations_by_detail(wanted=address_of(one), member=owner, now=clock.now())
            lost += one.id not in {row.id for row in found.rows}
    return lost


def end(told: Told, superuser_url: str) -> tuple[int, int, int]:
    """Back up, erase a contact, close the organisation, restore; return what opens of each, and of another's."""
    acme = told.acme
    with backup_of(superuser_url) as backup:
        of_contact, of_acme = told.others[0].contact_id, acme.id
        ring.destroy_contact_keys(acme.id, [of_contact])
        with restored(superuser_url, backup) as scratch:
            rows = stored_in(scratch) + stored_in(superuser_url)
        erased = len(readable([row for row in rows if row.contact_id == of_contact]))
        begin_closing(tenant=acme, actor=Actor.member(owner_of(acme)), now=clock.now())
        if not closure.close(acme.id, now=clock.now() + GRACE, pause=lambda _s: None):
            raise AssertionError("not closed")
        with restored(superuser_url, backup) as scratch:
            rows = stored_in(scratch) + stored_in(superuser_url)
        closed = len(readable([row for row in rows if row.tenant_id == of_acme]))
        stays = len(readable([row for row in rows if row.tenant_id == told.globex.id]))
    return erased, closed, stays


def _give_details(conversation: Conversation, member: Membership) -> None:
    details = ContactDetails(name="Vera Visser", email=address_of(conversation), phone="+49 30 901820")
    give_details(conversation, details, member, at=clock.now())


def _add_messages(tenant: Tenant, talk: Conversation, count: int) -> None:
    text = "A message of some two hundred bytes, as visitors write them when they have something to tell. " * 2
    with tenant_scope(tenant):
        for start in range(0, count, 1000):
            numbers = range(start + 2, min(start + 1000, count) + 2)
            Message.objects.bulk_create(_message(talk, number, text) for number in numbers)
        talk.last_sequence = talk.last_public_sequence = count + 1
        talk.save()


def _message(talk: Conversation, sequence: int, text: str) -> Message:
    identifier = uuid7()
    return Message(
        id=identifier, tenant_id=talk.tenant_id, conversation=talk, sequence=sequence, public_sequence=sequence,
        kind="public", author_kind="visitor", author_id=talk.started_by_id, client_id=uuid4(),
        body=seal(Message.slot(talk.tenant_id, talk.contact_id, identifier), text), masked_with=1,
        posted_at=talk.created_at,
    )  # fmt: skip


def _add_contact_keys(tenant: Tenant, count: int) -> None:
    content, now = ring.tenant_cipher(tenant.id, Purpose.CONTENT), clock.now()

    def row() -> ContactKey:
        contact = uuid4()
        wrapped = content.seal(aead.new_key(), context_of(tenant.id, str(contact), 1))
        return ContactKey(tenant_id=tenant.id, contact_id=contact, version=1, wrapped=wrapped, created_at=now)

    with keys_scope(tenant.id):
        ContactKey.objects.bulk_create((row() for _ in range(count)), batch_size=2000)
