"""A browser is let in by a key that cannot be copied out of it; its cookie alone is worth nothing elsewhere."""

from datetime import timedelta

import pytest
import redis
import time_machine
from asgiref.sync import sync_to_async
from django.conf import settings as configured
from django.test import Client

from compliance.models import AuditEntry
from helpdesk.core import clock
from helpdesk.core.machine import Machine
from helpdesk.core.signatures import is_signed
from tenants.actions import devices
from tenants.actions.break_glass import make_codes
from tenants.actions.devices import (
    NoDeviceError,
    NotOnApprovedDeviceError,
    SignInAnewError,
    TooManyDevicesError,
)
from tenants.at_socket import RefusedError, admit, admit_again
from tenants.devices import challenge
from tenants.devices.challenge import BadChallengeError
from tenants.gate.checks import Refusal
from tenants.models import DeviceState, StaffDevice, StaffSession
from tenants.permissions import NotPermittedError
from tenants.policies import in_force
from tenants.policy_names import ANY_DEVICE, DEVICE_RULE
from tenants.scoping import tenant_scope
from tests.support.devices import CHALLENGE, PROOF, BrowserKey, text

pytestmark = pytest.mark.django_db
SETTINGS = "/o/acme/settings/"
OWN, ALL = f"{SETTINGS}device/", f"{SETTINGS}devices/"
HERE = {"REMOTE_ADDR": "203.0.113.7", "HTTP_USER_AGENT": "Firefox/140.0"}
THERE = {"REMOTE_ADDR": "198.51.100.1", "HTTP_USER_AGENT": "Firefox/140.0"}


@pytest.fixture
def key():
    return BrowserKey()


@pytest.fixture
def enrolled(sign_in, olive):
    """Sign somebody in at a browser that an owner has approved, and return it with its key."""

    def enrolled(member):
        client, key = sign_in(Client(), member), BrowserKey()
        assert key.prove(client, **HERE).status_code == 204
        client.post(f"{OWN}ask/", **HERE)
        with tenant_scope(member.tenant):
            device = StaffDevice.objects.get(membership=member, state=DeviceState.ASKED)
            devices.decide(device_id=device.id, approve=True, actor=olive, now=clock.now())
        return client, key

    return enrolled


@pytest.fixture
def only_approved(enrolled, olive):
    """Let approved browsers in alone, and return the owner's."""
    client, key = enrolled(olive)
    assert client.post(f"{ALL}rule/", {"only_approved": "1"}, **HERE).url == ALL
    return client, key


def later(**span):
    return time_machine.travel(clock.now() + timedelta(**span), tick=False)


def trail(tenant, event):
    with tenant_scope(tenant):
        return list(AuditEntry.objects.filter(event=event))


# The proof ----------------------------------------------------------------------------------------------------------


def test_a_signature_holds_for_its_message_and_key_alone(key):
    signature = key.sign(b"message")

    assert is_signed(b"message", signature=signature, point=key.point)
    assert not is_signed(b"another", signature=signature, point=key.point)
    assert not is_signed(b"message", signature=signature, point=BrowserKey().point)
    for point, wrong in (
        (b"\x04" + b"\x01" * 64, signature), (b"", signature), (key.point, b"\0" * 64), (key.point, signature[:63]),
        (key.point[:33], signature), (b"\0" * 65, signature),
    ):  # fmt: skip
        assert not is_signed(b"message", signature=wrong, point=point)


def test_a_challenge_is_answered_once_in_time_and_by_its_own_session():
    now = clock.now().timestamp()
    given = challenge.issue(b"s" * 32, now=now)

    for session_hash, at in ((b"t" * 32, now), (b"s" * 32, now + 60), (b"s" * 32, now - 2)):
        with pytest.raises(BadChallengeError):
            challenge.spend(given, session_hash, now=at)
    assert challenge.spend(given, b"s" * 32, now=now) == challenge.PREFIX + given.encode()
    with pytest.raises(BadChallengeError):
        challenge.spend(given, b"s" * 32, now=now)


@pytest.mark.parametrize("forged", ["", "A" * 76, "é", "=" * 76, text(b"x" * 56), text(b"x" * 55)])
def test_a_challenge_that_we_did_not_make_is_none(forged):
    with pytest.raises(BadChallengeError):
        challenge.spend(forged, b"s" * 32, now=clock.now().timestamp())


def test_a_replayed_proof_and_one_of_another_session_are_refused(sign_in, ada, key):
    client, other = sign_in(Client(), ada), sign_in(Client(), ada)
    given = key.answer(client.post(CHALLENGE).json()["challenge"])

    assert other.post(PROOF, given).status_code == 422
    assert client.post(PROOF, given).status_code == 204
    assert client.post(PROOF, given).status_code == 422
    assert client.post(PROOF, {"key": "%%", "signature": "x"}).status_code == 422
    assert Client().post(CHALLENGE).status_code == 302


def test_a_session_stays_bound_to_the_first_key_it_has_shown(sign_in, ada, key):
    client = sign_in(Client(), ada)
    key.prove(client)

    assert BrowserKey().prove(client).status_code == 409
    assert key.prove(client).status_code == 204


def test_without_valkey_no_proof_is_taken(sign_in, ada, key, monkeypatch):
    client = sign_in(Client(), ada)
    given = key.answer(client.post(CHALLENGE).json()["challenge"])

    def away():
        raise redis.ConnectionError

    monkeypatch.setattr(challenge.valkey, "client", away)
    client.raise_request_exception = False

    assert client.post(PROOF, given).status_code >= 500
    assert StaffSession.objects.get().proved_at is None


# Asking, approving, revoking ----------------------------------------------------------------------------------------


