"""What a customer's site loads, and who may ask for a ticket."""

import re

import pytest
from django.conf import settings
from django.test import Client

from chat.authentication import is_ours, new_token
from chat.models import Inbox, VisitorSession
from chat.views.widget import COOKIE
from tenants.models import AllowedOrigin, Tenant
from tenants.scoping import tenant_scope
from tests.chat.conftest import widget_key

pytestmark = pytest.mark.django_db

SHOP = "https://shop.example"


@pytest.fixture
def key(acme, now):
    with tenant_scope(acme):
        AllowedOrigin.objects.create(tenant=acme, origin=SHOP, created_at=now)
    return widget_key(acme)


@pytest.fixture
def browser():
    return Client(headers={"Host": settings.SITE_HOST}, secure=False)


def ask(browser, key, **headers):
    wanted = {"Origin": settings.SITE_ORIGIN, "Sec-Fetch-Site": "same-origin", **headers}
    sent = {name: value for name, value in wanted.items() if value is not None}
    return browser.post(f"/w/{key}/session", "{}", content_type="application/json", headers=sent)


def test_the_loader_may_be_used_by_any_site_and_is_kept_for_a_while(browser):
    response = browser.get("/w.js")

    assert response["Content-Type"].startswith("text/javascript")
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "max-age=3600" in response["Cache-Control"]
    assert browser.get("/w.js", headers={"If-None-Match": response["ETag"]}).status_code == 304


def test_a_new_organisation_has_an_inbox_of_its_own(acme, globex):
    assert widget_key(acme) != widget_key(globex)


def test_the_frame_may_stand_on_the_sites_the_organisation_named(browser, key):
    response = browser.get(f"/w/{key}/")

    policy = response["Content-Security-Policy"]
    assert re.search(r"frame-ancestors ([^;]*)", policy)[1].split() == [settings.SITE_ORIGIN, SHOP]
    assert "require-trusted-types-for 'script'" in policy
    assert "X-Frame-Options" not in response


def test_the_widget_is_seen_where_it_opens(browser, key, acme):
    browser.get(f"/w/{key}/", headers={"Referer": f"{settings.SITE_ORIGIN}/o/acme/start/test-page/"})
    with tenant_scope(acme):
        assert Inbox.objects.get().seen_at is None

    browser.get(f"/w/{key}/", headers={"Referer": f"{SHOP}/basket?token=secret"})

    with tenant_scope(acme):
        inbox = Inbox.objects.get()
    assert inbox.seen_at is not None
    assert inbox.seen_origin == SHOP


def test_no_widget_and_a_suspended_organisations_widget_are_the_same_page(browser, key, acme):
    unknown = browser.get("/w/nothing/")
    Tenant.objects.filter(id=acme.id).update(status="suspended")
    suspended = browser.get(f"/w/{key}/")

    assert unknown.status_code == suspended.status_code == 404
    assert _without_nonce(unknown) == _without_nonce(suspended)
    assert ask(browser, key).status_code == ask(browser, "nothing").status_code == 404


def test_a_session_gives_a_ticket_and_a_cookie_that_only_this_frame_has(browser, key, acme):
    response = ask(browser, key)

    answer = response.json()
    assert set(answer) == {"ticket", "session", "conversation", "greeting", "organisation"}
    assert (answer["conversation"], answer["organisation"]) == (None, "Acme")
    assert is_ours(answer["session"])
    cookie = response.cookies[COOKIE].OutputString()
    for wanted in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"):
        assert wanted in cookie
    assert "Domain" not in cookie
    assert response["Cache-Control"] == "no-store"
    with tenant_scope(acme):
        assert not VisitorSession.objects.exists()


def test_a_known_token_is_not_told_again(browser, key):
    token = ask(browser, key).json()["session"]
    browser.cookies.clear()

    assert ask(browser, key, **{"X-Hushdesk-Session": token}).json()["session"] is None


@pytest.mark.parametrize("token", ["made-up", "made-up.by-someone-else", "x" * 5000, ""])
def test_a_token_that_is_not_ours_is_replaced(browser, key, token):
    answer = ask(browser, key, **{"X-Hushdesk-Session": token}).json()

    assert answer["session"] not in {None, token}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": SHOP},
        {"Origin": "null"},
        {"Origin": None},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_only_the_frame_itself_may_ask_for_a_ticket(browser, key, headers):
    assert ask(browser, key, **headers).status_code == 403


def test_asking_without_end_is_slowed(browser, key):
    answers = [ask(browser, key) for _ in range(62)]

    slowed = answers[-1]
    assert slowed.status_code == 429
    assert int(slowed["Retry-After"]) >= 1


def test_without_valkey_the_widget_is_asked_to_come_back(browser, key, monkeypatch):
    import redis

    def down(*_args, **_kwargs):
        raise redis.ConnectionError

    monkeypatch.setattr("chat.authentication.issue_ticket", down)

    response = ask(browser, key)

    assert response.status_code == 503
    assert response["Retry-After"] == "2"
    assert response.json()["error"] == "unavailable"


def test_tokens_differ():
    assert new_token() != new_token()


def _without_nonce(response):
    return re.sub(rb'nonce="[^"]*"|nonce-[^\' ]*', b"", response.content)
