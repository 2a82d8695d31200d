"""A browser is asked for, approved by an owner, and revoked."""

import pytest
from django.test import Client

from helpdesk.core import clock
from helpdesk.core.machine import Machine
from tenants.actions import devices
from tenants.actions.devices import NoDeviceError, SignInAnewError, TooManyDevicesError
from tenants.models import DeviceState, StaffDevice, StaffSession
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tests.support.entries import entries
from tests.support.later import later
from tests.tenants.places.devices.conftest import ALL, HERE, OWN

pytestmark = pytest.mark.django_db


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
    assert [entry.actor_id for event in ("device.asked", "device.approved") for entry in entries(acme, event)] == [
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


def test_two_keys_asked_for_at_once_stay_one_device(ada, sign_in, acme):
    sign_in(Client(), ada)
    session = StaffSession.objects.get()
    session.device_key_hash = b"k" * 32
    with tenant_scope(acme):
        both = [
            devices.ask(member=ada, session=session, machine=Machine("127.0.0.1"), now=clock.now()) for _ in range(2)
        ]

    assert both[0] == both[1]
