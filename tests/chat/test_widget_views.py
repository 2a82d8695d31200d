"""What a customer's site loads, and who may ask for a ticket."""

import re

import pytest
from django.conf import settings
from django.test import Client

from chat.authentication import is_ours, new_token
from chat.models import Inbox, VisitorSession
from chat.views.widget import COOKIE
from helpdesk.core.ratelimit import Limit
from tenants.models import AllowedOrigin, ModeState, Tenant
from tenants.scoping import tenant_scope
from tests.factories.chats import widget_key

pytestmark = pytest.mark.django_db

SHOP = "https://shop.example"


@pytest.fixture
def key(acme, now):
    with tenant_scope(acme):
        AllowedOrigin.objects.create(tenant=acme, origin=SHOP, created_at=now)
    return widget_key(acme)


@pytest.fixture
def framed():
    return Client(headers={"Host": settings.SITE_HOST}, secure=False)


def ask(framed, key, **headers):
    wanted = {"Origin": settings.SITE_ORIGIN, "Sec-Fetch-Site": "same-origin", **headers}
    sent = {name: value for name, value in wanted.items() if value is not None}
    return framed.post(f"/w/{key}/session", "{}", content_type="application/json", headers=sent)


def test_the_loader_may_be_used_by_any_site_and_is_kept_for_a_while(framed):
    response = framed.get("/w.js")

    assert response["Content-Type"].startswith("text/javascript")
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "max-age=3600" in response["Cache-Control"]
    assert framed.get("/w.js", headers={"If-None-Match": response["ETag"]}).status_code == 304


def test_a_new_organisation_has_an_inbox_of_its_own(acme, globex):
    assert widget_key(acme) != widget_key(globex)


def test_the_frame_may_stand_on_the_sites_the_organisation_named(framed, key):
    response = framed.get(f"/w/{key}/")

    policy = response["Content-Security-Policy"]
    assert re.search(r"frame-ancestors ([^;]*)", policy)[1].split() == [settings.SITE_ORIGIN, SHOP]
    assert "require-trusted-types-for 'script'" in policy
    assert "X-Frame-Options" not in response


@pytest.mark.parametrize("mode", ["hipaa_state", "pci_state"])
def test_under_a_mode_neither_side_s_browser_keeps_what_it_could_not_send(framed, key, acme, ada, sign_in, mode):
    without = framed.get(f"/w/{key}/").content, sign_in(Client(), ada).get("/o/acme/inbox/").content
    Tenant.objects.filter(id=acme.id).update(**{mode: ModeState.ON})
    held = framed.get(f"/w/{key}/").content, sign_in(Client(), ada).get("/o/acme/inbox/").content

    assert all(b'data-outbox="tab"' in page for page in without)
    assert all(b'data-outbox="memory"' in page for page in held)


def test_the_widget_is_seen_where_it_opens(framed, key, acme):
    framed.get(f"/w/{key}/", headers={"Referer": f"{settings.SITE_ORIGIN}/o/acme/start/test-page/"})
    with tenant_scope(acme):
        assert Inbox.objects.get().seen_at is None

    framed.get(f"/w/{key}/", headers={"Referer": f"{SHOP}/basket?token=secret"})

    with tenant_scope(acme):
        inbox = Inbox.objects.get()
    assert inbox.seen_at is not None
    assert inbox.seen_origin == SHOP


def test_no_widget_and_a_suspended_organisations_widget_are_the_same_page(framed, key, acme):
    unknown = framed.get("/w/nothing/")
    Tenant.objects.filter(id=acme.id).update(status="suspended")
    suspended = framed.get(f"/w/{key}/")

    assert unknown.status_code == suspended.status_code == 404
    assert _without_nonce(unknown) == _without_nonce(suspended)
    assert ask(framed, key).status_code == ask(framed, "nothing").status_code == 404


def test_a_session_gives_a_ticket_and_a_cookie_that_only_this_frame_has(framed, key, acme):
    response = ask(framed, key)

    answer = response.json()
    assert set(answer) == {
        "ticket",
        "session",
        "conversation",
        "files",
        "form",
        "greeting",
        "organisation",
        "notice",
        "unknown",
    }
    assert (answer["conversation"], answer["form"], answer["organisation"]) == (None, None, "Acme")
    assert is_ours(answer["session"])
    cookie = response.cookies[COOKIE].OutputString()
    for wanted in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"):
        assert wanted in cookie
    assert "Domain" not in cookie
    assert response["Cache-Control"] == "no-store"
    with tenant_scope(acme):
        assert not VisitorSession.objects.exists()


def test_a_known_token_is_not_told_again(framed, key):
    token = ask(framed, key).json()["session"]
    framed.cookies.clear()

    assert ask(framed, key, **{"X-Hushdesk-Session": token}).json()["session"] is None


@pytest.mark.parametrize("token", ["made-up", "made-up.by-someone-else", "x" * 5000, ""])
def test_a_token_that_is_not_ours_is_replaced(framed, key, token):
    answer = ask(framed, key, **{"X-Hushdesk-Session": token}).json()

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
def test_only_the_frame_itself_may_ask_for_a_ticket(framed, key, headers):
    assert ask(framed, key, **headers).status_code == 403


def test_asking_without_end_is_slowed(framed, key, monkeypatch):
    monkeypatch.setattr("chat.views.widget.SESSIONS_BY_ADDRESS", Limit("test.sessions", burst=2, per_s=0.01))

    answers = [ask(framed, key) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) >= 1


def test_without_valkey_the_widget_is_asked_to_come_back(framed, key, monkeypatch):
    import redis

    def down(*_args, **_kwargs):
        raise redis.ConnectionError

    monkeypatch.setattr("chat.authentication.issue_ticket", down)

    response = ask(framed, key)

    assert response.status_code == 503
    assert response["Retry-After"] == "1"
    assert response.json()["error"] == "unavailable"


def test_tokens_differ():
    assert new_token() != new_token()


def _without_nonce(response):
    return re.sub(rb'nonce="[^"]*"|nonce-[^\' ]*', b"", response.content)
