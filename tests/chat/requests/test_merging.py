"""Two visitors whom a member finds to be one: what reaches both then, what does not, and parting them again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.urls import reverse

from chat import merging, people
from chat.actions import merging as actions
from chat.actions.merging import MOST, Refusal, merge_contacts
from chat.models import UNDO_FOR, Contact, ContactMerge, Conversation, Message
from compliance.models import AuditEntry, LegalHold
from tenants.permissions import NotPermittedError
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.stored import store_contact, store_conversation
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db
OTHER = "v.lund@work.example"


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
    made = register.merge(talk, second)

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

    register.part(register.merge(talk, second))

    assert as_stored(register.tenant) == before
    assert (person(talk), person(second)) == ([talk.contact_id], [second.contact_id])
    with tenant_scope(register.tenant):
        assert AuditEntry.objects.filter(event="contact.parted").count() == 1


def test_a_week_later_they_cannot_be_parted(register, talk, second):
    made = register.merge(talk, second)

    last = made.undo_until - timedelta(microseconds=1)
    assert register.refused(register.part, made, at=made.undo_until) == Refusal.TOO_LATE
    register.part(made, at=last)
    assert register.refused(register.part, made, at=last) == Refusal.GONE


def test_who_may_not_handle_requests_neither_merges_nor_parts(register, talk, second, ada, globex, now):
    made = register.merge(talk, second)

    with pytest.raises(NotPermittedError):
        register.merge(talk, second, by=ada)
    with pytest.raises(NotPermittedError):
        register.part(made, by=ada)
    stranger = make_member(globex, "Otto", Role.OWNER, now=now)
    assert register.refused(register.part, made, by=stranger) == Refusal.GONE
    assert register.refused(register.merge, talk, second, by=stranger) == Refusal.GONE
    assert person(talk) == [talk.contact_id, second.contact_id]


# --- what is refused ------------------------------------------------------------------------------------------


def test_nobody_is_merged_twice_nor_into_themselves_nor_in_a_chain(register, talk, second, now):
    third = store_conversation(register.tenant, ["third"], at=now)
    assert register.refused(register.merge, talk, talk) == Refusal.ITSELF
    register.merge(talk, second)

    assert register.refused(register.merge, talk, second) == Refusal.ITSELF
    assert register.refused(register.merge, second, talk) == Refusal.ITSELF
    assert register.refused(register.merge, second, third) == Refusal.MERGED
    assert register.refused(register.merge, third, second) == Refusal.MERGED
    assert register.refused(register.merge, third, talk) == Refusal.KEEPS_OTHERS
    register.merge(talk, third)
    assert set(person(third)) == {talk.contact_id, second.contact_id, third.contact_id}


def test_the_database_takes_one_into_one_alone(register, talk, second, globex, now):
    register.merge(talk, second)
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
    assert register.refused(
        register.do, merge_contacts, kept_id=talk.contact_id, merged_id=more.id
    ) == Refusal.FULL  # fmt: skip


def test_who_is_being_erased_is_neither_merged_nor_parted(register, talk, second, unsent, now):
    third = store_conversation(register.tenant, ["third"], at=now)
    made = register.merge(talk, second)
    register.answer(register.known("erasure", contact_id=second.contact_id))

    assert register.refused(register.merge, talk, third) == Refusal.ERASING
    assert register.refused(register.merge, third, second) == Refusal.ERASING
    assert register.refused(register.part, made) == Refusal.ERASING


@pytest.mark.django_db(transaction=True)
def test_of_two_who_merge_the_same_two_at_once_the_second_is_told(register, talk, second, monkeypatch):
    waits, real = Event(), actions.deciding

    def deciding():
        waits.set()
        real()

    def the_other_way_round():
        try:
            return register.refused(register.merge, second, talk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with tenant_scope(register.tenant):
            given = {"actor": register.member, "now": register.now}
            merge_contacts(kept_id=talk.contact_id, merged_id=second.contact_id, **given)
            monkeypatch.setattr(actions, "deciding", deciding)
            running = pool.submit(the_other_way_round)
            assert waits.wait(20)
        assert running.result() == Refusal.ITSELF
    assert person(talk) == [talk.contact_id, second.contact_id]


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
