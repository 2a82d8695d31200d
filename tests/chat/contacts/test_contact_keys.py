"""Keys of contacts turned and renewed: details stay readable, and tokens are made again."""

from datetime import timedelta

import pytest

from chat.models import Contact
from compliance import key_rotation
from helpdesk.core import aead
from tenants.keyring import ring, rotation
from tenants.keyring.models import KeyState, Purpose, TenantKey
from tenants.keyring.scope import keys_scope
from tenants.scoping import tenant_scope
from tests.chat.contacts.conftest import VERA, found, row, row_in_scope, shown
from tests.factories.stored import tampered

pytestmark = pytest.mark.django_db


def turn(tenant, purpose=None, contact=None, now=None):
    if contact is None:
        rotation.begin_tenant_rotation(tenant.id, purpose, now=now)
    else:
        rotation.begin_contact_rotation(tenant.id, contact, now=now)
    return key_rotation.turn_keys(tenant.id, now=lambda: now, pause=lambda _: None, grace=timedelta(0))


def test_a_turned_index_key_still_finds_and_the_tokens_are_made_again(acme, ada, known, now):
    before = bytes(row(known).email_token)
    rotation.begin_tenant_rotation(acme.id, Purpose.INDEX, now=now)
    assert found("vera@tents.example", ada, now) == [known.id]

    key_rotation.turn_keys(acme.id, now=lambda: now, pause=lambda _: None, grace=timedelta(0))

    after = bytes(row(known).email_token)
    assert (before[:4], after[:4]) == (b"\0\0\0\1", b"\0\0\0\2")
    assert found("vera@tents.example", ada, now) == found("+4930901820", ada, now) == [known.id]
    with keys_scope(acme.id):
        index = TenantKey.objects.filter(purpose=Purpose.INDEX)
        assert list(index.values_list("version", "state")) == [(2, KeyState.ACTIVE)]


def test_the_index_key_is_kept_while_a_token_needs_it(acme, ada, known, now, monkeypatch):
    monkeypatch.setattr("chat.actions.reindexing.ContactTokens.move", lambda *_, **__: 0)

    assert turn(acme, Purpose.INDEX, now=now) == 0


def test_a_renewed_contact_key_seals_the_details_again(acme, ada, known, now):
    assert turn(acme, contact=known.contact_id, now=now) == 1

    kept = row(known)
    assert {aead.key_version(bytes(value)) for value in (kept.name, kept.email, kept.phone)} == {2}
    assert shown(known, ada, now) == VERA
    assert found("vera@tents.example", ada, now) == [known.id]


def test_a_detail_that_does_not_open_keeps_the_contacts_old_key_alive(acme, ada, known, now):
    with tenant_scope(acme):
        broken = tampered(bytes(row_in_scope(known).phone)[:-1] + b"\0")
        Contact.objects.filter(id=known.contact_id).update(phone=broken)

    assert turn(acme, contact=known.contact_id, now=now) == 0


def test_an_erased_contact_is_unknown_and_no_longer_found_though_the_row_is_restored(acme, ada, known, now):
    ring.destroy_contact_keys(acme.id, [known.contact_id])

    assert not shown(known, ada, now)
    assert found("vera@tents.example", ada, now) == []
    assert turn(acme, Purpose.INDEX, now=now) == 1
    assert row(known).email_token is None
