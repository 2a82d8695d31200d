"""Legal holds are placed with a reason, by those who may, and released by two."""

import pytest
from django.db import IntegrityError, transaction

from chat.actions import legal_holds
from chat.actions.legal_holds import (
    EmptyQueryError,
    HoldReasonMissingError,
    ReleaseAskedError,
    ReleaseNotAskedError,
    SamePersonError,
    TooManyQueriesError,
    UnknownHoldError,
    UnknownTargetError,
)
from chat.holds import HoldQuery
from compliance import audit_events
from compliance.hold_reasons import reason_of
from compliance.models import HoldKind, LegalHold
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tests.compliance.holds.conftest import DAY, act, place, release
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db


def test_the_reason_is_masked_sealed_and_read_by_those_who_may_place_holds(acme, olive, ada, trail, now):
    old = store_conversation(acme, at=now)
    hold = place(olive, HoldKind.CONVERSATION, old.id, now, reason="Card  4111 1111 1111 1111\nwas charged twice")

    with tenant_scope(acme):
        stored = LegalHold.objects.get()
        assert reason_of(stored, olive) == "Card [card •••• 1111] was charged twice"
        with pytest.raises(NotPermittedError):
            reason_of(stored, ada)
    assert b"charged" not in bytes(stored.reason)
    (entry,) = trail(acme, audit_events.HOLD_PLACED)
    assert (entry.object_id, entry.actor_id) == (hold.id, olive.id)
    assert entry.facts == {"kind": "conversation", "conversations": 1, "target": str(old.id)}


@pytest.mark.parametrize("who", ["ada", "sam"])
def test_agents_and_supervisors_place_and_release_nothing(acme, olive, now, who, request):
    member = request.getfixturevalue(who)
    old = store_conversation(acme, at=now)
    hold = place(olive, HoldKind.CONVERSATION, old.id, now)

    with pytest.raises(NotPermittedError):
        place(member, HoldKind.CONVERSATION, old.id, now)
    for step in (legal_holds.ask_release, legal_holds.decline_release, legal_holds.release_hold):
        with pytest.raises(NotPermittedError):
            act(step, hold, member, now)


def test_mallory_holds_and_releases_nothing_of_acmes(acme, olive, globex, now):
    from tests.factories.tenants import owner_of

    gustav = owner_of(globex)
    old = store_conversation(acme, at=now)
    hold = place(olive, HoldKind.CONVERSATION, old.id, now)

    for kind, target in ((HoldKind.CONVERSATION, old.id), (HoldKind.CONTACT, old.contact_id)):
        with pytest.raises(UnknownTargetError):
            place(gustav, kind, target, now)
    for wanted in (HoldQuery(inbox_id=old.inbox_id), HoldQuery(member_id=olive.id)):
        with pytest.raises(UnknownTargetError):
            place(gustav, HoldKind.QUERY, wanted, now)
    with pytest.raises(UnknownHoldError):
        act(legal_holds.ask_release, hold, gustav, now)


def test_a_release_takes_two_and_each_step_is_recorded(acme, olive, cora, trail, now):
    old = store_conversation(acme, at=now)
    hold = place(olive, HoldKind.CONVERSATION, old.id, now)

    with pytest.raises(ReleaseNotAskedError):
        act(legal_holds.release_hold, hold, cora, now)
    act(legal_holds.ask_release, hold, olive, now)
    with pytest.raises(ReleaseAskedError):
        act(legal_holds.ask_release, hold, cora, now)
    with pytest.raises(SamePersonError):
        act(legal_holds.release_hold, hold, olive, now)
    act(legal_holds.decline_release, hold, cora, now)
    with pytest.raises(ReleaseNotAskedError):
        act(legal_holds.decline_release, hold, cora, now)
    release(hold, cora, olive, now)
    with pytest.raises(UnknownHoldError):
        act(legal_holds.release_hold, hold, olive, now)

    events = (audit_events.HOLD_RELEASE_ASKED, audit_events.HOLD_RELEASE_DECLINED, audit_events.HOLD_RELEASED)
    assert [len(trail(acme, event)) for event in events] == [2, 1, 1]


def test_the_database_itself_lets_nobody_release_alone(acme, olive, now):
    hold = place(olive, HoldKind.QUERY, HoldQuery(began_until=now.date()), now)

    with pytest.raises(IntegrityError), transaction.atomic(), tenant_scope(acme):
        LegalHold.objects.filter(id=hold.id).update(
            release_asked_by=olive, release_asked_at=now, released_by=olive, released_at=now
        )


def test_what_is_no_hold_is_refused(acme, olive, now, monkeypatch):
    old = store_conversation(acme, at=now)
    with pytest.raises(HoldReasonMissingError):
        place(olive, HoldKind.CONVERSATION, old.id, now, reason="  ")
    with pytest.raises(UnknownTargetError):
        place(olive, HoldKind.CONVERSATION, old.contact_id, now)
    for wanted in (HoldQuery(), HoldQuery(began_from=now.date(), began_until=(now - DAY).date())):
        with pytest.raises(EmptyQueryError):
            place(olive, HoldKind.QUERY, wanted, now)
    monkeypatch.setattr(legal_holds, "MAX_QUERIES", 1)
    place(olive, HoldKind.QUERY, HoldQuery(began_until=now.date()), now)
    with pytest.raises(TooManyQueriesError):
        place(olive, HoldKind.QUERY, HoldQuery(began_until=now.date()), now)
