"""From where an organisation's people may come holds at every door, and for nobody else."""

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as configured
from django.test import Client
from django.urls import reverse

from helpdesk.core import clock
from tenants.at_socket import RefusedError, admit, admit_again
from tenants.gate.checks import Refusal
from tests.support.entries import entries
from tests.tenants.places.addresses.conftest import AT_HOME, AT_WORK, HOME, OFFICE, SETTINGS, standing, trying

pytestmark = pytest.mark.django_db


def test_a_page_asked_for_from_elsewhere_says_so_and_names_the_address(client, sign_in, olive, ada):
    standing(olive)
    sign_in(client, ada)

    assert client.get(SETTINGS, **AT_WORK).status_code == 200
    page = client.get(SETTINGS, **AT_HOME)

    assert page.status_code == 403
    assert HOME.encode() in page.content
    assert b"break-glass code?" not in page.content
    assert client.get(SETTINGS, **AT_WORK).status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP"])
def test_a_header_that_claims_the_office_is_no_way_in(client, sign_in, olive, ada, header):
    standing(olive)
    sign_in(client, ada)

    assert client.get(SETTINGS, headers={header: OFFICE}, **AT_HOME).status_code == 403


def test_behind_a_trusted_proxy_the_claim_of_the_client_itself_still_counts_for_nothing(
    client, sign_in, olive, ada, settings
):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    standing(olive)
    sign_in(client, ada)
    by_proxy = {"REMOTE_ADDR": "10.0.0.1"}

    assert client.get(SETTINGS, headers={"X-Forwarded-For": OFFICE}, **by_proxy).status_code == 200
    assert client.get(SETTINGS, headers={"X-Forwarded-For": f"{OFFICE}, {HOME}"}, **by_proxy).status_code == 403
    assert client.get(SETTINGS, **by_proxy).status_code == 403


DOORS = {
    "a page's part": ("get", "/o/acme/inbox/rows/", {"HX-Request": "true"}),
    "a download": ("post", "/o/acme/settings/privacy/export/", {}),
    "the frames of the workspace": ("post", "/o/acme/frames/", {}),
    "one's sessions": ("get", "/account/sessions/", {}),
    "one's password": ("get", "/password/change/", {}),
    "signs of life": ("post", "/account/active/", {}),
}


@pytest.mark.parametrize("door", DOORS)
def test_no_door_is_a_side_door(client, sign_in, olive, ada, door):
    standing(olive)
    sign_in(client, ada)
    method, path, headers = DOORS[door]

    answer = getattr(client, method)(path, headers=headers, **AT_HOME)

    assert answer.status_code == 403


def test_a_part_of_a_page_that_is_refused_loads_the_page_anew(client, sign_in, olive, ada):
    standing(olive)
    sign_in(client, ada)

    assert client.get(SETTINGS, headers={"HX-Request": "true"}, **AT_HOME)["HX-Refresh"] == "true"


def test_what_belongs_to_no_organisation_is_still_reached_and_so_is_another_organisation(
    client, sign_in, olive, ada, mallory
):
    standing(olive)
    sign_in(client, ada)
    other = sign_in(Client(), mallory)

    assert client.get("/organisations/?all", **AT_HOME).status_code == 200
    assert client.post("/sign-out/", **AT_HOME).status_code == 302
    assert other.get("/o/globex/settings/", **AT_HOME).status_code == 200


def test_a_new_password_by_mail_does_not_lead_past_the_rule(client, sign_in, olive, ada):
    standing(olive)
    ada.user.set_password("another nine otters")
    ada.user.save()
    sign_in(client, ada)

    assert client.get(SETTINGS, **AT_HOME).status_code == 403


def test_a_refusal_is_written_down_once_and_not_with_each_request(client, sign_in, olive, ada, acme):
    standing(olive)
    sign_in(client, ada)
    for _ in range(3):
        client.get(SETTINGS, **AT_HOME)

    [entry] = entries(acme, "member.turned_away")

    assert (entry.actor_id, entry.facts) == (ada.id, {"reason": "address"})


@pytest.mark.django_db(transaction=True)
async def test_a_socket_is_refused_from_elsewhere_and_an_open_one_closes_when_the_rule_comes(olive, ada, sign_in):
    client = await sync_to_async(sign_in)(Client(), ada)
    key = client.cookies[configured.SESSION_COOKIE_NAME].value
    now = clock.now().timestamp()
    admitted = await admit(key, "acme", HOME, now=now)

    await sync_to_async(trying)(olive)

    assert await admit_again(admitted, now=now) is None
    with pytest.raises(RefusedError) as refused:
        await admit(key, "acme", HOME, now=now)
    assert refused.value.refusal == Refusal.ADDRESS
    at_work = await admit(key, "acme", OFFICE, now=now)
    assert at_work.until == pytest.approx(now + 15 * 60, abs=5)
    # When the trial is over, the rule keeps nobody out, and the socket looks no sooner than it has to.
    assert (await admit(key, "acme", HOME, now=at_work.until)).until > at_work.until


def test_operators_come_from_the_networks_that_are_named(client, sign_in, oscar, settings):
    settings.OPERATOR_ADDRESSES = ["203.0.113.0/24"]
    sign_in(client, oscar)

    assert client.get("/admin/", **AT_WORK).status_code == 200
    led = client.get("/admin/", headers={"X-Forwarded-For": OFFICE}, **AT_HOME)
    refused = client.get(led.url, **AT_HOME)

    assert led.status_code == 302
    assert (refused.status_code, HOME.encode() in refused.content) == (403, True)
    assert client.get(reverse("accounts:sessions"), **AT_HOME).status_code == 403
