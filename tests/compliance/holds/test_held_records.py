"""What a legal hold keeps, and what it lets go."""

import pytest
from django.db import connection

from chat.holds import HoldQuery
from chat.models import Assignment, Contact, Message, VisitorSession
from compliance.models import HoldKind
from tenants.keyring import ring
from tenants.scoping import tenant_scope
from tests.compliance.conftest import purged
from tests.compliance.holds.conftest import DAY, ids, place, release
from tests.factories.stored import store_contact, store_conversation

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", [HoldKind.CONVERSATION, HoldKind.CONTACT])
def test_what_is_held_outlives_its_time_and_stays_readable(acme, olive, keep, now, kind):
    old = store_conversation(acme, ["kept words"], at=now - 90 * DAY)
    other = store_conversation(acme, ["goes"], at=now - 90 * DAY)
    place(olive, kind, old.id if kind == HoldKind.CONVERSATION else old.contact_id, now)
    keep(30)

    purged(acme)
    ring.forget_cached_keys()

    assert ids(acme) == {old.id}
    assert ids(acme, Contact) == {old.contact_id}
    assert other.id not in ids(acme)
    with tenant_scope(acme):
        assert ring.contact_cipher(acme.id, old.contact_id)
        assert Message.objects.count() == 1
        assert VisitorSession.objects.count() == 1


def test_a_hold_on_one_conversation_lets_its_visitors_others_go(acme, olive, keep, now):
    old = store_conversation(acme, at=now - 90 * DAY)
    store_conversation(acme, at=now - 80 * DAY, contact=old.contact)
    place(olive, HoldKind.CONVERSATION, old.id, now)
    keep(30)

    purged(acme)

    assert ids(acme) == {old.id}


def test_a_hold_on_a_visitor_keeps_what_they_say_later_and_themselves(acme, olive, keep, now):
    vera = store_contact(acme, at=now - 90 * DAY)
    place(olive, HoldKind.CONTACT, vera.id, now)
    later = store_conversation(acme, at=now - 60 * DAY, contact=vera)
    silent = store_contact(acme, at=now - 90 * DAY)
    place(olive, HoldKind.CONTACT, silent.id, now)
    keep(30)

    purged(acme)

    assert ids(acme) == {later.id}
    assert ids(acme, Contact) == {vera.id, silent.id}


def test_a_search_keeps_what_matches_by_days_entry_and_member(acme, olive, ada, keep, now):
    rows = {age: store_conversation(acme, ["a", "b"], at=now - age * DAY) for age in (50, 60, 70, 80)}
    with tenant_scope(acme):
        Assignment.objects.create(
            tenant=acme, conversation=rows[50], membership=ada, started_at=now - 50 * DAY, ended_at=now - 49 * DAY
        )
        Message.objects.filter(conversation=rows[80], sequence=2).update(author_kind="agent", author_id=ada.id)
    day = (now - 70 * DAY).date()
    place(olive, HoldKind.QUERY, HoldQuery(member_id=ada.id), now)
    place(olive, HoldKind.QUERY, HoldQuery(began_from=day, began_until=day, inbox_id=rows[70].inbox_id), now)
    keep(30)

    purged(acme)

    assert ids(acme) == {rows[50].id, rows[70].id, rows[80].id}


def test_what_only_a_released_hold_kept_goes(acme, olive, cora, keep, now):
    old = store_conversation(acme, at=now - 90 * DAY)
    first = place(olive, HoldKind.CONVERSATION, old.id, now)
    second = place(olive, HoldKind.CONTACT, old.contact_id, now)
    keep(30)

    release(first, olive, cora, now)
    purged(acme)
    kept = ids(acme)
    release(second, cora, olive, now)
    purged(acme)

    assert kept == {old.id}
    assert ids(acme) == ids(acme, Contact) == set()


def test_a_hold_of_another_organisation_keeps_nothing_here(acme, globex, olive, mallory, keep, now):
    from tests.factories.tenants import owner_of

    store_conversation(acme, at=now - 90 * DAY)
    place(owner_of(globex), HoldKind.QUERY, HoldQuery(began_until=now.date()), now)
    keep(30)

    purged(acme)

    assert ids(acme) == set()


def test_a_pass_through_many_conversations_uses_its_index(acme, now):
    with tenant_scope(acme), connection.cursor() as cursor:
        from chat.actions import expiry

        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        rows = expiry.expired(now).order_by("last_event", "id")[:10]
        plan = rows.explain()

    assert "conversation_last_event" in plan
