"""What is kept of a visitor: theirs to take along and to erase, once they have proven who they are."""

import io
import json
import zipfile
from uuid import uuid4

import pytest

from chat.actions import erasure, messages
from chat.models import (
    Contact,
    ContactDetails,
    Conversation,
    Message,
    ProofRequest,
    VisitorFactor,
    VisitorSession,
)
from chat.own_data import BATCH, DATA, PAGE
from compliance import disposal
from compliance.disposal import HeldRecordError
from compliance.models import AuditEntry, RecordClass, SubjectRequest
from tenants.keyring.models import ContactKey
from tenants.keyring.scope import keys_scope
from tenants.scoping import tenant_scope
from tests.chat.proofs.conftest import Card, again, ask, begun, events
from tests.factories.stored import give_details, store_conversation


@pytest.fixture
def card(asked):
    """Vera's card; she has not proven anything yet."""
    return Card(asked)


@pytest.fixture
def proven_card(card):
    assert card.step("prove", {"code": card.mailed()}).status_code == 200
    return card


def exported(card):
    answer = card.step("export")
    assert answer.status_code == 200, answer.content
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    return answer, json.loads(archive.read(DATA)), archive.read(PAGE).decode()


def test_nothing_is_handed_out_or_erased_before_it_is_proven(card, asked, acme):
    for step, body in (("export", {}), ("erase", {"confirm": "erase"})):
        assert (card.step(step, body).status_code, card.step(step, body).json()) == (403, {"error": "not_proven"})
    card.step("prove", {"code": card.mailed()})
    card.step("end")
    for step, body in (("export", {}), ("erase", {"confirm": "erase"})):
        assert (card.step(step, body).status_code, card.step(step, body).json()["error"]) == (409, "ended")
    with tenant_scope(acme):
        assert Conversation.objects.filter(contact_id=asked.contact_id).exists()
    assert events(acme, "contact.own_data") == []


def test_what_is_handed_out_is_what_the_visitor_may_see_of_every_conversation_and_no_note(
    acme, ada, chat, proven_card, now
):
    with tenant_scope(acme):
        contact = Contact.objects.get(id=chat.contact_id)
    earlier = store_conversation(
        acme, ["An earlier word <b>of mine</b>", "An answer"], at=now, contact=contact, agents=[1]
    )
    store_conversation(acme, ["Somebody else's words"], at=now)
    for kind, text in (("note", "They sound worried"), ("public", "Card 4111 1111 1111 1111, noted")):
        messages.post_agent_message(
            membership=ada, conversation_id=chat.id, client_id=uuid4(), text=text, kind=kind, now=now
        )

    answer, data, page = exported(proven_card)

    assert answer.headers["Content-Type"] == "application/zip"
    assert (answer.headers["Cache-Control"], "attachment" in answer.headers["Content-Disposition"]) == (
        "no-store",
        True,
    )
    assert (data["organisation"], data["you"]) == ("Acme", {"email": "vera@tents.example"})
    assert {each["reference"] for each in data["conversations"]} == {chat.reference, earlier.reference}
    said = [message["text"] for each in data["conversations"] for message in each["messages"]]
    assert {"Hello", "An earlier word <b>of mine</b>", "An answer"} <= set(said)
    assert "An earlier word &lt;b&gt;of mine&lt;/b&gt;" in page
    for hidden in ("They sound worried", "4111 1111", "Somebody else"):
        assert hidden not in json.dumps(data) + page


def test_a_long_conversation_is_handed_out_whole(acme, ada, chat, proven_card, now):
    with tenant_scope(acme):
        contact = Contact.objects.get(id=chat.contact_id)
    store_conversation(acme, [f"Word {number}" for number in range(BATCH + 2)], at=now, contact=contact)

    _, data, _ = exported(proven_card)

    assert max(len(each["messages"]) for each in data["conversations"]) == BATCH + 2


def test_it_stands_in_the_audit_trail_with_counts_alone(acme, proven_card):
    _, data, _ = exported(proven_card)

    with tenant_scope(acme):
        entry = AuditEntry.objects.get(event="contact.own_data_exported")
    assert entry.facts == {"conversations": 1, "messages": len(data["conversations"][0]["messages"])}
    assert entry.actor_kind == "visitor"


def test_it_is_handed_out_some_times_and_then_not_for_a_while(proven_card):
    assert [proven_card.step("export").status_code for _ in range(6)] == [200] * 5 + [429]


