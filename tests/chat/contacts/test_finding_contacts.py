"""A visitor is found by an address or a number, as a whole, and by nobody of another organisation."""

import pytest
from django.db import connection

from chat import contact_disclosure
from chat.actions import contacts
from chat.actions.contacts import change_contact_details
from chat.delivery.committer import ConversationNotFoundError
from tenants.keyring import blind_index
from tenants.keyring.blind_index import UnindexableError
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tests.chat.contacts.conftest import VERA, change, entries, found, row, row_in_scope, shown
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "wanted", ["vera@tents.example", " VERA@TENTS.EXAMPLE ", "+4930901820", "+49 (30) 90-18-20", "0049 30 901820"]
)
def test_a_contact_is_found_by_address_or_number_however_it_is_written(acme, ada, known, now, wanted):
    store_conversation(acme, at=now)

    assert found(wanted, ada, now) == [known.id]


@pytest.mark.parametrize("wanted", ["vera@tents", "era@tents.example", "+49 30 901821", "vera@tents.example.org"])
def test_only_the_whole_value_finds(acme, ada, known, now, wanted):
    try:
        assert found(wanted, ada, now) == []
    except UnindexableError:
        assert wanted == "vera@tents"


def test_a_search_is_recorded_without_what_was_searched_for(acme, ada, known, now):
    found("vera@tents.example", ada, now)

    assert entries(acme, "contact.searched") == [{"by": "email", "contacts": 1, "conversations": 1}]


def test_mallory_finds_reads_and_changes_nothing(acme, globex, ada, mallory, known, now):
    assert found("vera@tents.example", mallory, now) == []
    with tenant_scope(globex), pytest.raises(ConversationNotFoundError):
        change_contact_details(conversation_id=known.id, given=VERA, seen=None, actor=mallory, now=now)
    with tenant_scope(acme), pytest.raises(NotPermittedError):
        contact_disclosure.contact_details(row_in_scope(known), mallory, now=now)
    ada.is_active = False
    for forbidden in (lambda: shown(known, ada, now), lambda: found("vera@tents.example", ada, now)):
        with pytest.raises(NotPermittedError):
            forbidden()
    with pytest.raises(NotPermittedError):
        change(known, VERA, ada, now)


def test_two_organisations_have_different_tokens_of_one_address(acme, globex, known, mallory, now):
    theirs = store_conversation(globex, at=now)
    change(theirs, VERA, mallory, now)

    assert bytes(row(known).email_token) != bytes(row(theirs).email_token)


def test_a_look_up_uses_the_index_under_row_security(acme, known):
    token = bytes(row(known).email_token)
    with tenant_scope(acme), connection.cursor() as cursor:
        # Of few people each index costs the same.
        cursor.execute(
            "INSERT INTO chat_contact (id, tenant_id, created_at) "
            "SELECT gen_random_uuid(), %s, now() FROM generate_series(1, 3000)",
            [acme.id],
        )
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM chat_contact WHERE tenant_id = %s AND email_token = %s", [acme.id, token]
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "email_token = " in plan.partition("Index Cond:")[2].partition("\n")[0]


def test_a_field_is_told_by_its_at_sign():
    assert blind_index.field_of("vera@tents.example") == "email"
    assert blind_index.field_of("+49 30 901820") == "phone"
    assert contacts.MAX_LENGTH["email"] == 254
