"""Where approved browsers alone are let in, a cookie is worth nothing elsewhere."""

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as configured
from django.test import Client

from helpdesk.core import clock
from helpdesk.core.machine import Machine
from tenants.actions import devices
from tenants.actions.break_glass import make_codes
from tenants.actions.devices import NotOnApprovedDeviceError
from tenants.at_socket import RefusedError, admit, admit_again
from tenants.gate.checks import Refusal
from tenants.models import StaffDevice, StaffSession
from tenants.policies import in_force
from tenants.policy_names import ANY_DEVICE, DEVICE_RULE
from tenants.scoping import tenant_scope
from tests.support.devices import BrowserKey
from tests.support.entries import entries
from tests.support.later import later
from tests.tenants.places.devices.conftest import ALL, HERE, OWN, SETTINGS

pytestmark = pytest.mark.django_db
THERE = {"REMOTE_ADDR": "198.51.100.1", "HTTP_USER_AGENT": "Firefox/140.0"}


def test_whoever_would_lock_themselves_out_cannot_ask_for_approved_browsers_alone(client, sign_in, olive, key, acme):
    sign_in(client, olive)
    key.prove(client)
    client.post(f"{OWN}ask/")

    client.post(f"{ALL}rule/", {"only_approved": "1"})

    with tenant_scope(acme):
        assert in_force(acme, DEVICE_RULE).value == ANY_DEVICE
        with pytest.raises(NotOnApprovedDeviceError):
            devices.choose_rule(only_approved=True, actor=olive, session=None, machine=Machine(), now=clock.now())


def test_an_approved_browser_is_let_in_and_another_is_told_what_to_do(only_approved, enrolled, sign_in, ada, sam):
    owner, _ = only_approved
    approved, _ = enrolled(ada)
    other = sign_in(Client(), sam)

    assert owner.get(SETTINGS, **HERE).status_code == approved.get(SETTINGS, **HERE).status_code == 200
    refused = other.get(SETTINGS, **HERE)
    assert refused.status_code == 401
    assert b"Is this your browser?" in refused.content
    assert other.get(OWN, **HERE).status_code == 200
    assert other.get(SETTINGS, headers={"HX-Request": "true"}, **HERE)["HX-Refresh"] == "true"


def test_a_new_session_of_an_approved_browser_shows_its_key_first(only_approved, sign_in, olive):
    _, key = only_approved
    again = sign_in(Client(), olive)
    assert again.get(SETTINGS, **HERE).status_code == 401

    key.prove(again, **HERE)

    assert again.get(SETTINGS, **HERE).status_code == 200


COPIES = {
    "from another address": THERE,
    "in another browser": {**HERE, "HTTP_USER_AGENT": "curl/8.0"},
    "with a claim of the address": {**THERE, "HTTP_X_FORWARDED_FOR": "203.0.113.7"},
}
COPIED_TO = ("/o/acme/settings/", "/o/acme/inbox/", "/account/sessions/", "/password/change/")


@pytest.mark.parametrize("copy", COPIES)
def test_a_copied_cookie_is_worth_nothing_on_another_machine_and_is_written_down(only_approved, copy, acme):
    owner, _ = only_approved
    thief = Client()
    thief.cookies = owner.cookies

    assert {thief.get(path, **COPIES[copy]).status_code for path in COPIED_TO} == {401}
    assert thief.post("/o/acme/frames/", **COPIES[copy]).status_code == 401
    assert BrowserKey().prove(thief, **COPIES[copy]).status_code == 409
    assert thief.get(SETTINGS, **COPIES[copy]).status_code == 401
    assert owner.get(SETTINGS, **HERE).status_code == 200
    assert [entry.facts for entry in entries(acme, "member.turned_away")] == [{"reason": "another_machine"}]


def test_a_proof_counts_for_a_quarter_of_an_hour_and_where_it_was_given(only_approved):
    owner, key = only_approved

    with later(minutes=15):
        assert owner.get(SETTINGS, **HERE).status_code == 401
        key.prove(owner, **HERE)
        assert owner.get(SETTINGS, **HERE).status_code == 200
        key.prove(owner, **THERE)  # the laptop went home
        assert owner.get(SETTINGS, **THERE).status_code == 200


def test_a_revoked_browser_is_shut_out_at_once(only_approved, enrolled, ada, acme, olive):
    agent, key = enrolled(ada)
    with tenant_scope(acme):
        device = StaffDevice.objects.get(membership=ada)
        devices.decide(device_id=device.id, approve=False, actor=olive, now=clock.now())

    assert agent.get(SETTINGS, **HERE).status_code == 401
    assert key.prove(agent, **HERE).status_code == 204
    assert agent.get(SETTINGS, **HERE).status_code == 401


def test_an_approval_is_for_its_member_and_organisation_alone(only_approved, sign_in, ada, key):
    _, owners_key = only_approved
    client = sign_in(Client(), ada)

    owners_key.prove(client, **HERE)

    assert client.get(SETTINGS, **HERE).status_code == 401


def test_a_broken_glass_lets_an_owner_in_without_their_device(only_approved, sign_in, olive, acme):
    with tenant_scope(acme):
        code, *_ = make_codes(actor=olive, now=clock.now())
    elsewhere = sign_in(Client(), olive)
    assert b"break-glass" in elsewhere.get(SETTINGS, **THERE).content

    elsewhere.post(f"{SETTINGS}addresses/break-glass/", {"code": code}, **THERE)

    assert elsewhere.get(SETTINGS, **THERE).status_code == 200


@pytest.mark.django_db(transaction=True)
async def test_a_socket_asks_for_the_key_too_and_closes_when_the_browser_is_revoked(only_approved, olive, acme):
    owner, _ = only_approved
    session_key = owner.cookies[configured.SESSION_COOKIE_NAME].value
    now, session = clock.now().timestamp(), await StaffSession.objects.aget()
    here = Machine("203.0.113.7", session.proved_looks)

    admitted = await admit(session_key, "acme", here.address, now=now, machine=here)
    with pytest.raises(RefusedError) as copied:
        await admit(session_key, "acme", here.address, now=now, machine=Machine("203.0.113.7", "another"))
    assert copied.value.refusal == Refusal.DEVICE
    assert admitted.until == pytest.approx(session.proved_at.timestamp() + 15 * 60, abs=1)

    def revoke():
        with tenant_scope(acme):
            devices.decide(device_id=StaffDevice.objects.get().id, approve=False, actor=olive, now=clock.now())

    await sync_to_async(revoke)()
    assert await admit_again(admitted, now=now) is None
    with pytest.raises(RefusedError):
        await admit(session_key, "acme", here.address, now=now, machine=here)
