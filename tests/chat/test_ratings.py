"""How it was: asked of whoever was answered, once, and to be changed for a while."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from chat import rating_selectors
from chat.actions.conversations import reopen_conversation, resolve_conversation
from chat.actions.ratings import ASKED_FOR, CHANGED_FOR, RatingClosedError, ending_of, give_rating
from chat.actions.visitors import block_visitor
from chat.delivery.sealed import ConsentRequiredError, ConversationNotFoundError, VisitorBlockedError
from chat.models import Contact, Rating
from compliance.models import AuditEntry
from tenants.models import PolicyChoice
from tenants.policy_names import RATING
from tenants.scoping import tenant_scope
from tests.factories.chats import visitor_of
from tests.factories.consent import ask_visitors, has_agreed
from tests.factories.stored import store_conversation
from tests.support.without_sockets import Browser as WithoutSocket

pytestmark = pytest.mark.django_db


@pytest.fixture
def over(acme, now):
    """A conversation that was resolved a while ago."""
    then = now - timedelta(hours=1)
    return store_conversation(acme, ["Is it shipped?", "Yes"], at=then, agents=[1], resolved_at=now)


def rate(conversation, value=5, comment="", *, now, visitor=None):
    who = visitor or visitor_of(conversation)
    return give_rating(visitor=who, conversation_id=conversation.id, value=value, comment=comment, now=now)


def ending(conversation, now):
    return ending_of(visitor=visitor_of(conversation), conversation_id=conversation.id, now=now)


def choose(tenant, value, now):
    with tenant_scope(tenant):
        PolicyChoice.objects.update_or_create(tenant=tenant, key=RATING, defaults={"value": value, "changed_at": now})


def test_a_rating_is_kept_masked_sealed_and_recorded(acme, over, ada, sign_in, now):
    rate(over, 1, " my card is 4111 1111 1111 1111, and it was slow ", now=now)

    with tenant_scope(acme):
        row = Rating.objects.get()
        assert (row.scale, row.value, row.words) == ("thumbs", 1, "Bad")
        assert b"slow" not in bytes(row.comment)
        assert AuditEntry.objects.get(event="conversation.rated").facts == {
            "value": 1, "scale": "thumbs", "again": False,
        }  # fmt: skip
    panel = sign_in(Client(), ada).get(f"/o/acme/conversations/{over.id}/visitor/").text
    assert "and it was slow" in panel
    assert "4111 1111" not in panel
    assert "How it was" in panel


def test_it_is_one_rating_that_may_be_changed_for_a_day(acme, over, now):
    rate(over, 5, "Fine", now=now)
    rate(over, 1, now=now + CHANGED_FOR)
    with pytest.raises(RatingClosedError):
        rate(over, 5, now=now + CHANGED_FOR + timedelta(seconds=1))

    with tenant_scope(acme):
        row = Rating.objects.get()
        assert (row.value, row.comment) == (1, None)
    assert ending(over, now).value == 1
    assert ending(over, now + CHANGED_FOR + timedelta(seconds=1)).scale is None


def test_it_is_asked_for_a_week(over, now):
    late = now + ASKED_FOR + timedelta(seconds=1)

    assert ending(over, now + ASKED_FOR).scale == "thumbs"
    assert ending(over, late).scale is None
    with pytest.raises(RatingClosedError):
        rate(over, now=late)


def test_an_open_conversation_is_not_rated_and_one_that_is_opened_again_not_until_it_is_over(acme, ada, over, now):
    with tenant_scope(acme):
        reopen_conversation(conversation_id=over.id, actor=ada, now=now)
    with pytest.raises(RatingClosedError):
        rate(over, now=now)
    with tenant_scope(acme):
        resolve_conversation(conversation_id=over.id, actor=ada, now=now)

    assert rate(over, now=now).value == 5


@pytest.mark.parametrize(
    ("chosen", "value", "is_kept"),
    [("thumbs", 5, True), ("thumbs", 3, False), ("five", 3, True), ("five", 6, False), ("off", 5, False)],
)
def test_the_organisation_says_by_which_scale_and_whether(acme, over, now, chosen, value, is_kept):
    choose(acme, chosen, now)

    try:
        rate(over, value, now=now)
    except RatingClosedError:
        assert not is_kept
    else:
        assert is_kept
    assert ending(over, now).scale == (None if chosen == "off" else chosen)


def test_another_visitor_and_another_organisation_rate_nothing(acme, globex, over, now):
    others = [visitor_of(store_conversation(tenant, ["Hello"], at=now)) for tenant in (acme, globex)]

    for other in others:
        with pytest.raises(ConversationNotFoundError):
            rate(over, now=now, visitor=other)
        with pytest.raises(ConversationNotFoundError):
            ending_of(visitor=other, conversation_id=over.id, now=now)


def test_who_was_blocked_rates_nothing(acme, ada, over, now):
    with tenant_scope(acme):
        block_visitor(conversation_id=over.id, actor=ada, now=now)

    with pytest.raises(VisitorBlockedError):
        rate(over, now=now)


def test_who_has_not_agreed_to_what_is_in_force_says_nothing_here_either(acme, over, now):
    ask_visitors(acme)
    with pytest.raises(ConsentRequiredError):
        rate(over, comment="Hello", now=now)
    has_agreed(over, acme)

    assert rate(over, comment="Hello", now=now).comment is not None


def test_rating_twice_at_once_keeps_one_row(acme, over, now):
    for value in (5, 1, 5):
        rate(over, value, now=now)

    with tenant_scope(acme):
        assert Rating.objects.count() == 1


def test_it_goes_the_same_way_where_sockets_are_blocked(acme, ada, now):
    vera = WithoutSocket(acme)
    conversation = vera.start()
    vera.post(conversation)
    refused = vera.send("rating.give", conversation=conversation, value=5)
    vera.send("conversation.end", conversation=conversation)

    asked = vera.send("ending.ask", conversation=conversation)
    given = vera.send("rating.give", conversation=conversation, value=1, comment="Slow")
    elsewhere = vera.send("rating.give", conversation=str(uuid4()), value=1)
    transcript = vera.send("transcript.ask", conversation=conversation)
    vera.send("contact.give", email="vera@mail.example")
    granted = vera.send("transcript.ask", conversation=conversation)

    assert refused[1]["code"] == "not_permitted"
    assert asked[1]["transcript"] == "no_address"
    assert (given[0], given[1]["value"]) == (200, 1)
    assert elsewhere[1]["code"] == "not_found"
    assert transcript[1]["code"] == "not_permitted"
    assert granted[1]["transcript"] == "asked"


@pytest.mark.parametrize("fields", [{"value": 0}, {"value": 6}, {"value": "5"}, {"value": 5, "comment": "x" * 2001}])
def test_what_is_no_rating_is_no_frame(acme, fields):
    vera = WithoutSocket(acme)

    assert vera.send("rating.give", conversation=str(uuid4()), **fields)[1]["code"] == "bad_frame"


@pytest.mark.django_db(transaction=True)
def test_over_a_socket_each_step_is_answered_by_what_can_be_done_next(acme, vera):
    with vera.connect() as visitor:
        conversation = vera.start(visitor)
        visitor.say(conversation, "Hello")
        visitor.send("conversation.end", conversation=conversation)
        visitor.expect("conversation.changed", status="resolved")
        visitor.send("ending.ask", conversation=conversation)
        asked = visitor.expect("ending.told")
        visitor.send("rating.give", conversation=conversation, value=5)
        given = visitor.expect("ending.told")
        visitor.send("transcript.ask", conversation=conversation)
        refused = visitor.expect("error")

    assert (asked["scale"], asked["transcript"]) == ("thumbs", "no_address")
    assert given["value"] == 5
    assert refused["code"] == "not_permitted"
    assert vera.session()["conversation"]["asks"] is True


def test_supervisors_see_numbers_and_agents_do_not(acme, ada, sam, over, sign_in, now):
    other = store_conversation(acme, ["Hello"], at=now, resolved_at=now)
    rate(over, 5, "Quite swift", now=now)
    choose(acme, "five", now)
    rate(other, 2, now=now)

    page = sign_in(Client(), sam).get("/o/acme/settings/ratings/")

    with tenant_scope(acme):
        figures = rating_selectors.figures(now=now)
        assert (figures.rated, figures.good, figures.mean, figures.good_percent) == (2, 1, 2, 50)
    assert "50 % good" in page.text
    assert "Quite swift" not in page.text
    assert sign_in(Client(), ada).get("/o/acme/settings/ratings/").status_code == 403


def test_a_page_without_ratings_says_so(sam, sign_in):
    assert "Nothing was rated yet" in sign_in(Client(), sam).get("/o/acme/settings/ratings/").text


def test_a_rating_goes_with_its_conversation(acme, over, now):
    rate(over, now=now)
    with tenant_scope(acme):
        from chat.actions import erasure

        erasure.erase_all(limit=10)

        assert not Rating.objects.exists()
        assert not Contact.objects.exists()
