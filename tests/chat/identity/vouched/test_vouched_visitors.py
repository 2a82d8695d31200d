"""Whom a site vouches for is who they are, and nobody by an address they have typed."""

from datetime import timedelta

import pytest

from chat import disclosure, people
from chat.actions import identifying
from chat.actions.contacts import give_contact_details
from chat.authentication import token_hash, visitor_of
from chat.identity.standing import Level, Standing
from chat.models import Contact, ContactDetails, Conversation, Inbox, UsedToken, VisitorSession
from helpdesk.core import clock
from tenants.scoping import tenant_scope
from tests.chat.identity.conftest import Browser
from tests.chat.identity.vouched.conftest import GOOD, known_of, standing, talking
from tests.factories.consent import agreed, ask_visitors

pytestmark = pytest.mark.django_db


def test_a_visitor_who_signs_in_is_who_the_site_says(acme, site, vera, ada, now):
    conversation = talking(vera)
    before, was = vera.token, standing(acme, conversation, now)

    status, answer = vera.identify(site.token())

    assert (status, answer["bound"]) == (GOOD, True)
    assert was == Standing(Level.ANONYMOUS)
    signed = standing(acme, conversation, now)
    assert (signed.level, signed.scope) == (Level.SIGNED, "")
    assert signed.until == vera.session().signed_until == vera.session().expires_at
    # Known by another token from now on: whoever had the one before has nothing.
    assert vera.token != before
    stranger = Browser(acme)
    stranger.token = before
    assert stranger.frame("conversation.resume", conversation=conversation, after_sequence=0)[0] == 404
    assert vera.say(conversation)[1]["type"] == "message.acknowledged"
    assert known_of(vera, ada, now) == ContactDetails(
        name="Vera Visser", email="vera@tents.example", subject="customer 4711"
    )


def test_what_a_site_calls_somebody_is_stored_sealed_and_as_a_keyed_hash(acme, site, vera):
    talking(vera)
    vera.identify(site.token(sub="customer-4711"))

    kept = vera.session().contact
    raw = bytes(kept.subject) + bytes(kept.subject_token)
    assert b"4711" not in raw
    assert b"customer" not in raw
    with tenant_scope(acme):
        used = UsedToken.objects.get()
    assert b"customer" not in bytes(used.jti_hash)


def test_the_line_says_from_where_on_it_was_known(acme, site, vera, ada, now):
    conversation = talking(vera)

    vera.identify(site.token())
    vera.identify(site.token())

    with tenant_scope(acme):
        talk = Conversation.objects.get(id=conversation)
        shown = [message.text for message in disclosure.transcript(talk, ada, now=now).messages]
    assert shown == ["Hello", identifying.VOUCHED]


def test_nothing_is_stored_of_somebody_new_until_they_say_something(acme, site, vera):
    status, answer = vera.identify(site.token())

    assert (status, answer["bound"], answer["session"]) == (GOOD, False, None)
    with tenant_scope(acme):
        assert not VisitorSession.objects.exists()
        assert not Contact.objects.exists()
        assert not UsedToken.objects.exists()


def test_somebody_new_begins_as_who_they_are(acme, site, vera, now):
    given = site.token()
    vera.identify(given)

    assert vera.identify(given, begins=True)[1]["bound"] is True
    conversation = talking(vera)

    assert standing(acme, conversation, now).level == Level.SIGNED


def test_nothing_is_stored_before_the_notice_is_agreed_to(acme, site, vera):
    ask_visitors(acme)
    given = site.token()

    assert vera.identify(given, begins=True) == (200, {"refused": "consent_required"})
    with tenant_scope(acme):
        assert not VisitorSession.objects.exists()

    assert vera.identify(given, begins=True, consent={"notice": agreed(acme).notice.hex()})[0] == GOOD
    assert vera.start()


def test_another_browser_of_the_same_person_reads_on(acme, site, vera):
    vera.identify(site.token(), begins=True)
    conversation = talking(vera)
    telephone = Browser(acme)
    telephone.open()

    telephone.identify(site.token(), begins=True)

    assert telephone.session().contact_id == vera.session().contact_id
    assert telephone.open()["conversation"]["id"] == conversation


def test_what_was_said_before_signing_in_stays_with_who_said_it(acme, site, vera, now):
    """Two contacts of one person are two, each sealed with a key of its own, and listed together."""
    vera.identify(site.token(), begins=True)
    earlier = talking(vera, "from the first browser")
    telephone = Browser(acme)
    telephone.open()
    later = talking(telephone, "not signed in yet")

    telephone.identify(site.token())

    assert telephone.session().contact_id != vera.session().contact_id
    assert telephone.open()["conversation"]["id"] == later
    assert standing(acme, later, now).level == standing(acme, earlier, now).level == Level.SIGNED
    with tenant_scope(acme):
        facts = people.facts_of(Conversation.objects.select_related("contact").get(id=later))
        assert [str(one.id) for one in facts.previous] == [earlier]


def test_another_customer_at_the_same_browser_has_nothing_of_the_first(acme, site, vera, now):
    vera.identify(site.token(), begins=True)
    conversation = talking(vera, "a secret")
    first = vera.session()

    changed = vera.identify(site.token(sub="customer 4712", name="Victor", email=None), begins=True)[1]

    assert changed["another"] is True
    assert vera.session().contact_id != first.contact_id
    assert vera.frame("conversation.resume", conversation=conversation, after_sequence=0)[0] == 404
    assert standing(acme, conversation, clock.now()) == Standing(Level.ANONYMOUS)
    with tenant_scope(acme):
        assert VisitorSession.objects.get(id=first.id).expires_at <= now + timedelta(minutes=1)


def test_an_address_makes_nobody_the_same_person(acme, site, vera, now):
    """Who types an address, or whose site names it, gets nothing of others with that address."""
    vera.identify(site.token(), begins=True)
    talking(vera, "a secret")
    with tenant_scope(acme):
        inbox = Inbox.objects.get()
    impostor = Browser(acme)
    impostor.open()
    conversation = talking(impostor)
    hashed = token_hash(acme.id, impostor.token)
    give_contact_details(
        visitor=visitor_of(acme.id, inbox.id, hashed, "", now),
        given=ContactDetails(email="vera@tents.example"),
        now=now,
    )
    impostor.identify(site.token(sub="somebody else", email="vera@tents.example"))

    assert impostor.session().contact_id != vera.session().contact_id
    assert impostor.open()["conversation"]["id"] == conversation
    with tenant_scope(acme):
        facts = people.facts_of(Conversation.objects.select_related("contact").get(id=conversation))
    assert facts.previous == []


def test_a_letter_in_another_case_is_somebody_else(acme, site, vera):
    vera.identify(site.token(sub="A1"), begins=True)
    other = Browser(acme)
    other.open()
    other.identify(site.token(sub="a1"), begins=True)

    assert other.session().contact_id != vera.session().contact_id
