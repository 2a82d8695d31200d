"""A token of a site vouches in one browser, for its organisation, and not again."""

from datetime import timedelta

import pytest
from django.conf import settings

from chat.actions.identity_keys import retire_key
from chat.identity.standing import Level, Standing
from chat.models import UsedToken, VisitorSession
from helpdesk.core import clock
from tenants.scoping import tenant_scope
from tests.chat.identity.conftest import Browser
from tests.chat.identity.vouched.conftest import GOOD, standing, talking
from tests.factories.identity import Site, claims_of, token
from tests.factories.tenants import owner_of

pytestmark = pytest.mark.django_db


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
