"""Who may do without a second factor: agents, where an owner has relaxed it; nobody under a mode, after seven days."""

from datetime import timedelta

import pytest
import time_machine
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client

from helpdesk.core import clock
from tenants.actions.policies import choose
from tenants.actors import Actor
from tenants.at_socket import NotSignedInError, RefusedError, admit, admit_again
from tenants.factor_rules import must_have_factor
from tenants.gate.checks import Refusal
from tenants.models import Membership, Tenant
from tenants.policy_names import FACTOR_AGENTS
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.modes import switch_mode
from tests.factories.tenants import PASSWORD, make_factor
from tests.support.passkeys import SoftPasskey
from tests.support.signing_in import code_of, with_password
from tests.tenants.passkeys.conftest import CONFIRM, CREATE, give, options, post

pytestmark = pytest.mark.django_db(transaction=True)
LATER, ENROL, INBOX = "/sign-in/enrol/later/", "/sign-in/enrol/", "/o/acme/inbox/"


@pytest.fixture
def relaxed(olive):
    with tenant_scope(olive.tenant):
        choose(key=FACTOR_AGENTS, value="optional", actor=olive, now=clock.now())


def switch(tenant, mode, actor, *, on=True):
    switch_mode(tenant=tenant, mode=mode, on=on, reason="Audit", actor=Actor.member(actor), now=clock.now())


def test_an_agent_goes_on_by_the_password_where_it_is_up_to_them(client, ada, relaxed):
    with_password(client, ada.user)
    assert "Not now" in client.get(ENROL).text
    assert client.get(INBOX).url.startswith("/sign-in/factor/"), "half-way is not in"

    assert client.post(LATER, {"next": INBOX}).url == INBOX

    assert client.get(INBOX).status_code == 200
    assert client.get("/organisations/").url == INBOX
    assert client.get("/account/security/").url.startswith("/sign-in/factor/")
    assert "Not now" not in client.get(ENROL).text


def test_by_default_nobody_does(client, ada):
    with_password(client, ada.user)

    assert "Not now" not in client.get(ENROL).text
    assert client.post(LATER).url == ENROL
    assert client.get(INBOX).status_code == 302


@pytest.mark.parametrize("who", ["sam", "olive"])
def test_nobody_but_agents_does(client, who, relaxed, request):
    with_password(client, request.getfixturevalue(who).user)

    assert client.post(LATER).url == ENROL


def test_whoever_has_a_factor_gives_it(client, ada, relaxed):
    make_factor(ada.user)
    with_password(client, ada.user)

    assert client.post(LATER).url == "/sign-in/factor/"
    assert client.get(INBOX).status_code == 302


def test_another_organisation_that_asks_for_it_stays_closed(client, ada, relaxed, globex, now):
    with tenant_scope(globex):
        Membership.objects.create(tenant=globex, user=ada.user, role=Role.AGENT, created_at=now)
    with_password(client, ada.user).post(LATER)

    assert client.get(INBOX).status_code == 200
    assert client.get("/o/globex/inbox/").url == "/sign-in/factor/?next=/o/globex/inbox/"
    assert must_have_factor(ada.user, now=now.timestamp())


def test_a_factor_enrolled_elsewhere_is_asked_for_here_too(client, ada, relaxed):
    with_password(client, ada.user).post(LATER)
    make_factor(ada.user)

    assert client.get(INBOX).url == f"/sign-in/factor/?next={INBOX}"


def test_a_lock_asks_for_the_password_and_is_not_gone_round(client, ada, relaxed):
    with_password(client, ada.user).post(LATER)
    with time_machine.travel(clock.now() + timedelta(hours=8, seconds=1), tick=False):
        assert client.get(INBOX).url == f"/sign-in/locked/?next={INBOX}"
        client.post(LATER)
        assert client.get(INBOX).status_code == 302
        client.post("/sign-in/locked/", {"password": PASSWORD})
        assert client.get(INBOX).status_code == 200


def test_a_mode_gives_them_seven_days(client, ada, olive, acme, relaxed):
    with_password(client, ada.user).post(LATER)
    switch(acme, "hipaa", olive)

    for days, status in ((0, 200), (6.9, 200), (7, 302)):
        with time_machine.travel(clock.now() + timedelta(days=days), tick=False):
            fresh = with_password(Client(), ada.user)
            fresh.post(LATER)
            assert fresh.get(INBOX).status_code == status
    assert client.get(INBOX).status_code == 200
    switch(Tenant.objects.get(id=acme.id), "hipaa", olive, on=False)
    assert Tenant.objects.get(id=acme.id).factors_due_at is None


def test_pci_asks_owners_for_a_passkey_and_leads_them_there(client, olive, acme, sign_in):
    sign_in(client, olive)
    switch(acme, "pci", olive)

    led = client.get("/o/acme/settings/")
    assert led.url == "/account/security/?next=/o/acme/settings/"
    assert "asks for a passkey" in client.get(led.url).text
    client.post("/account/security/confirm/", {"code": code_of(olive.user)})
    passkey = SoftPasskey()
    post(client, CREATE, {"credential": passkey.create(options(client, CREATE))})
    assert client.get("/o/acme/settings/").status_code == 200

    other = sign_in(Client(), olive)
    assert other.get("/o/acme/settings/").status_code == 302
    assert "Go on with your passkey" in other.get(led.url).text
    assert give(other, CONFIRM, passkey).status_code == 200
    assert other.get("/o/acme/settings/").status_code == 200


async def test_sockets_are_let_in_as_pages_are(ada, olive, acme, relaxed):
    client = await sync_to_async(with_password)(Client(), ada.user)
    half_way = client.cookies[settings.SESSION_COOKIE_NAME].value
    with pytest.raises(NotSignedInError):
        await admit(half_way, "acme", "192.0.2.1", now=clock.now().timestamp())
    await sync_to_async(client.post)(LATER)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    now = clock.now().timestamp()

    admitted = await admit(key, "acme", "192.0.2.1", now=now)
    assert await admit_again(admitted, now=now) == admitted
    await sync_to_async(switch)(acme, "hipaa", olive)
    admitted = await admit(key, "acme", "192.0.2.1", now=now)
    await sync_to_async(Tenant.objects.update)(factors_due_at=clock.now())
    with pytest.raises(RefusedError) as refused:
        await admit(key, "acme", "192.0.2.1", now=now + 1)
    assert refused.value.refusal is Refusal.FACTOR

    await sync_to_async(make_factor)(ada.user)
    assert await admit_again(admitted, now=now) is None
