"""Who waits is told how many are before them and how long it usually takes, and can leave an address; nobody hears
anything of anybody else."""

from datetime import UTC, timedelta
from uuid import uuid4

import pytest

from chat import waiting
from chat.actions import hours as act
from chat.actions.assignment import release_conversation, take_conversation
from chat.actions.contacts import leave_address
from chat.actions.conversations import resolve_conversation
from chat.delivery.sealed import ConversationNotFoundError
from chat.models import Contact, Conversation
from chat.permissions import Visitor
from chat.waiting import FEWEST, LONGEST, usual_wait
from helpdesk.core import clock
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation
from tests.support.without_sockets import Browser as WithoutSocket

MINUTE = timedelta(minutes=1)


def in_queue(tenant, now, minutes):
    """A conversation that has waited for so long."""
    conversation = store_conversation(tenant, ["Is it shipped?"], at=now - minutes * MINUTE)
    with tenant_scope(tenant):
        Conversation.objects.filter(id=conversation.id).update(waiting_since=now - minutes * MINUTE)
    return conversation


def answered(tenant, now, minutes, *, ago=timedelta(days=1)):
    """A conversation whose first answer took so long."""
    conversation = store_conversation(tenant, ["Hello", "Hi"], at=now - ago, agents=[1], resolved_at=now)
    with tenant_scope(tenant):
        Conversation.objects.filter(id=conversation.id).update(first_reply_at=now - ago + minutes * MINUTE)


def place(tenant, conversation):
    return waiting.queue_now(tenant.id).told(conversation.id)


# How long it takes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("waits", "minutes"),
    [
        ([], None), ([MINUTE] * (FEWEST - 1), None), ([MINUTE] * FEWEST, (1, 2)), ([timedelta(0)] * FEWEST, (0, 1)),
        ([each * MINUTE for each in range(20)], (4, 16)), ([MINUTE] * 19 + [None], (1, 2)),
        ([MINUTE] * 15 + [None] * 5, None), ([None] * FEWEST, None), ([-MINUTE] * FEWEST, (0, 1)),
    ],
)  # fmt: skip
def test_a_range_is_told_of_enough_answers_and_never_of_the_lucky_alone(waits, minutes):
    assert usual_wait(waits) == minutes


@pytest.mark.django_db
def test_with_too_little_measured_no_time_is_told(acme, now):
    for _ in range(FEWEST - 1):
        answered(acme, now, 3)
    # Too long ago to say anything of now.
    answered(acme, now, 3, ago=timedelta(days=20))

    told = place(acme, in_queue(acme, now, 1))

    assert (told.before, told.low_min, told.high_min, told.is_late) == (0, None, None, False)


@pytest.mark.django_db
def test_of_enough_the_range_is_told_until_it_takes_longer(acme, now):
    for minutes in range(FEWEST):
        answered(acme, now, minutes)

    # Itself it counts for nothing: it may be answered yet.
    early, late = (place(acme, in_queue(acme, now, minutes)) for minutes in (1, 30))

    assert (early.low_min, early.high_min, early.is_late) == (2, 9, False)
    assert (late.low_min, late.high_min, late.is_late) == (None, None, True)


@pytest.mark.django_db
def test_who_was_left_without_an_answer_counts(acme, now):
    for _ in range(FEWEST):
        answered(acme, now, 3)
    for _ in range(FEWEST):
        store_conversation(acme, ["Anybody there?"], at=now - timedelta(hours=2))

    assert place(acme, in_queue(acme, now, 1)).high_min is None


@pytest.mark.django_db
def test_who_wrote_to_a_closed_door_did_not_wait_in_the_queue(acme, olive, now):
    for _ in range(FEWEST):
        answered(acme, now, 3, ago=timedelta(hours=24))
    with tenant_scope(acme):
        # Open but for the hour in which those were asked.
        then = (now - timedelta(hours=24)).astimezone(UTC)
        start, end = then.hour * 60, (then.hour + 1) * 60
        week = [[span for span in ([0, start], [end, 1440]) if span[0] < span[1]]] * 7
        act.set_hours(zone="UTC", week=week, actor=olive, now=now)

    assert place(acme, in_queue(acme, now, 1)).high_min is None


# The place in the queue -------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_queue_moves_up_as_conversations_are_taken_and_back_as_they_are_released(acme, ada, now):
    first, second, third = (in_queue(acme, now, minutes) for minutes in (9, 6, 3))

    def places():
        return [place(acme, each).before for each in (first, second, third)]

    assert places() == [0, 1, 2]
    with tenant_scope(acme):
        take_conversation(conversation_id=first.id, actor=ada, now=now)
    assert places() == [None, 0, 1]
    with tenant_scope(acme):
        resolve_conversation(conversation_id=second.id, actor=ada, now=now)
    assert places() == [None, None, 0]
    with tenant_scope(acme):
        release_conversation(conversation_id=first.id, actor=ada, now=now)
    assert places() == [0, None, 1]