def test_another_s_pass_hands_out_nothing(acme, ada, asked, proven_card, now):
    other = Card(ask(begun(acme, ada, now, address="other@tents.example"), ada, now))

    assert other.step("export").status_code == 403


def test_what_goes_is_said_before_it_is_erased_and_it_is_asked_for_by_name(acme, asked, proven_card):
    kept = proven_card.step("open").json()["kept"]
    assert (kept["conversations"], kept["messages"] > 0) == (1, True)
    for body in ({}, {"confirm": "yes"}, {"confirm": 1}):
        assert proven_card.step("erase", body).status_code == 400
    assert again(asked).state == "proven"


def test_erased_is_everything_of_the_person_with_their_key_and_nothing_of_anybody_else(
    acme, ada, chat, asked, proven_card, now
):
    with tenant_scope(acme):
        contact = Contact.objects.get(id=chat.contact_id)
    earlier = store_conversation(acme, ["Earlier"], at=now, contact=contact, resolved_at=now)
    bystander = store_conversation(acme, ["Somebody else's words"], at=now)
    give_details(bystander, ContactDetails(email="bob@tents.example"), ada, at=now)

    answer = proven_card.step("erase", {"confirm": "erase"})

    assert (answer.status_code, answer.json()["conversations"]) == (200, 2)
    with tenant_scope(acme):
        mine = {"contact_id": contact.id}
        assert list(Conversation.objects.values_list("id", flat=True)) == [bystander.id]
        assert not Message.objects.filter(conversation_id__in=[chat.id, earlier.id]).exists()
        for model in (ProofRequest, VisitorFactor, VisitorSession):
            assert not model.objects.filter(**mine).exists()
        assert list(Contact.objects.values_list("id", flat=True)) == [bystander.contact_id]
        entry = AuditEntry.objects.get(event="contact.own_data_erased")
        assert (entry.object_id, entry.facts["conversations"], entry.actor_kind) == (contact.id, 2, "visitor")
    with keys_scope(acme.id):
        assert not ContactKey.objects.filter(**mine).exists()
        assert ContactKey.objects.filter(contact_id=bystander.contact_id).exists()
    assert proven_card.step("open").status_code == 404


def test_what_a_duty_holds_is_not_erased_nor_anything_beside_it(acme, chat, asked, proven_card, now, monkeypatch):
    with tenant_scope(acme):
        contact = Contact.objects.get(id=chat.contact_id)
    held = store_conversation(acme, ["Earlier"], at=now, contact=contact, resolved_at=now)
    monkeypatch.setattr(
        disposal, "_forbidding", [lambda kind, record: (kind, record) == (RecordClass.CONVERSATION, held.id)]
    )

    answer = proven_card.step("erase", {"confirm": "erase"})

    assert (answer.status_code, answer.json()) == (409, {"error": "held"})
    with tenant_scope(acme):
        assert Conversation.objects.filter(contact=contact).count() == 2
        with pytest.raises(HeldRecordError):
            erasure.erase_contact(contact_id=contact.id, actor=None, now=now)


def asked_for(tenant):
    with tenant_scope(tenant):
        rows = SubjectRequest.objects.order_by("id")
        return sorted((one.kind, one.state, one.identity, one.by_visitor) for one in rows)


def test_what_is_taken_along_is_in_the_register_of_requests(proven_card, acme):
    exported(proven_card)

    assert asked_for(acme) == [("access", "answered", "proof", True)]


def test_a_visitor_asks_for_the_rest_in_their_own_words_proven_or_not(card, acme, asked, now):
    answer = card.step("request", {"kind": "objection", "words": "Please do not ask me how it was"})
    assert answer.status_code == 200
    assert answer.json()["due_at"] > now.isoformat()
    assert asked_for(acme) == [("objection", "received", "", True)]

    card.step("prove", {"code": card.mailed()})
    card.step("request", {"kind": "rectification", "words": ""})

    assert asked_for(acme) == [("objection", "progress", "proof", True), ("rectification", "progress", "proof", True)]


@pytest.mark.parametrize(
    "body", [{}, {"kind": "access"}, {"kind": "all", "words": ""}, {"kind": "access", "words": "x" * 1001}]
)
def test_what_no_card_sends_is_no_request(card, acme, body):
    assert card.step("request", body).status_code == 400
    assert asked_for(acme) == []


def test_who_asks_all_the_time_waits(card):
    answers = [card.step("request", {"kind": "access", "words": ""}).status_code for _ in range(6)]

    assert answers == [200] * 5 + [429]
