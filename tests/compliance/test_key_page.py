"""The owner's page of keys, and the operator's button."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp

from compliance.actions import keys
from tenants import kms
from tenants.actions.factors import factor_of
from tenants.actors import Actor
from tenants.keyring import own_key, rotation
from tenants.keyring.models import KeyState, TenantKey
from tenants.keyring.scope import keys_scope
from tenants.kms import registry
from tenants.kms.aws import AwsWrapper
from tenants.models import Tenant, TenantStatus
from tests.support.providers import ARN, FakeKms
from tests.support.signing_in import code_of

pytestmark = pytest.mark.django_db
PAGE = "/o/acme/settings/keys/"


@pytest.fixture
def owner(client, olive, sign_in):
    return sign_in(client, olive, fresh=False)


@pytest.fixture
def own(monkeypatch):
    fake = FakeKms()
    monkeypatch.setitem(registry.BUILDERS, "aws", lambda reference: AwsWrapper(reference, fake))
    kms.forget_providers()
    yield fake
    kms.forget_providers()


def versions(tenant, purpose="content"):
    with keys_scope(tenant.id):
        return dict(TenantKey.objects.filter(purpose=purpose).values_list("version", "state"))


def test_the_owner_sees_every_key_as_a_fingerprint(owner, acme):
    answer = owner.get(PAGE)

    assert answer.status_code == 200
    with keys_scope(acme.id):
        for key in TenantKey.objects.all():
            assert key.fingerprint in answer.text
            assert bytes(key.wrapped).hex() not in answer.text


def test_the_owner_turns_a_key(owner, acme):
    assert owner.post(PAGE + "rotate/", {"purpose": "content"}).status_code == 302

    assert versions(acme) == {1: KeyState.RETIRED, 2: KeyState.ACTIVE}
    assert "is being turned already" in owner.post(PAGE + "rotate/", {"purpose": "content"}, follow=True).text
    assert owner.post(PAGE + "rotate/", {"purpose": "nonsense"}).status_code == 404


@pytest.mark.parametrize("who", ["ada", "sam"])
def test_agents_and_supervisors_see_no_keys(client, sign_in, request, who):
    sign_in(client, request.getfixturevalue(who))

    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE + "close/").status_code == 403


def test_a_stranger_learns_nothing_of_the_page(client, sign_in, mallory, acme):
    sign_in(client, mallory)

    assert client.get(PAGE).status_code == client.post(PAGE + "rotate/").status_code == 404


def test_an_own_key_is_tried_connected_revoked_restored_and_disconnected(owner, olive, acme, own):
    given = {"provider": "aws", "reference": ARN}
    at = datetime(2026, 11, 24, 10, tzinfo=UTC)

    def fresh():
        travel.shift(60)
        return {"code": code_of(olive.user)}

    with time_machine.travel(at, tick=False) as travel:
        assert "The key works" in owner.post(PAGE + "own/", {**given, "try": "1"}).text
        assert own_key.own_key_of(acme.id) is None
        owner.post(PAGE + "own/", given | fresh())
        assert own_key.own_key_of(acme.id).reference == ARN
        for change, state in (("revoke", "revoked"), ("restore", "on")):
            owner.post(f"{PAGE}own/{change}/", fresh())
            assert own_key.own_key_of(acme.id).state == state
            assert owner.get(PAGE).status_code == 200
        owner.post(PAGE + "own/disconnect/", fresh())
    assert own_key.own_key_of(acme.id) is None


def test_an_own_key_is_neither_connected_nor_revoked_without_a_present_code(owner, olive, acme, own, now):
    given = {"provider": "aws", "reference": ARN}

    for code in ("", "000000"):
        assert owner.post(PAGE + "own/", given | {"code": code}).status_code == 422
    assert own_key.own_key_of(acme.id) is None
    keys.connect_own_key(tenant=acme, provider="aws", reference=ARN, actor=Actor.member(olive), now=now)
    for change in ("revoke", "disconnect"):
        assert owner.post(f"{PAGE}own/{change}/", {"code": "000000"}).status_code == 422
    assert own_key.own_key_of(acme.id).state == "on"


@pytest.mark.parametrize(
    ("fault", "reference", "told"),
    [
        ("disabled", ARN, "The provider refused"),
        ("throttled", ARN, "did not answer"),
        ("", "https://elsewhere.example", "names no key"),
    ],
)
def test_an_own_key_that_cannot_be_used_is_told_beside_its_field(owner, olive, acme, own, fault, reference, told):
    own.fault = fault

    answer = owner.post(PAGE + "own/", {"provider": "aws", "reference": reference, "code": code_of(olive.user)})

    assert answer.status_code == 422
    assert told in answer.text
    assert own_key.own_key_of(acme.id) is None


@pytest.mark.parametrize("wrong", [{"name": "Globex"}, {"code": "000000"}, {"code": ""}])
def test_closing_needs_the_typed_name_and_a_present_code(owner, olive, acme, wrong):
    answer = owner.post(PAGE + "close/", {"name": "Acme", "code": code_of(olive.user), **wrong})

    assert answer.status_code == 422
    assert Tenant.objects.get(id=acme.id).is_active


def test_the_owner_closes_and_stops_and_meanwhile_reaches_only_this_page(owner, olive, acme, client):
    owner.post(PAGE + "close/", {"name": "Acme", "code": code_of(olive.user)})

    assert Tenant.objects.get(id=acme.id).status == TenantStatus.CLOSING
    assert owner.get("/o/acme/inbox/").url == PAGE
    assert "Stop closing" in owner.get(PAGE).text
    assert owner.post(reverse("compliance:export", kwargs={"slug": "acme"})).status_code == 200

    owner.post(PAGE + "close/stop/")
    assert Tenant.objects.get(id=acme.id).is_active
    assert owner.get("/o/acme/inbox/").status_code == 200


def test_a_factor_given_counts_for_five_minutes_of_this_session_and_its_code_for_nothing_more(
    owner, olive, acme, sign_in
):
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False) as travel:
        given = {"name": "Acme", "code": code_of(olive.user)}
        elsewhere = sign_in(Client(), olive, fresh=False)
        owner.post(PAGE + "close/", given)
        owner.post(PAGE + "close/stop/")
        assert "counts until" in owner.get(PAGE).text

        assert elsewhere.post(PAGE + "close/", given).status_code == 422
        travel.shift(299)
        assert owner.post(PAGE + "close/", {"name": "Acme"}).status_code == 302
        owner.post(PAGE + "close/stop/")
        travel.shift(1)
        assert owner.post(PAGE + "close/", {"name": "Acme"}).status_code == 422


def test_agents_of_a_closing_organisation_are_shut_out(client, sign_in, ada, acme):
    acme.status = TenantStatus.CLOSING
    acme.save()
    sign_in(client, ada)

    assert client.get("/o/acme/inbox/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_an_operator_turns_a_key_of_an_organisation(client, sign_in, oscar, acme):
    sign_in(client, oscar)
    address = reverse("admin:tenants_tenant_rotate_key", args=[acme.id, "files"])

    assert address in client.get(reverse("admin:tenants_tenant_change", args=[acme.id])).text
    assert client.get(address).status_code == 405
    assert client.post(address).status_code == 302

    assert versions(acme, "files") == {1: KeyState.RETIRED, 2: KeyState.ACTIVE}
    assert [one.subject for one in rotation.unfinished(acme.id)] == ["files"]


@pytest.mark.django_db(transaction=True)
def test_an_operator_sees_the_inventory_closes_with_name_and_code_and_stops(client, sign_in, oscar, acme):
    sign_in(client, oscar)
    page = reverse("admin:tenants_tenant_change", args=[acme.id])
    close = reverse("admin:tenants_tenant_close", args=[acme.id])
    with keys_scope(acme.id):
        fingerprints = list(TenantKey.objects.values_list("fingerprint", flat=True))
    assert all(fingerprint in client.get(page).text for fingerprint in fingerprints)

    with time_machine.travel(datetime(2026, 11, 24, 10, tzinfo=UTC), tick=False) as travel:
        code = f"{totp(factor_of(oscar).seed()):06d}"
        assert client.post(close, {"name": "Globex", "code": code}).status_code == 422
        assert client.post(close, {"name": "Acme", "code": code}).status_code == 302
        assert "Stop closing" in client.get(page).text
        travel.shift(300)
        assert client.post(close, {"code": code}).status_code == 422
        assert Tenant.objects.get(id=acme.id).status == TenantStatus.CLOSING

        travel.shift(60)
        assert client.post(close, {"code": f"{totp(factor_of(oscar).seed()):06d}"}).status_code == 302
    assert Tenant.objects.get(id=acme.id).is_active


@pytest.mark.django_db(transaction=True)
def test_an_operator_sees_how_far_a_rotation_is(client, sign_in, oscar, acme, now):
    sign_in(client, oscar)
    rotation.begin_tenant_rotation(acme.id, "content", now=now)

    answer = client.get(reverse("admin:tenants_tenant_change", args=[acme.id])).text

    assert "Chat content: version 1 to 2, 0 wrapped or sealed again so far" in answer