@pytest.mark.django_db
def test_another_organisation_s_queue_is_another(acme, globex, now):
    in_queue(globex, now, 9)
    mine = in_queue(acme, now, 3)

    assert place(acme, mine).before == 0
    assert place(globex, mine).before is None


@pytest.mark.django_db
def test_so_far_behind_no_number_is_told(acme, now):
    one = in_queue(acme, now, 1)
    with tenant_scope(acme):
        Conversation.objects.bulk_create(
            Conversation(
                tenant=acme, inbox_id=one.inbox_id, contact_id=one.contact_id, started_by_id=one.started_by_id,
                client_id=uuid4(), created_at=now, last_sequence=1, waiting_since=now - timedelta(hours=1),
            )
            for _ in range(LONGEST)
        )  # fmt: skip

    assert place(acme, one).before is None


@pytest.mark.django_db(transaction=True)
def test_who_asked_hears_it_when_they_move_up(acme, ada, vera, monkeypatch):
    now = clock.now()
    earlier = in_queue(acme, now, 9)
    with vera.connect() as visitor:
        conversation = vera.start(visitor)
        visitor.say(conversation, "Hello")
        visitor.send("queue.ask", conversation=conversation)
        asked = visitor.expect("queue.told")
        with tenant_scope(acme):
            take_conversation(conversation_id=earlier.id, actor=ada, now=now)
        moved = visitor.expect("queue.told")
        with tenant_scope(acme):
            take_conversation(conversation_id=conversation, actor=ada, now=now)
        taken = visitor.expect("queue.told")
        visitor.send("queue.ask", conversation=earlier.id)
        refused = visitor.expect("error")

    assert (asked["before"], moved["before"], "before" in taken) == (1, 0, False)
    assert asked.keys() == {"v", "type", "conversation", "before", "is_late"}
    assert refused["code"] == "not_found"


@pytest.mark.django_db
def test_the_place_is_told_where_sockets_are_blocked_and_of_one_s_own_conversation_alone(acme, now):
    vera, other = WithoutSocket(acme), WithoutSocket(acme)
    conversation = vera.start()
    vera.post(conversation)
    other.post(other.start())

    told = vera.send("queue.ask", conversation=conversation)
    refused = other.send("queue.ask", conversation=conversation)

    assert (told[0], told[1]["before"]) == (200, 0)
    assert (refused[0], refused[1]["code"]) == (404, "not_found")


# An address for the answer ----------------------------------------------------------------------------------------


def known_address(tenant):
    with tenant_scope(tenant):
        return Contact.objects.get().email


@pytest.mark.django_db
def test_an_address_is_kept_once_a_conversation_has_begun(acme):
    vera = WithoutSocket(acme)

    too_early = vera.send("contact.give", email="vera@mail.example")
    vera.post(vera.start())
    given = vera.send("contact.give", email=" vera@mail.example ")

    assert (too_early[0], too_early[1]["code"]) == (404, "not_found")
    assert given == (200, {"v": 1, "type": "contact.given"})
    assert known_address(acme) is not None
    assert b"vera" not in known_address(acme)


@pytest.mark.django_db
@pytest.mark.parametrize("email", ["", "  ", "vera", "vera@", "4111111111111111@mail.example", "a@b.example\nBcc: x"])
def test_what_is_no_address_is_refused_by_its_field_and_not_repeated(acme, email):
    vera = WithoutSocket(acme)
    vera.post(vera.start())

    status, refused = vera.send("contact.give", email=email)

    assert (status, refused["code"], refused["field"]) == (400, "bad_frame", "email")
    assert known_address(acme) is None


@pytest.mark.django_db
def test_an_address_too_long_is_no_frame(acme):
    vera = WithoutSocket(acme)
    vera.post(vera.start())

    assert vera.send("contact.give", email=f"{'v' * 250}@mail.example")[1]["field"] == "email"


@pytest.mark.django_db
def test_a_visitor_without_a_conversation_leaves_none(acme, now):
    nobody = Visitor(acme.id, uuid4(), b"h" * 32)

    with pytest.raises(ConversationNotFoundError):
        leave_address(visitor=nobody, email="vera@mail.example", now=now)


@pytest.mark.django_db(transaction=True)
def test_an_address_is_left_over_a_socket_and_known_to_the_next_page(acme, vera):
    with vera.connect() as visitor:
        vera.send = visitor.send
        conversation = vera.start(visitor)
        visitor.say(conversation, "Hello")
        visitor.send("contact.give", email="vera")
        refused = visitor.expect("error")
        visitor.send("contact.give", email="vera@mail.example")
        visitor.expect("contact.given")

    assert (refused["code"], refused["field"]) == ("bad_frame", "email")
    assert vera.session()["conversation"]["reachable"] is True
    assert "vera@" not in str(vera.answer)
