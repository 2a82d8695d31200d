"""Two visitors whom a member finds to be one: what reaches both then, what does not, and parting them again."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from chat import archive_building, archive_doors, holds, merging, people
from chat.actions import erasure, legal_holds, request_effects, request_erasing
from chat.actions.merging import MOST, MergeRefusedError, Refusal, merge_contacts, part_contacts
from chat.models import UNDO_FOR, Contact, ContactDetails, ContactMerge, Conversation, Message
from compliance.disposal import HeldRecordError
from compliance.models import AuditEntry, HoldKind, LegalHold, RecordClass, RequestState
from tenants.actors import Actor
from tenants.keyring import ring
from tenants.keyring.ring import KeyUnavailableError
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tests.factories.stored import give_details, store_contact, store_conversation

pytestmark = pytest.mark.django_db
OTHER = "v.lund@work.example"


@pytest.fixture
def second(acme, ada, now):
    """What Vera said from work, where nobody knew that it was her."""
    conversation = store_conversation(acme, ["from work"], at=now)
    give_details(conversation, ContactDetails(name="V. Lund", email=OTHER), ada, at=now)
    return conversation


@pytest.fixture
def stored(monkeypatch):
    """Jobs that would be sent on their way are not."""
    for job in (request_erasing.erase_for_request, archive_building.build_archive):
        monkeypatch.setattr(job, "apply_async", lambda *_, **__: None)


def merge(register, kept, merged, **given):
    return register.do(merge_contacts, kept_id=kept.contact_id, merged_id=merged.contact_id, **given)


def part(register, made, **given):
    return register.do(part_contacts, merge_id=made.id, **given)


def refused(act, *args, **given):
    with pytest.raises(MergeRefusedError) as caught:
        act(*args, **given)
    return caught.value.state


def person(talk):
    with tenant_scope(talk.tenant_id):
        return merging.one_person(talk.contact_id)


def as_stored(tenant):
    """Every row of what was said and who said it, as it lies there."""
    with tenant_scope(tenant):
        return [
            list(model.objects.order_by("id").values_list())
            for model in (Contact, Conversation, Message, ContactMerge, LegalHold)
        ]


# --- made one, and two again ----------------------------------------------------------------------------------


def test_two_are_one_person_and_the_trail_says_who_found_so(register, talk, second, olive):
    made = merge(register, talk, second)

    assert person(talk) == person(second) == [talk.contact_id, second.contact_id]
    with tenant_scope(register.tenant):
        entry = AuditEntry.objects.get(event="contact.merged")
        shown = people.facts_of(Conversation.objects.select_related("contact").get(id=talk.id)).previous
    assert (entry.object_id, entry.facts, entry.actor_id) == (
        talk.contact_id, {"merged": str(second.contact_id)}, olive.id,
    )  # fmt: skip
    assert [one.id for one in shown] == [second.id]
    assert made.undo_until == register.now + UNDO_FOR


def test_after_parting_everything_is_stored_as_it_was(register, talk, second):
    before = as_stored(register.tenant)

    part(register, merge(register, talk, second))

    assert as_stored(register.tenant) == before
    assert (person(talk), person(second)) == ([talk.contact_id], [second.contact_id])
    with tenant_scope(register.tenant):
        assert AuditEntry.objects.filter(event="contact.parted").count() == 1


def test_a_week_later_they_cannot_be_parted(register, talk, second):
    made = merge(register, talk, second)

    last = made.undo_until - timedelta(microseconds=1)
    assert refused(part, register, made, at=made.undo_until) == Refusal.TOO_LATE
    part(register, made, at=last)
    assert refused(part, register, made, at=last) == Refusal.GONE


def test_who_may_not_handle_requests_neither_merges_nor_parts(register, talk, second, ada, mallory):
    made = merge(register, talk, second)

    with pytest.raises(NotPermittedError):
        merge(register, talk, second, by=ada)
    with pytest.raises(NotPermittedError):
        part(register, made, by=ada)
    assert refused(part, register, made, by=mallory) == Refusal.GONE
    assert refused(merge, register, talk, second, by=mallory) == Refusal.GONE
    assert person(talk) == [talk.contact_id, second.contact_id]


# --- what is refused ------------------------------------------------------------------------------------------


def test_nobody_is_merged_twice_nor_into_themselves_nor_in_a_chain(register, talk, second, now):
    third = store_conversation(register.tenant, ["third"], at=now)
    assert refused(merge, register, talk, talk) == Refusal.ITSELF
    merge(register, talk, second)

    assert refused(merge, register, talk, second) == Refusal.ITSELF
    assert refused(merge, register, second, talk) == Refusal.ITSELF
    assert refused(merge, register, second, third) == Refusal.MERGED
    assert refused(merge, register, third, second) == Refusal.MERGED
    assert refused(merge, register, third, talk) == Refusal.KEEPS_OTHERS
    merge(register, talk, third)
    assert set(person(third)) == {talk.contact_id, second.contact_id, third.contact_id}


def test_the_database_takes_one_into_one_alone(register, talk, second, globex, now):
    merge(register, talk, second)
    strangers = store_conversation(globex, at=now)

    def write(kept, merged):
        with transaction.atomic(), tenant_scope(register.tenant), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            ContactMerge.objects.create(
                tenant=register.tenant, kept_id=kept.contact_id, merged_id=merged.contact_id, made_by=register.member,
                made_at=now, undo_until=now,
            )  # fmt: skip

    for kept, merged in ((talk, second), (talk, talk), (talk, strangers)):
        with pytest.raises(IntegrityError):
            write(kept, merged)


def test_a_person_does_not_grow_without_end(register, talk, now):
    with tenant_scope(register.tenant):
        for _ in range(MOST):
            one = store_contact(register.tenant, at=now)
            merge_contacts(kept_id=talk.contact_id, merged_id=one.id, actor=register.member, now=now)
        more = store_contact(register.tenant, at=now)
    assert refused(
        register.do, merge_contacts, kept_id=talk.contact_id, merged_id=more.id
    ) == Refusal.FULL  # fmt: skip


def test_who_is_being_erased_is_neither_merged_nor_parted(register, talk, second, stored, now):
    third = store_conversation(register.tenant, ["third"], at=now)
    made = merge(register, talk, second)
    register.answer(register.known("erasure", contact_id=second.contact_id))

    assert refused(merge, register, talk, third) == Refusal.ERASING
    assert refused(merge, register, third, second) == Refusal.ERASING
    assert refused(part, register, made) == Refusal.ERASING


# --- holds ----------------------------------------------------------------------------------------------------


def hold(register, target, kind):
    return register.do(legal_holds.place_hold, kind=kind, target=target, reason="An inquiry")


@pytest.mark.parametrize("placed_on", ["kept", "merged", "beside"])
def test_a_hold_on_one_holds_all_of_the_person_until_it_is_released(register, talk, second, olive, now, placed_on):
    third = store_conversation(register.tenant, ["third"], at=now)
    made = merge(register, talk, second)
    merge(register, talk, third)
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
        assert refused(part_contacts, merge_id=made.id, actor=olive, now=now) == Refusal.HELD
        LegalHold.objects.all().delete()
        part_contacts(merge_id=made.id, actor=olive, now=now)


def test_a_hold_on_one_conversation_keeps_the_person_and_not_their_other_conversations(register, talk, second):
    merge(register, talk, second)
    hold(register, second.id, HoldKind.CONVERSATION)

    with tenant_scope(register.tenant):
        assert list(Conversation.objects.filter(holds.held())) == [second]
        assert holds.forbids(RecordClass.CONTACT, talk.contact_id)


# --- what is asked about their data ---------------------------------------------------------------------------


@pytest.mark.parametrize("asked_of", ["kept", "merged"])
def test_an_erasure_by_request_erases_the_whole_person_and_the_way_back(register, talk, second, stored, asked_of):
    alone = store_conversation(register.tenant, ["another's"], at=register.now)
    merge(register, talk, second)
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


def test_a_worker_that_dies_between_the_two_leaves_both(register, talk, second, stored, monkeypatch):
    merge(register, talk, second)
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


def test_what_is_handed_out_is_of_the_whole_person(register, talk, second, stored):
    merge(register, talk, second)
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
    merge(register, talk, second)
    with tenant_scope(register.tenant):
        request_erasing.erase_own(contact_id=second.contact_id, actor=Actor.system(), now=register.now)

        assert list(Conversation.objects.all()) == [talk]
        assert not ContactMerge.objects.exists()


@pytest.mark.parametrize(("kind", "column"), [("objection", "objected_at"), ("restriction", "restricted_at")])
def test_who_wants_to_be_left_alone_is_so_as_a_person(register, talk, second, kind, column, now):
    third = store_conversation(register.tenant, ["third"], at=now)
    merge(register, talk, second)
    asked = register.answer(register.known(kind, contact_id=second.contact_id))

    def since():
        with tenant_scope(register.tenant):
            rows = Contact.objects.filter(id__in=[one.contact_id for one in (talk, second, third)])
            return set(rows.values_list(column, flat=True))

    assert since() == {now, None}
    made = merge(register, talk, third)
    assert since() == {now}
    part(register, made)
    assert since() == {now}, "kept on the safe side"
    register.do(request_effects.lift, request_id=asked.id, note="They wrote so")
    with tenant_scope(register.tenant):
        rows = Contact.objects.filter(id__in=[talk.contact_id, second.contact_id])
        assert set(rows.values_list(column, flat=True)) == {None}


# --- retention ------------------------------------------------------------------------------------------------


def test_records_go_at_their_own_time_and_the_others_stay_one_person(register, talk, second, now):
    third = store_conversation(register.tenant, ["third"], at=now)
    merge(register, talk, second)
    merge(register, talk, third)
    later = now + timedelta(days=400)
    with tenant_scope(register.tenant):
        Conversation.objects.exclude(id=talk.id).update(last_message_at=later)

        erasure.erase_conversations(before=now + timedelta(days=30), limit=10)
        assert not Contact.objects.filter(id=talk.contact_id).exists()
        assert merging.one_person(third.contact_id) == [second.contact_id, third.contact_id]

        erasure.erase_conversations(before=later + timedelta(days=1), limit=10)
        assert not Contact.objects.exists()
        assert not ContactMerge.objects.exists()


# --- the page -------------------------------------------------------------------------------------------------


def page(talk, name="merge_contacts"):
    return reverse(f"chat:{name}", kwargs={"slug": "acme", "conversation_id": talk.id})


def test_the_other_is_found_laid_beside_made_one_and_parted_on_the_page(client, register, talk, second, olive, sign_in):
    sign_in(client, olive)
    assert "Same person as" in client.get(reverse("chat:visitor", args=["acme", talk.id])).content.decode()

    nobody = client.post(page(talk), {"wanted": "no.one@tents.example", "step": "look"})
    assert (nobody.status_code, "No other visitor" in nobody.content.decode()) == (422, True)
    own = client.post(page(talk), {"wanted": "vera@tents.example", "step": "look"})
    assert own.status_code == 422, "nobody is laid beside themselves"
    beside = client.post(page(talk), {"wanted": OTHER, "step": "look"}).content.decode()
    assert "V. Lund" in beside
    assert str(second.contact_id) in beside
    unnamed = client.post(page(talk), {"wanted": OTHER, "step": "merge", "other": str(talk.contact_id)})
    assert (unnamed.status_code, person(talk)) == (422, [talk.contact_id])

    given = {"wanted": OTHER, "step": "merge", "other": str(second.contact_id)}
    assert "For a week you can part them" in client.post(page(talk), given, follow=True).content.decode()
    assert person(talk) == [talk.contact_id, second.contact_id]
    assert "Merge further ones at" in client.get(page(second)).content.decode()
    assert "See whom" in client.get(reverse("chat:visitor", args=["acme", talk.id])).content.decode()
    with tenant_scope(register.tenant):
        made = ContactMerge.objects.get()
    for answer in ("They are two again", "not there any more"):
        posted = client.post(page(talk, "part_contacts"), {"merge": str(made.id)}, follow=True)
        assert answer in posted.content.decode()
    assert person(talk) == [talk.contact_id]


def test_only_who_handles_requests_finds_the_page(client, talk, second, ada, mallory, sign_in):
    sign_in(client, ada)
    assert "Same person as" not in client.get(reverse("chat:visitor", args=["acme", talk.id])).content.decode()
    assert client.get(page(talk)).status_code == 403
    assert client.post(page(talk, "part_contacts"), {"merge": "x"}).status_code == 403
    sign_in(client, mallory)
    assert client.get(page(talk)).status_code == 404


def test_two_are_made_one_only_with_a_factor_given_now(client, talk, second, olive, sign_in):
    sign_in(client, olive, fresh=False)
    assert "V. Lund" in client.post(page(talk), {"wanted": OTHER, "step": "look"}).content.decode()

    client.post(page(talk), {"wanted": OTHER, "step": "merge", "other": str(second.contact_id)})

    assert person(talk) == [talk.contact_id]
