"""What a visitor is called and reached by: stored sealed, shown through the one door, masked, and gone with its key."""

from dataclasses import replace
from uuid import uuid4

import pytest

from chat import contact_disclosure
from chat.actions import erasure
from chat.actions.contacts import BadDetailError, DetailsChangedError, change_contact_details, give_contact_details
from chat.delivery.committer import VisitorBlockedError
from chat.models import Contact, ContactDetails, Inbox
from chat.permissions import Visitor
from chat.record_stores import ConversationStore
from compliance import rule_sets
from tenants.encryption.sealing import seal
from tenants.scoping import tenant_scope
from tests.chat.contacts.conftest import VERA, change, entries, row, row_in_scope, shown
from tests.factories.stored import store_conversation, tampered

pytestmark = pytest.mark.django_db


def visitor_of(acme):
    with tenant_scope(acme):
        inbox = Inbox.objects.get()
    return Visitor(acme.id, inbox.id, uuid4().bytes * 2)


def test_details_are_stored_sealed_and_shown_to_a_member(acme, ada, known, now):
    kept = row(known)

    raw = b"".join(bytes(value) for value in (kept.name, kept.email, kept.phone, kept.email_token, kept.phone_token))
    assert not any(word in raw.lower() for word in (b"vera", b"tents", b"901820"))
    assert shown(known, ada, now) == VERA


def test_reading_and_changing_them_is_recorded_without_them(acme, ada, known, now):
    shown(known, ada, now)

    assert entries(acme, "contact.changed") == [{"details": "name, email, phone"}]
    assert entries(acme, "contact.disclosed") == [{"details": "name, email, phone"}]


def test_what_stays_as_it_was_is_not_stored_again(acme, ada, known, now):
    before = row(known)

    change(known, ContactDetails(name="Vera Visser", phone=""), ada, now)

    after = row(known)
    assert (bytes(after.name), bytes(after.email)) == (bytes(before.name), bytes(before.email))
    assert (after.phone, after.phone_token) == (None, None)
    assert entries(acme, "contact.changed")[-1] == {"details": "phone"}


def test_of_two_forms_the_later_one_is_told_of_the_first(acme, ada, talk, now):
    change(talk, VERA, ada, now)

    with tenant_scope(acme), pytest.raises(DetailsChangedError):
        change_contact_details(conversation_id=talk.id, given=ContactDetails(), seen=None, actor=ada, now=now)


@pytest.mark.parametrize(
    ("detail", "text", "reason"),
    [
        ("email", "4111111111111111@tents.example", "card"),
        ("phone", "4111 1111 1111 1111", "card"),
        ("email", "vera at tents", "malformed"),
        ("phone", "030 901820", "malformed"),
        ("phone", "+49 30 \u202e901820", "malformed"),
        ("name", "Ve\x00ra", "malformed"),
        ("name", "V" * 121, "too_long"),
    ],
)
def test_what_is_no_such_detail_is_refused_and_not_repeated(acme, ada, talk, now, detail, text, reason):
    with pytest.raises(BadDetailError) as refused:
        change(talk, ContactDetails(**{detail: text}), ada, now)

    assert (refused.value.detail, refused.value.reason) == (detail, reason)
    assert text not in str(refused.value)
    assert getattr(row(talk), detail) is None


def test_a_card_number_in_a_name_is_masked_but_the_name_itself_never_is(acme, ada, talk, now):
    change(talk, ContactDetails(name="Vera 4111111111111111"), ada, now)

    assert shown(talk, ada, now).name == "Vera [card •••• 1111]"


def test_a_detail_moved_to_another_contact_or_column_does_not_open(acme, ada, known, now):
    other = store_conversation(acme, at=now)
    with tenant_scope(acme):
        held = row_in_scope(known)
        Contact.objects.filter(id=other.contact_id).update(email=held.email, name=held.name)
        Contact.objects.filter(id=known.contact_id).update(
            name=held.email, phone=tampered(bytes(held.phone)[:-1] + b"\0")
        )

    assert not shown(other, ada, now)
    assert shown(known, ada, now) == ContactDetails(email="Vera@Tents.example")


def test_a_visitor_adds_to_what_is_known_and_takes_nothing_away(acme, ada, now):
    vera = visitor_of(acme)

    contact = give_contact_details(visitor=vera, given=VERA, now=now)
    give_contact_details(visitor=vera, given=ContactDetails(name=" ", email="", phone="+49 30 901821"), now=now)

    with tenant_scope(acme):
        kept = contact_disclosure.contact_details(Contact.objects.get(id=contact.id), ada, now=now)
    assert kept == ContactDetails(name="Vera Visser", email="Vera@Tents.example", phone="+49 30 901821")


def test_a_blocked_visitor_gives_nothing(acme, now):
    vera = visitor_of(acme)
    contact = give_contact_details(visitor=vera, given=ContactDetails(), now=now)
    with tenant_scope(acme):
        Contact.objects.filter(id=contact.id).update(blocked_at=now)

    with pytest.raises(VisitorBlockedError):
        give_contact_details(visitor=vera, given=VERA, now=now)


def test_what_is_erased_takes_details_and_tokens_along(acme, known, now):
    with tenant_scope(acme):
        erasure.erase_all(limit=10)
        assert not Contact.objects.exists()


def test_an_export_has_the_details(acme, olive, known, now):
    with tenant_scope(acme):
        (exported,) = ConversationStore().export(olive, limit=5, now=now)

    assert exported["contact"] == {"name": "Vera Visser", "email": "Vera@Tents.example", "phone": "+49 30 901820"}


def test_newer_rules_mask_a_card_number_in_stored_details_and_its_token_goes(acme, ada, known, now):
    with tenant_scope(acme):
        held = row_in_scope(known)
        held.email = tampered(seal(Contact.slot(acme.id, held.id, "email"), "4111111111111111@tents.example"))
        held.masked_with = 1
        held.save()
        rule_set = replace(rule_sets.current(acme.id), number=99)
        store = ConversationStore()
        assert store.has_outdated(99)
        place = None
        while (place := store.rescan(rule_set=rule_set, after=place, limit=10, now=now).place) is not None:
            pass
        assert not store.has_outdated(99)

    assert shown(known, ada, now).email.startswith("[card ")
    assert (row(known).email_token, row(known).phone_token is None) == (None, False)
    assert shown(known, ada, now).name == "Vera Visser"
