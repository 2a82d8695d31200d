"""Keys of many contacts, loaded on the loop before they are needed."""

import asyncio
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async

from tenants import reading
from tenants.keyring import ring
from tenants.keyring.ahead import have_contact_keys
from tenants.keyring.standing import KeysWithheldError
from tenants.models import Tenant

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])


@pytest.fixture
def contacts(acme, now):
    contacts = [uuid4() for _ in range(5)]
    for contact in contacts:
        ring.create_contact_key(acme.id, contact, now=now)
    ring.tenant_cipher(acme.id, ring.Purpose.CONTENT, 1)
    return contacts


async def test_sockets_that_want_keys_at_once_get_them_in_one_read(acme, contacts, monkeypatch):
    sealed = [ring.contact_cipher(acme.id, contact).seal(b"Hello", b"here") for contact in contacts]
    ring.forget_cached_keys()
    read, reads = reading.Reader.read, []

    async def counted(reader, statements):
        reads.append([statement.sql for statement in statements if "contactkey" in statement.sql])
        return await read(reader, statements)

    monkeypatch.setattr(reading.Reader, "read", counted)
    await asyncio.gather(*(have_contact_keys(acme.id, [contact, uuid4()]) for contact in contacts))

    assert len([asked for asked in reads if asked]) == 1
    # On the loop, where a look into the database would be an error.
    opened = [ring.contact_cipher(acme.id, contact, envelope[:5]).open(envelope, b"here")
              for contact, envelope in zip(contacts, sealed, strict=True)]  # fmt: skip
    assert opened == [b"Hello"] * 5
    reads.clear()
    await have_contact_keys(acme.id, contacts)
    assert reads == []


async def test_keys_of_a_suspended_organisation_are_withheld(acme, contacts):
    ring.forget_cached_keys()
    await sync_to_async(Tenant.objects.filter(id=acme.id).update)(status="suspended")

    with pytest.raises(KeysWithheldError):
        await have_contact_keys(acme.id, contacts)
    assert not ring.is_at_hand(acme.id, contacts[0])


async def test_what_is_forgotten_while_keys_are_read_is_not_kept(acme, contacts, monkeypatch):
    ring.forget_cached_keys()
    keep = ring.keep_contact_keys

    def late(*args, **facts):
        ring.forget_cached_keys(acme.id)
        return keep(*args, **facts)

    monkeypatch.setattr(ring, "keep_contact_keys", late)
    await have_contact_keys(acme.id, contacts)

    assert not ring.is_at_hand(acme.id, contacts[0])