def test_a_browser_is_asked_for_and_an_owner_approves_it(client, sign_in, olive, ada, key, acme):
    sign_in(client, ada)
    key.prove(client)

    client.post(f"{OWN}ask/")
    client.post(f"{OWN}ask/")

    with tenant_scope(acme):
        device = StaffDevice.objects.get()
    owner = sign_in(Client(), olive)
    assert b"Ada" in owner.get(ALL).content
    assert owner.post(f"{ALL}{device.id}/approve/").url == ALL
    assert b"Approved" in client.get(OWN).content
    assert [entry.actor_id for event in ("device.asked", "device.approved") for entry in trail(acme, event)] == [
        ada.id, olive.id,
    ]  # fmt: skip


def test_a_cookie_alone_enrols_nothing(client, sign_in, ada, key, acme):
    sign_in(client, ada)
    assert client.post(f"{OWN}ask/").url == OWN  # no key was shown
    key.prove(client)

    with later(minutes=15):
        client.post(f"{OWN}ask/")

    with tenant_scope(acme):
        assert not StaffDevice.objects.exists()
        session = StaffSession.objects.get()
        with pytest.raises(SignInAnewError):
            devices.ask(member=ada, session=session, machine=Machine(), now=session.began_at + devices.ASK_WITHIN)


def test_only_owners_approve_and_everyone_revokes_their_own_alone(sign_in, enrolled, ada, sam, mallory, acme):
    client, _ = enrolled(ada)
    with tenant_scope(acme):
        device = StaffDevice.objects.get()
        with pytest.raises(NotPermittedError):
            devices.decide(device_id=device.id, approve=False, actor=sam, now=clock.now())
        with pytest.raises(NoDeviceError):
            devices.give_up(device_id=device.id, member=sam, now=clock.now())
    assert sign_in(Client(), sam).post(f"{ALL}{device.id}/revoke/").status_code == 403
    assert sign_in(Client(), sam).post(f"{OWN}{device.id}/give-up/").status_code == 404
    assert sign_in(Client(), mallory).post(f"/o/globex/settings/device/{device.id}/give-up/").status_code == 404

    client.post(f"{OWN}{device.id}/give-up/", **HERE)

    with tenant_scope(acme):
        assert StaffDevice.objects.get().state == DeviceState.REVOKED


def test_nobody_has_more_devices_than_one_can_know(sign_in, ada, acme):
    now = clock.now()
    sign_in(Client(), ada)
    session = StaffSession.objects.get()
    with tenant_scope(acme):
        for number in range(devices.MAX_DEVICES):
            session.device_key_hash = bytes([number]) * 32
            devices.ask(member=ada, session=session, machine=Machine("127.0.0.1"), now=now)
        session.device_key_hash = b"x" * 32
        with pytest.raises(TooManyDevicesError):
            devices.ask(member=ada, session=session, machine=Machine("127.0.0.1"), now=now)


# At the gate --------------------------------------------------------------------------------------------------------


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
    assert [entry.facts for entry in trail(acme, "member.turned_away")] == [{"reason": "another_machine"}]


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


# Client certificates ------------------------------------------------------------------------------------------------

CERTIFICATE = "ab" * 32


@pytest.fixture
def behind_proxy(settings):
    settings.TRUSTED_PROXIES, settings.CLIENT_CERTIFICATES = ["10.0.0.0/8"], True
    return {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.7"}


def test_a_certificate_that_the_proxy_names_is_a_device_too(client, sign_in, olive, behind_proxy, acme):
    shown = {**behind_proxy, "HTTP_X_CLIENT_CERT_SHA256": ":".join(["AB"] * 32)}
    sign_in(client, olive)
    client.post(f"{OWN}ask/", **shown)
    with tenant_scope(acme):
        device = StaffDevice.objects.get()
        assert (device.kind, bytes(device.key_hash).hex()) == ("certificate", CERTIFICATE)
    client.post(f"{ALL}{device.id}/approve/", **shown)
    client.post(f"{ALL}rule/", {"only_approved": "1"}, **shown)

    assert client.get(SETTINGS, **shown).status_code == 200
    assert client.get(SETTINGS, **behind_proxy).status_code == 401
    assert client.get(SETTINGS, **{**shown, "REMOTE_ADDR": "203.0.113.9"}).status_code == 401


@pytest.mark.parametrize(
    ("peer", "told", "is_on", "believed"),
    [
        ("10.0.0.1", CERTIFICATE, True, CERTIFICATE),
        ("10.0.0.1", CERTIFICATE, False, ""),
        ("203.0.113.9", CERTIFICATE, True, ""),
        ("10.0.0.1", "not a fingerprint", True, ""),
        ("10.0.0.1", CERTIFICATE + "ab", True, ""),
    ],
)
def test_nobody_but_the_proxy_is_believed_about_certificates(rf, settings, peer, told, is_on, believed):
    settings.TRUSTED_PROXIES, settings.CLIENT_CERTIFICATES = ["10.0.0.0/8"], is_on
    request = rf.get("/", REMOTE_ADDR=peer, headers={"X-Client-Cert-SHA256": told})
    scope = {"client": (peer, 1), "headers": [(b"x-client-cert-sha256", told.encode())]}

    assert Machine.of(request).certificate == Machine.of_scope(scope).certificate == believed


def test_two_keys_asked_for_at_once_stay_one_device(ada, sign_in, acme):
    sign_in(Client(), ada)
    session = StaffSession.objects.get()
    session.device_key_hash = b"k" * 32
    with tenant_scope(acme):
        both = [
            devices.ask(member=ada, session=session, machine=Machine("127.0.0.1"), now=clock.now()) for _ in range(2)
        ]

    assert both[0] == both[1]
