"""A legal hold while something else is going on: a purge, an export, the end of the organisation."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connections

from chat.actions import erasure, legal_holds
from chat.actions.legal_holds import UnknownTargetError
from chat.holds import HoldQuery
from compliance import closure, disposal_lock, purge
from compliance.actions.closing import HoldInForceError, begin_closing
from compliance.models import HoldKind, LegalHold, RecordClass
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.compliance.conftest import purged
from tests.compliance.holds.conftest import DAY, ids, place, release
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db


def test_a_hold_placed_between_two_batches_holds(acme, olive, keep, now):
    rows = [store_conversation(acme, at=now - age * DAY) for age in (90, 80, 70)]
    keep(30)
    placed = []

    def place_one(_):
        if not placed:
            placed.append(place(olive, HoldKind.CONVERSATION, rows[2].id, now))

    purge.purge_expired(acme.id, batch_size=1, pause=place_one)

    assert ids(acme) == {rows[2].id}


@pytest.mark.django_db(transaction=True)
def test_a_hold_waits_for_the_batch_in_hand_and_says_what_is_gone(acme, olive, keep, now, monkeypatch):
    gone = store_conversation(acme, at=now - 90 * DAY)
    keep(30)
    inside, waits = Event(), Event()
    real = disposal_lock.deciding

    def erase(**options):
        inside.set()
        assert waits.wait(20)
        return erased(**options)

    def deciding():
        waits.set()
        real()

    erased = erasure.erase_conversations
    monkeypatch.setattr(erasure, "erase_conversations", erase)
    monkeypatch.setattr(legal_holds, "deciding", deciding)

    def run():
        try:
            return purged(acme)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run)
        assert inside.wait(20)
        with pytest.raises(UnknownTargetError):
            place(olive, HoldKind.CONVERSATION, gone.id, now)
        running.result()

    assert ids(acme, LegalHold) == ids(acme) == set()


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_begins_while_a_hold_is_placed_waits_and_passes_it_by(acme, olive, keep, now, monkeypatch):
    old = store_conversation(acme, at=now - 90 * DAY)
    keep(30)
    waits = Event()
    real = purge.disposing

    def disposing():
        waits.set()
        real()

    monkeypatch.setattr(purge, "disposing", disposing)

    def run():
        try:
            return purged(acme)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with tenant_scope(acme):
            legal_holds.place_hold(kind=HoldKind.CONVERSATION, target=old.id, reason="An inquiry", actor=olive, now=now)
            running = pool.submit(run)
            assert waits.wait(20)
        running.result()

    assert ids(acme) == {old.id}


@pytest.mark.django_db(transaction=True)
def test_a_purge_passes_by_what_an_export_has_in_hand(acme, sam, keep, now):
    from compliance import registry

    rows = [store_conversation(acme, ["words"], at=now - age * DAY) for age in (90, 80)]
    keep(30)

    def run():
        try:
            return purged(acme)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool, tenant_scope(acme):
        export = registry.store_of(RecordClass.CONVERSATION).export(sam, limit=10, now=now)
        first = next(export)
        during = pool.submit(run).result()
        exported = [first, *export]

    assert during.changed == 0
    assert [one["id"] for one in exported] == [rows[1].id, rows[0].id]
    assert all(one["messages"][0]["text"] == "words" for one in exported)
    assert purged(acme).counts["conversations"] == 2


def test_a_closing_organisation_waits_for_its_holds(acme, olive, cora, now):
    old = store_conversation(acme, at=now)
    closes = now + 30 * DAY
    begin_closing(tenant=acme, actor=Actor.member(olive), now=now)
    hold = place(olive, HoldKind.CONVERSATION, old.id, now)

    assert not closure.close(acme.id, now=closes, pause=lambda _: None)
    assert ids(acme) == {old.id}
    assert Tenant.objects.get(id=acme.id).status == "closing"

    release(hold, olive, cora, now)
    assert closure.close(acme.id, now=closes, pause=lambda _: None)
    assert ids(acme) == set()


def test_an_organisation_with_a_hold_in_force_does_not_begin_to_close(acme, olive, now):
    place(olive, HoldKind.QUERY, HoldQuery(began_until=now.date()), now)

    with pytest.raises(HoldInForceError):
        begin_closing(tenant=acme, actor=Actor.member(olive), now=now)
