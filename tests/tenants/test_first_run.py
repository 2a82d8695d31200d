"""The whole way in: sign up, confirm, name the organisation, second factor, first-run page."""

import re

import pytest
from django.core import mail
from django.urls import reverse
from django_otp.oath import totp

from chat.models import Inbox
from tenants.models import AllowedOrigin, SealedTOTPDevice
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.django_db
START = "/o/acme/start/"
NORA = {"name": "Nora", "email": "nora@example.com", "password": "four green lanterns"}


def test_a_newcomer_gets_from_the_landing_page_to_the_snippet(client):
    client.post("/signup/", NORA)
    token = re.search(r"/confirm/#([\w-]+)", mail.outbox[-1].body).group(1)
    client.post("/confirm/", {"code": token, "password": NORA["password"]})
    named = client.post("/organisations/new/", {"name": "Nora & Co", "slug": "", "region": "us"})
    client.get(named.url)
    seed = SealedTOTPDevice.objects.get().seed()
    enrolled = client.post("/sign-in/enrol/", {"code": f"{totp(seed):06d}", "next": "/o/nora-co/start/"})

    codes = client.post(enrolled.url, {"next": "/o/nora-co/start/"})
    page = client.get("/o/nora-co/start/")

    assert enrolled.url == "/account/security/backup-codes/?next=%2Fo%2Fnora-co%2Fstart%2F"
    assert 'href="/o/nora-co/start/"' in codes.text
    assert page.status_code == 200
    assert "/w.js&quot; data-key=&quot;" in page.text
    assert "We have not seen your widget yet" in page.text


@pytest.fixture
def owner(client, olive, sign_in):
    return sign_in(client, olive)


def test_the_mark_asks_again_until_the_widget_was_seen(owner, acme, now):
    before = owner.get(f"{START}seen/")
    with tenant_scope(acme):
        Inbox.objects.update(seen_at=now, seen_origin="https://www.example.com")
    after = owner.get(f"{START}seen/")

    assert 'hx-trigger="every 3s"' in before.text
    assert "hx-trigger" not in after.text
    assert "https://www.example.com" in after.text


def test_a_widget_seen_where_it_may_not_appear_says_so(owner, acme, now):
    with tenant_scope(acme):
        Inbox.objects.update(seen_at=now, seen_origin="https://www.example.com")

    assert "It may not appear there yet" in owner.get(START).text


def test_a_site_is_allowed_and_removed_again(owner, acme):
    added = owner.post(f"{START}sites/", {"origin": "https://www.example.com/shop"}, follow=True)
    with tenant_scope(acme):
        allowed = AllowedOrigin.objects.get()
    removed = owner.post(f"{START}sites/{allowed.id}/remove/", follow=True)

    assert allowed.origin == "https://www.example.com"
    assert "https://www.example.com" in added.text
    assert "no longer appears" in removed.text


def test_what_is_no_site_is_refused_next_to_its_field_and_kept(owner):
    response = owner.post(f"{START}sites/", {"origin": "http://www.example.com"})

    assert response.status_code == 422
    assert 'value="http://www.example.com"' in response.text
    assert "must start with https://" in response.text


def test_the_test_page_runs_the_organisations_own_widget(owner, acme):
    response = owner.get(f"{START}test-page/")

    with tenant_scope(acme):
        assert Inbox.objects.get().widget_key in response.text
    assert "frame-src 'self'" in response["Content-Security-Policy"]


def test_an_agent_may_not_change_the_sites(client, ada, sign_in):
    sign_in(client, ada)

    assert client.get(START).status_code == 403
    assert client.post(f"{START}sites/", {"origin": "https://www.example.com"}).status_code == 403


def test_mallory_finds_no_first_run_page(client, mallory, acme, sign_in):
    sign_in(client, mallory)

    assert {client.get(START).status_code, client.get(reverse("chat:test_page", args=["acme"])).status_code} == {404}


def test_a_colleague_is_invited_from_the_first_run_page(owner):
    page = owner.get(START).text
    action = re.search(r'action="(/o/acme/settings/people/invite/)"', page).group(1)

    owner.post(action, {"email": "ben@acme.example", "role": "agent"})

    assert mail.outbox[-1].to == ["ben@acme.example"]
