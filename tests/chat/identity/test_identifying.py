"""Whom a site vouches for is who they are: one browser, for a while, and nobody by an address they have typed."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings

from chat import contact_disclosure, disclosure, people
from chat.actions import erasure, identifying
from chat.actions.contacts import give_contact_details
from chat.actions.identity_keys import retire_key
from chat.authentication import new_token, token_hash, visitor_of
from chat.identity.standing import Level, Standing, standing_of, standings_of
from chat.models import Contact, ContactDetails, Conversation, Inbox, Message, UsedToken, VisitorSession
from compliance import key_rotation
from compliance.models import AuditEntry
from helpdesk.core import clock
from tenants.keyring import ring, rotation
from tenants.keyring.models import Purpose
from tenants.scoping import tenant_scope
from tests.chat.identity.conftest import Browser
from tests.factories.consent import agreed, ask_visitors
from tests.factories.identity import Site, by_secret, claims_of, token
from tests.factories.tenants import owner_of

pytestmark = pytest.mark.django_db
GOOD = 200


@pytest.fixture(autouse=True)
def _no_remembered_names():
    yield
    people._names.clear()


def standing(tenant, conversation_id, now):
    with tenant_scope(tenant):
        return standing_of(Conversation.objects.get(id=conversation_id), now)


def known_of(browser, member, now):
    with tenant_scope(browser.tenant):
        return contact_disclosure.contact_details(browser.session().contact, member, now=now)


def talking(browser, text="Hello"):
    conversation = browser.start()
    browser.say(conversation, text)
    return conversation


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


def test_a_token_is_used_by_one_browser(acme, site, vera):
    given = site.token()
    vera.identify(given, begins=True)
    thief = Browser(acme)
    thief.open()

    assert thief.identify(given, begins=True) == (200, {"refused": "replayed", "claim": "jti"})
    assert thief.identify(given) == (200, {"refused": "replayed", "claim": "jti"})
    # A page that is loaded again shows the one it has.
    until = vera.session().signed_until
    assert vera.identify(given)[1]["bound"] is True
    assert vera.session().signed_until == until


def test_a_browser_that_signed_out_can_not_use_it_again(acme, site, vera, now):
    given = site.token()
    vera.identify(given, begins=True)
    conversation = talking(vera)

    assert vera.post("forget", {}) == (200, {})
    assert standing(acme, conversation, clock.now()) == Standing(Level.ANONYMOUS)
    vera.token = vera.open()["session"]

    assert vera.identify(given, begins=True)[1]["refused"] == "replayed"
    assert vera.frame("conversation.resume", conversation=conversation, after_sequence=0)[0] == 404


def test_tokens_that_ran_out_are_not_remembered(acme, site, vera, now):
    vera.identify(site.token(), begins=True)
    with tenant_scope(acme):
        UsedToken.objects.update(expires_at=now - timedelta(seconds=1))

    vera.identify(site.token())

    with tenant_scope(acme):
        assert UsedToken.objects.count() == 1


@pytest.mark.parametrize("origin", ["https://evil.example", "", "https://shop.acme.example.evil.example", "null"])
def test_a_token_that_comes_from_another_site_vouches_for_nobody(acme, shop, site, origin):
    elsewhere = Browser(acme, origin)
    elsewhere.open()

    assert elsewhere.identify(site.token(), begins=True) == (200, {"refused": "wrong_site", "claim": ""})
    with tenant_scope(acme):
        assert not VisitorSession.objects.exists()


def test_our_own_test_page_is_as_good_as_a_site_of_theirs(acme, site):
    trying = Browser(acme, settings.SITE_ORIGIN)
    trying.open()

    assert "refused" not in trying.identify(site.token())[1]


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": None}, {"Sec-Fetch-Site": "same-site"}]
)
def test_only_our_own_frame_may_show_one(site, vera, headers):
    assert vera.post("identify", {"token": site.token()}, **headers) == (403, {"error": "not_allowed"})
    assert vera.post("forget", {}, **headers) == (403, {"error": "not_allowed"})


def test_another_organisations_token_vouches_for_nobody(acme, globex, site, vera, now):
    mallory = Site(owner_of(globex), now)

    for given in (
        mallory.token(),
        token(mallory.header(), claims_of(acme.id, now), mallory.sign),
        token(mallory.header(kid=site.key.kid), claims_of(acme.id, now), mallory.sign),
        site.token(aud=str(globex.id)),
    ):
        status, answer = vera.identify(given, begins=True)
        assert (status, answer["refused"] in {"unknown_key", "bad_signature", "wrong_audience"}) == (200, True)
    with tenant_scope(acme):
        assert not VisitorSession.objects.exists()


@pytest.mark.parametrize(
    ("given", "why"),
    [(None, "malformed"), (7, "malformed"), ({"a": 1}, "malformed"), ("", "malformed"), ("x" * 5000, "too_long")],
)
def test_what_is_no_token_is_refused_by_name(site, vera, given, why):
    assert vera.identify(given) == (200, {"refused": why, "claim": ""})


@pytest.mark.parametrize(
    "body", [[], "x", {"token": "x", "consent": {"notice": "short"}}, {"token": "x", "consent": 1}]
)
def test_what_is_no_request_is_refused(vera, body):
    assert vera.post("identify", body) == (400, {"error": "bad_frame"})


def test_a_retired_key_vouches_for_nobody_new_and_may_end_whom_it_has(acme, olive, site, vera, now):
    vera.identify(site.token(), begins=True)
    conversation = talking(vera)
    with tenant_scope(acme):
        retire_key(key_id=site.key.id, ends_sessions=False, actor=olive, now=now)

    assert vera.identify(site.token())[1]["refused"] == "retired_key"
    assert standing(acme, conversation, now).level == Level.SIGNED

    another = Site(olive, now)
    vera.identify(another.token())
    with tenant_scope(acme):
        retire_key(key_id=another.key.id, ends_sessions=True, actor=olive, now=now)
    assert standing(acme, conversation, now).level == Level.ANONYMOUS
    assert vera.say(conversation)[1]["type"] == "error"


def test_of_two_keys_both_are_accepted(acme, olive, site, vera, now):
    pair = Site(olive, now, algorithm="EdDSA")

    assert vera.identify(site.token(), begins=True)[0] == vera.identify(pair.token())[0] == GOOD
    assert site.row().used_at is not None
    assert pair.row().used_at is not None


def test_what_is_vouched_for_ends(acme, site, vera, now):
    vera.identify(site.token(), begins=True)
    conversation = talking(vera)
    later = now + identifying.SIGNED_FOR + timedelta(seconds=1)

    assert vera.session().signed_until <= now + identifying.SIGNED_FOR
    assert standing(acme, conversation, later) == Standing(Level.ANONYMOUS)
    with tenant_scope(acme):
        inbox = Inbox.objects.get()
    hashed = token_hash(acme.id, vera.token)
    # And the session with it, however busy it was: nobody speaks as somebody who was known.
    assert visitor_of(acme.id, inbox.id, hashed, "", now + timedelta(hours=1)) is not None
    assert visitor_of(acme.id, inbox.id, hashed, "", later) is None


def test_a_new_token_carries_it_on(site, vera, now):
    vera.identify(site.token(at=now - timedelta(minutes=5)), begins=True)
    first = vera.session().signed_until

    vera.identify(site.token())

    assert vera.session().signed_until > first


def test_many_standings_are_told_by_as_many_questions_as_one(acme, site, vera, now, django_assert_num_queries):
    vera.identify(site.token(), begins=True)
    signed, anonymous = talking(vera), talking(Browser(acme))
    with tenant_scope(acme):
        both = list(Conversation.objects.all())
        with django_assert_num_queries(2):
            found = standings_of(both, now)

    assert {str(key): held.level for key, held in found.items()} == {signed: Level.SIGNED, anonymous: Level.ANONYMOUS}


def test_who_is_blocked_stays_so_under_any_name(acme, site, vera, now):
    vera.identify(site.token(), begins=True)
    with tenant_scope(acme):
        Contact.objects.update(blocked_at=now)
    elsewhere = Browser(acme)
    elsewhere.open()

    assert vera.identify(site.token()) == (200, {"refused": "blocked"})
    assert elsewhere.identify(site.token(), begins=True) == (200, {"refused": "blocked"})


def test_a_card_number_is_not_kept_from_a_token(acme, site, vera, ada, now):
    talking(vera)

    assert vera.identify(site.token(sub="4111 1111 1111 1111")) == (200, {"refused": "bad_claim", "claim": "sub"})
    vera.identify(site.token(name="Vera 4111111111111111", email="4111111111111111@tents.example"))

    known = known_of(vera, ada, now)
    assert "4111 1111" not in known.name
    assert "411111111111" not in known.name
    assert known.email is None


def test_an_address_that_is_none_keeps_nobody_from_being_known(acme, site, vera, ada, now):
    talking(vera)

    assert vera.identify(site.token(email="not an address", name="Vera"))[0] == GOOD
    assert known_of(vera, ada, now) == ContactDetails(name="Vera", subject="customer 4711")


def test_what_is_vouched_for_is_in_the_trail_without_a_word_of_it(acme, site, vera):
    talking(vera)
    vera.identify(site.token())
    vera.identify(site.token())
    vera.post("forget", {})

    with tenant_scope(acme):
        entries = list(AuditEntry.objects.filter(event__startswith="visitor.").order_by("id"))
    assert [entry.event for entry in entries] == ["visitor.identified", "visitor.signed_out"]
    assert entries[0].facts["kid"] == site.key.kid
    assert "4711" not in str(entries[0].facts)


def test_a_turned_index_key_still_knows_who_is_who(acme, site, vera, now):
    vera.identify(site.token(), begins=True)
    before = bytes(vera.session().contact.subject_token)
    rotation.begin_tenant_rotation(acme.id, Purpose.INDEX, now=now)
    telephone = Browser(acme)
    telephone.open()
    telephone.identify(site.token(), begins=True)

    assert telephone.session().contact_id == vera.session().contact_id
    key_rotation.turn_keys(acme.id, now=lambda: now, pause=lambda _: None, grace=timedelta(0))
    after = bytes(vera.session().contact.subject_token)
    assert (before[:4], after[:4]) == (b"\0\0\0\1", b"\0\0\0\2")


def test_somebody_erased_is_nobody_though_the_row_is_restored(acme, site, vera):
    vera.identify(site.token(), begins=True)
    erased = vera.session().contact_id
    ring.destroy_contact_keys(acme.id, [erased])
    telephone = Browser(acme)
    telephone.open()

    telephone.identify(site.token(), begins=True)

    assert telephone.session().contact_id != erased


def test_closing_leaves_nothing_of_keys_and_tokens(acme, site, vera):
    vera.identify(site.token(), begins=True)
    talking(vera)
    with tenant_scope(acme):
        for _ in range(3):
            erasure.erase_all(limit=10)

        assert not UsedToken.objects.exists()
        assert not Message.objects.exists()


def test_the_cookie_is_replaced_and_forgotten(site, vera):
    talking(vera)
    vera.identify(site.token())
    given = vera.client.cookies["__Host-hushdesk"]
    assert given.value == vera.token
    assert all(given[name] for name in ("secure", "httponly", "partitioned"))

    vera.post("forget", {})
    assert (vera.client.cookies["__Host-hushdesk"].value, vera.client.cookies["__Host-hushdesk"]["max-age"]) == ("", 0)


def test_a_browser_that_nobody_knows_is_forgotten_in_silence(acme, vera):
    assert vera.post("forget", {}) == (200, {})
    with tenant_scope(acme):
        assert not AuditEntry.objects.filter(event="visitor.signed_out").exists()


def test_a_new_token_of_ours_is_no_one(acme, shop, site):
    stranger = Browser(acme)
    stranger.token = new_token()

    assert (
        stranger.identify(token(site.header(), site.claims(jti=uuid4().hex), by_secret("x")))[1]["refused"]
        == "bad_signature"
    )
