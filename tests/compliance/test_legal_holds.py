from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.urls import reverse

from chat import privacy_card
from chat.actions import erasure, legal_holds
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
from chat.models import Assignment, Contact, Conversation, Message, VisitorSession
from chat.permissions import Visitor
from compliance import audit_events, closure, disposal_lock, purge
from compliance.actions.closing import HoldInForceError, begin_closing
from compliance.actions.retention import set_policy
from compliance.hold_reasons import reason_of
from compliance.models import HoldKind, LegalHold, RecordClass
from tenants.actors import Actor
from tenants.keyring import ring
from tenants.models import Tenant
from tenants.permissions import NotPermittedError
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.stored import store_contact, store_conversation
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def cora(acme, now):
    """Acme's compliance officer."""
    return make_member(acme, "Cora", Role.COMPLIANCE_OFFICER, now=now)


@pytest.fixture
def keep(acme, olive, now):
    """Decide how many days conversations are kept."""

    def keep(days):
        set_policy(
            tenant=acme, record_class=RecordClass.CONVERSATION, keep_days=days, actor=Actor.member(olive), now=now
        )

    return keep


def place(member, kind, target, now, reason="An inquiry of the regulator"):
    with tenant_scope(member.tenant_id):
        return legal_holds.place_hold(kind=kind, target=target, reason=reason, actor=member, now=now)


def act(step, hold, member, now):
    with tenant_scope(member.tenant_id):
        return step(hold_id=hold.id, actor=member, now=now)


def release(hold, asks, decides, now):
    act(legal_holds.ask_release, hold, asks, now)
    return act(legal_holds.release_hold, hold, decides, now)


def purged(tenant):
    return purge.purge_expired(tenant.id, pause=lambda _: None)


def ids(tenant, model=Conversation):
    with tenant_scope(tenant):
        return set(model.objects.values_list("id", flat=True))


# --- what it keeps ----------------------------------------------------------------------------------------


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


# --- while something else is going on ---------------------------------------------------------------------


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


# --- placing and releasing --------------------------------------------------------------------------------


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


# --- on screens -------------------------------------------------------------------------------------------


def url(name, slug="acme", **which):
    return reverse(f"chat:{name}", kwargs={"slug": slug, **which})


def test_a_hold_is_placed_from_a_conversation_and_shown_on_it(client, sign_in, acme, olive, ada, now):
    old = store_conversation(acme, at=now)
    browser = sign_in(client, olive, fresh=False)
    page = f"{url('hold_new')}?conversation={old.id}"

    assert page in browser.get(url("conversation", conversation_id=old.id)).text
    assert "Everything of one visitor" in browser.get(page).text
    told = browser.post(page, {"kind": "contact", "reason": "An inquiry"}, follow=True).text

    assert "The hold stands" in told
    assert "An inquiry" in told
    assert "1 conversation<" in told
    shown = sign_in(client, ada).get(url("conversation", conversation_id=old.id)).text
    assert "Legal hold</span>" in shown
    assert "Kept by a legal hold" in shown
    assert "Place a legal hold" not in shown


def test_a_search_is_placed_and_said_in_words(client, sign_in, acme, olive, ada, now):
    told = sign_in(client, olive).post(
        url("hold_new"),
        {"kind": "query", "began_from": "2026-01-31", "member": str(ada.id), "reason": "An inquiry"},
        follow=True,
    )

    assert "Every conversation begun on or after 31 January 2026, held or answered by Ada" in told.text


def test_an_empty_search_or_reason_is_said_in_the_form(client, sign_in, acme, olive):
    answer = sign_in(client, olive).post(url("hold_new"), {"kind": "query", "reason": ""})

    assert answer.status_code == 422
    assert "Say why" in answer.text
    empty = client.post(url("hold_new"), {"kind": "query", "reason": "Why"})
    assert "Say which conversations" in empty.text


def test_two_people_release_on_the_page_and_the_second_with_a_factor(client, sign_in, acme, olive, cora, now):
    hold = place(olive, HoldKind.QUERY, HoldQuery(began_until=now.date()), now)
    steps = {step: url(f"hold_{step}", hold_id=hold.id) for step in ("ask", "decline", "release")}
    browser = sign_in(client, olive)

    assert "Ask for its release" in browser.get(url("holds")).text
    asked = browser.post(steps["ask"], follow=True).text
    assert "Take the question back" in asked
    assert "another of you does" in browser.post(steps["release"], follow=True).text
    second = sign_in(client, cora, fresh=False)
    second.post(steps["release"])
    assert ids(acme, LegalHold)
    with tenant_scope(acme):
        assert LegalHold.objects.get().state == "asked"
    assert "Released" in sign_in(client, cora).post(steps["release"], follow=True).text
    with tenant_scope(acme):
        assert LegalHold.objects.get().state == "released"


def test_others_find_no_page_of_holds(client, sign_in, acme, ada, mallory, now):
    assert sign_in(client, ada).get(url("holds")).status_code == 403
    assert sign_in(client, mallory).get(url("holds")).status_code == 404
    assert sign_in(client, mallory).get(url("hold_new")).status_code == 404


def test_a_conversation_says_when_it_is_deleted(client, sign_in, acme, ada, keep, now):
    old = store_conversation(acme, at=now - 10 * DAY)
    page = url("conversation", conversation_id=old.id)
    browser = sign_in(client, ada)

    assert "Not by itself" in browser.get(page).text
    keep(30)
    assert (now + 20 * DAY).isoformat(timespec="seconds")[:16] in browser.get(page).text


def test_the_visitors_card_says_what_really_holds(acme, olive, keep, now):
    old = store_conversation(acme, at=now - 10 * DAY)
    vera = Visitor(acme.id, old.inbox_id, b"", "", old.started_by_id, old.contact_id)
    keep(30)

    before = privacy_card.card_of(visitor=vera, conversation_id=old.id).kept
    place(olive, HoldKind.CONTACT, old.contact_id, now)
    after = privacy_card.card_of(visitor=vera, conversation_id=old.id).kept

    assert (before.due_at, before.is_held) == (now + 20 * DAY, False)
    assert (after.due_at, after.is_held) == (None, True)


def test_a_pass_through_many_conversations_uses_its_index(acme, now):
    with tenant_scope(acme), connection.cursor() as cursor:
        from chat.actions import expiry

        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        rows = expiry.expired(now).order_by("last_event", "id")[:10]
        plan = rows.explain()

    assert "conversation_last_event" in plan
