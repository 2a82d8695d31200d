"""What reaches both of two visitors who were made one: holds, requests about their data, retention."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.db import transaction

from chat import archive_building, archive_doors, holds, merging
from chat.actions import erasure, legal_holds, request_effects, request_erasing
from chat.actions.merging import Refusal, part_contacts
from chat.models import Contact, ContactMerge, Conversation, Message
from compliance.disposal import HeldRecordError
from compliance.models import HoldKind, LegalHold, RecordClass, RequestState
from tenants.actors import Actor
from tenants.keyring import ring
from tenants.keyring.ring import KeyUnavailableError
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db
OTHER = "v.lund@work.example"


# --- holds ----------------------------------------------------------------------------------------------------


def hold(register, target, kind):
    return register.do(legal_holds.place_hold, kind=kind, target=target, reason="An inquiry")


@pytest.mark.parametrize("placed_on", ["kept", "merged", "beside"])
def test_a_hold_on_one_holds_all_of_the_person_until_it_is_released(register, talk, second, olive, now, placed_on):
    third = store_conversation(register.tenant, ["third"], at=now)
    made = register.merge(talk, second)
    register.merge(talk, third)
    target = {"kept": talk, "merged": second, "beside": third}[placed_on]

    placed = hold(register, target.contact_id, HoldKind.CONTACT)

    with tenant_scope(register.tenant):
        assert set(Conversation.objects.filter(holds.held())) == {talk, second, third}
        assert set(holds.covered_by(placed)) == {talk, second, third}
        for one in (talk, second, third):
            assert holds.forbids(RecordClass.CONTACT, one.contact_id)
            assert holds.on_conversation(one.id, one.contact_id) == [placed]
            with pytest.raises(HeldRecordError), transaction.atomic():
                erasure.erase_contact(contact_id=one.contact_id, actor=Actor.system(), now=now)
        assert register.refused(part_contacts, merge_id=made.id, actor=olive, now=now) == Refusal.HELD
        LegalHold.objects.all().delete()
        part_contacts(merge_id=made.id, actor=olive, now=now)


def test_a_hold_on_one_conversation_keeps_the_person_and_not_their_other_conversations(register, talk, second):
    register.merge(talk, second)
    hold(register, second.id, HoldKind.CONVERSATION)

    with tenant_scope(register.tenant):
        assert list(Conversation.objects.filter(holds.held())) == [second]
        assert holds.forbids(RecordClass.CONTACT, talk.contact_id)


# --- what is asked about their data ---------------------------------------------------------------------------


@pytest.mark.parametrize("asked_of", ["kept", "merged"])
def test_an_erasure_by_request_erases_the_whole_person_and_the_way_back(register, talk, second, unsent, asked_of):
    alone = store_conversation(register.tenant, ["another's"], at=register.now)
    register.merge(talk, second)
    asked = {"kept": talk, "merged": second}[asked_of]
    made = register.answer(register.known("erasure", contact_id=asked.contact_id))

    request_erasing.carry_out(tenant=register.tenant, request_id=made.id, now=register.now)

    closed = register.again(made)
    ring.forget_cached_keys()
    with tenant_scope(register.tenant):
        assert list(Conversation.objects.all()) == [alone]
        assert not ContactMerge.objects.exists()
        for one in (talk, second):
            with pytest.raises(KeyUnavailableError):
                ring.contact_cipher(register.tenant.id, one.contact_id)
    assert (closed.state, closed.certificate["counts"]["messages"]) == (RequestState.ANSWERED, 3)
    assert closed.certificate["merged_with"] == [str(({talk.contact_id, second.contact_id} - {asked.contact_id}).pop())]


def test_a_worker_that_dies_between_the_two_leaves_both(register, talk, second, unsent, monkeypatch):
    register.merge(talk, second)
    made = register.answer(register.known("erasure", contact_id=talk.contact_id))
    erase, calls = erasure.erase_contact, []

    class KilledError(BaseException):
        pass

    def die_at_the_second(**given):
        calls.append(given)
        if len(calls) == 2:
            raise KilledError
        return erase(**given)

    with monkeypatch.context() as dying:
        dying.setattr(erasure, "erase_contact", die_at_the_second)
        # The keys lie in another database; here they go with the first, as the words of one who is erased in any case.
        dying.setattr(ring, "destroy_contact_keys", lambda *_: 0)
        with pytest.raises(KilledError):
            request_erasing.carry_out(tenant=register.tenant, request_id=made.id, now=register.now)
    with tenant_scope(register.tenant):
        assert Message.objects.count() == 3
    request_erasing.carry_out(tenant=register.tenant, request_id=made.id, now=register.now)
    with tenant_scope(register.tenant):
        assert Message.objects.count() == 0


def test_what_is_handed_out_is_of_the_whole_person(register, talk, second, unsent):
    register.merge(talk, second)
    made = register.answer(register.known("access", contact_id=second.contact_id))
    archive_building.build(tenant=register.tenant, request_id=made.id, now=register.now)

    with tenant_scope(register.tenant):
        _, pieces = archive_doors.handed_over(made.id, register.member, now=register.now)
        zipped = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    kept = json.loads(zipped.read("data.json"))
    texts = {message["text"] for each in kept["conversations"] for message in each["messages"]}
    assert texts == {"hello", "a secret of mine", "from work"}
    assert kept["you"]["email"] == OTHER
    assert [other["you"]["email"] for other in kept["also_known_as"]] == ["vera@tents.example"]
    assert "vera@tents.example" in zipped.read("index.html").decode()


def test_what_somebody_erases_by_themselves_is_their_browsers_own(register, talk, second):
    register.merge(talk, second)
    with tenant_scope(register.tenant):
        request_erasing.erase_own(contact_id=second.contact_id, actor=Actor.system(), now=register.now)

        assert list(Conversation.objects.all()) == [talk]
        assert not ContactMerge.objects.exists()


@pytest.mark.parametrize(("kind", "column"), [("objection", "objected_at"), ("restriction", "restricted_at")])
def test_who_wants_to_be_left_alone_is_so_as_a_person(register, talk, second, kind, column, now):
    third = store_conversation(register.tenant, ["third"], at=now)
    register.merge(talk, second)
    asked = register.answer(register.known(kind, contact_id=second.contact_id))

    def since():
        with tenant_scope(register.tenant):
            rows = Contact.objects.filter(id__in=[one.contact_id for one in (talk, second, third)])
            return set(rows.values_list(column, flat=True))

    assert since() == {now, None}
    made = register.merge(talk, third)
    assert since() == {now}
    register.part(made)
    assert since() == {now}, "kept on the safe side"
    register.do(request_effects.lift, request_id=asked.id, note="They wrote so")
    with tenant_scope(register.tenant):
        rows = Contact.objects.filter(id__in=[talk.contact_id, second.contact_id])
        assert set(rows.values_list(column, flat=True)) == {None}


# --- retention ------------------------------------------------------------------------------------------------


def test_records_go_at_their_own_time_and_the_others_stay_one_person(register, talk, second, now):
    third = store_conversation(register.tenant, ["third"], at=now)
    register.merge(talk, second)
    register.merge(talk, third)
    later = now + timedelta(days=400)
    with tenant_scope(register.tenant):
        Conversation.objects.exclude(id=talk.id).update(last_message_at=later)

        erasure.erase_conversations(before=now + timedelta(days=30), limit=10)
        assert not Contact.objects.filter(id=talk.contact_id).exists()
        assert merging.one_person(third.contact_id) == [second.contact_id, third.contact_id]

        erasure.erase_conversations(before=later + timedelta(days=1), limit=10)
        assert not Contact.objects.exists()
        assert not ContactMerge.objects.exists()
