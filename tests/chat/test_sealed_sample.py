"""Sealed messages for a drill: a few of many, spread over time; and those of people who are gone."""

import pytest

from chat.models import Message
from chat.sealed_sample import SealedMessages
from tenants.encryption.trying import opens
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db
SAMPLE = SealedMessages()


def test_of_many_a_few_are_taken_the_oldest_and_the_newest_among_them(acme, now):
    store_conversation(acme, [f"number {number}" for number in range(12)], at=now)
    with tenant_scope(acme):
        ids = list(Message.objects.order_by("id").values_list("id", flat=True))
        few = SAMPLE.spread(limit=4)
        assert len(SAMPLE.spread(limit=12)) == 12

    assert {ids[0], ids[-1]} <= {slot.row_id for slot, _ in few}
    assert len(few) <= 4
    assert all(opens(slot, sealed) for slot, sealed in few)


def test_one_is_the_oldest_and_of_none_there_is_none(acme, now):
    with tenant_scope(acme):
        assert SAMPLE.spread(limit=5) == []
    store_conversation(acme, ["one", "two"], at=now)
    with tenant_scope(acme):
        assert len(SAMPLE.spread(limit=1)) == 1


def test_a_text_moved_to_another_row_does_not_open(acme, now):
    store_conversation(acme, ["one", "two"], at=now)
    with tenant_scope(acme):
        (first, _), (_, second) = SAMPLE.spread(limit=2)

    assert not opens(first, second)


def test_people_are_gone_through_in_pages_and_their_texts_found(acme, globex, now):
    talks = [store_conversation(acme, ["hello"], at=now) for _ in range(3)]
    other = store_conversation(globex, ["not yours"], at=now)
    people = sorted(talk.contact_id for talk in talks)
    with tenant_scope(acme):
        first = SAMPLE.people(after=None, limit=2)
        assert (first, SAMPLE.people(after=first[-1], limit=2)) == (people[:2], people[2:])
        assert SAMPLE.present([*people, other.contact_id]) == set(people)
        assert {slot.contact_id for slot, _ in SAMPLE.of_people(people[:2], limit=9)} == set(people[:2])
        assert len(SAMPLE.of_people([*people, other.contact_id], limit=2)) == 2
