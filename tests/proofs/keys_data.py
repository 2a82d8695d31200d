"""What `prove keys` works on: two organisations, many contact keys, one contact with many messages; and their end."""

from dataclasses import dataclass
from uuid import uuid4

from chat.models import Conversation, Message
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
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation
from tests.factories.tenants import make_person, make_tenant, owner_of
from tests.support.backups import backup_of, readable, restored, stored_in

TALKS = 10


@dataclass(frozen=True)
class Told:
    acme: Tenant
    globex: Tenant
    talk: Conversation
    others: list[Conversation]


def prepare(*, contacts: int, rows: int) -> Told:
    """Store everything, sealed as the service seals it."""
    now = clock.now()
    acme = make_tenant("Acme", owner=make_person("Olive", now=now), now=now)
    globex = make_tenant("Globex", owner=make_person("Gustav", now=now), now=now)
    store_conversation(globex, ["of another organisation"], at=now)
    talk = store_conversation(acme, ["first"], at=now)
    _add_messages(acme, talk, rows)
    _add_contact_keys(acme, contacts)
    return Told(acme, globex, talk, [store_conversation(acme, ["hello"], at=now) for _ in range(TALKS)])


def unreadable(tenant: Tenant) -> int:
    """Count the organisation's messages that do not open, from a cold cache."""
    ring.forget_cached_keys()
    with tenant_scope(tenant):
        rows = Message.objects.values_list("tenant_id", "conversation__contact_id", "id", "body")
        stored = [(*row[:3], bytes(row[3])) for row in rows]
    return len(stored) - len(readable(stored))


def end(told: Told, superuser_url: str) -> tuple[int, int, int]:
    """Back up, erase a contact, close the organisation, restore; return what opens of each, and of another's."""
    acme = told.acme
    with backup_of(superuser_url) as backup:
        of_contact, of_acme = told.others[0].contact_id, acme.id
        ring.destroy_contact_keys(acme.id, [of_contact])
        with restored(superuser_url, backup) as scratch:
            rows = stored_in(scratch) + stored_in(superuser_url)
        erased = len(readable([row for row in rows if row[1] == of_contact]))
        begin_closing(tenant=acme, actor=Actor.member(owner_of(acme)), now=clock.now())
        if not closure.close(acme.id, now=clock.now() + GRACE, pause=lambda _s: None):
            raise AssertionError("not closed")
        with restored(superuser_url, backup) as scratch:
            rows = stored_in(scratch) + stored_in(superuser_url)
        closed = len(readable([row for row in rows if row[0] == of_acme]))
        stays = len(readable([row for row in rows if row[0] == told.globex.id]))
    return erased, closed, stays


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
