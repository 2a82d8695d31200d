"""A certificate that the proxy names is a device too, and nobody else is believed about one."""

import pytest

from helpdesk.core.machine import Machine
from tenants.models import StaffDevice
from tenants.scoping import tenant_scope
from tests.tenants.places.devices.conftest import ALL, OWN, SETTINGS

pytestmark = pytest.mark.django_db
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
