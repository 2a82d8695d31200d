"""What only the demo has: caught mail, and a customer's page."""

import pytest
from django.core.mail import EmailMessage

from chat.actions import identity_keys
from chat.models import Inbox
from helpdesk.core.public_keys import pem_of
from helpdesk.demo import mail, shop
from tenants.scoping import tenant_scope

LINKED = "Open http://app.localhost:8000/confirm/#token\n\nHushdesk, {site}\n"


@pytest.fixture
def catcher(settings):
    settings.EMAIL_BACKEND = "helpdesk.demo.mail.CatcherBackend"


def test_mail_is_caught_newest_first_with_its_links(client, catcher, settings):
    EmailMessage("First", "One", to=["nora@example.com"]).send()
    EmailMessage("Second", LINKED.format(site=settings.SITE_URL), to=["nora@example.com"]).send()

    page = client.get("/demo/mail/")

    assert page.text.index("Second") < page.text.index("First")
    assert 'href="http://app.localhost:8000/confirm/#token"' in page.text
    assert [len(caught.links) for caught in mail.caught_mails()] == [1, 0]


def test_only_the_newest_mails_are_kept(catcher, monkeypatch):
    monkeypatch.setattr(mail, "KEPT", 2)
    for number in range(4):
        EmailMessage(f"Mail {number}", "", to=["nora@example.com"]).send()

    assert [caught.subject for caught in mail.caught_mails()] == ["Mail 3", "Mail 2"]


def test_the_customers_page_has_the_chat_of_the_seeded_organisation_on_a_host_of_its_own(client, acme, globex):
    with tenant_scope(acme):
        inbox = Inbox.objects.get()

    page = client.get("/", headers={"host": "shop.localhost:8000"})

    assert f'data-key="{inbox.widget_key}"' in page.text
    assert "/w.js" in page.text
    assert "script-src http://app.localhost" in page["Content-Security-Policy"]
    assert "Hushdesk" not in client.get("/", headers={"host": "shop.localhost:8000"}).text.partition("<body")[0]


def test_before_the_demo_is_seeded_the_customers_page_has_no_chat_and_vouches_for_nobody(client, db):
    page = client.get("/", headers={"host": "shop.localhost:8000"})
    answer = client.get("/demo/shop/token/", headers={"host": "shop.localhost:8000"})

    assert 'data-key=""' in page.text
    assert answer.json() == {"token": ""}


def test_the_shop_s_server_gives_a_token_that_no_other_site_reads(client, acme, olive, now):
    assert client.get("/demo/shop/token/", headers={"host": "shop.localhost:8000"}).json() == {"token": ""}
    with tenant_scope(acme):
        identity_keys.add_public_key(pasted=pem_of(shop.public_key()), actor=olive, now=now)

    answer = client.get("/demo/shop/token/", headers={"host": "shop.localhost:8000"})

    assert answer.json()["token"].count(".") == 2
    assert "no-store" in answer["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in answer
    page = client.get("/", headers={"host": "shop.localhost:8000"})
    assert 'data-token="/demo/shop/token/"' in page.text
    assert "connect-src 'self'" in page["Content-Security-Policy"]
