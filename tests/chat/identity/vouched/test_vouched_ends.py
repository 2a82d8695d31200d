"""What a site vouches for ends: by time, by its key, by signing out, blocked, erased or closed."""

from datetime import timedelta
from uuid import uuid4

import pytest

from chat.actions import erasure, identifying
from chat.authentication import new_token, token_hash, visitor_of
from chat.identity.standing import Level, Standing, standings_of
from chat.models import Contact, ContactDetails, Conversation, Inbox, Message, UsedToken
from compliance import key_rotation
from compliance.models import AuditEntry
from tenants.keyring import ring, rotation
from tenants.keyring.models import Purpose
from tenants.scoping import tenant_scope
from tests.chat.identity.conftest import Browser
from tests.chat.identity.vouched.conftest import GOOD, known_of, standing, talking
from tests.factories.identity import by_secret, token

pytestmark = pytest.mark.django_db


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
