"""Browsers with a key of their own, in an organisation that lets in approved ones alone."""

import pytest
from django.test import Client

from helpdesk.core import clock
from tenants.actions import devices
from tenants.models import DeviceState, StaffDevice
from tenants.scoping import tenant_scope
from tests.support.devices import BrowserKey

SETTINGS = "/o/acme/settings/"
OWN, ALL = f"{SETTINGS}device/", f"{SETTINGS}devices/"
HERE = {"REMOTE_ADDR": "203.0.113.7", "HTTP_USER_AGENT": "Firefox/140.0"}


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
