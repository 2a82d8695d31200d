"""An organisation's own key fails: it alone stops, says so, loses nothing, and goes on by itself."""

import json
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from chat.models import Message
from compliance.actions import keys
from tenants import kms
from tenants.actors import Actor
from tenants.keyring import ring
from tenants.kms import registry
from tenants.kms.aws import AwsWrapper
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation
from tests.factories.tenants import owner_of
from tests.support.providers import ARN, FakeKms

pytestmark = pytest.mark.django_db


@pytest.fixture
def own_key(monkeypatch, acme, now):
    """Acme's key in a KMS that can fail. Nothing of it is in this process's cache when a test begins."""
    fake = FakeKms()
    monkeypatch.setitem(registry.BUILDERS, "aws", lambda reference: AwsWrapper(reference, fake))
    kms.forget_providers()
    owner = Actor.member(owner_of(acme))
    keys.connect_own_key(tenant=acme, provider="aws", reference=ARN, actor=owner, now=now)
    yield fake
    kms.forget_providers()


def desk_of(sign_in, member):
    return sign_in(Client(headers={"Host": settings.SITE_HOST}, raise_request_exception=False), member)


def post(desk, talk, client_id):
    sent = json.dumps({"text": "Hi", "kind": "public", "client_id": client_id})
    return desk.post(f"/o/acme/conversations/{talk.id}/messages/", sent, content_type="application/json")


@pytest.mark.parametrize("fault", ["disabled", "throttled", "slow", "wrong"])
def test_it_stops_alone_keeps_what_was_not_taken_and_goes_on(sign_in, acme, globex, ada, mallory, own_key, now, fault):
    talk, theirs = store_conversation(acme, ["Hello"], at=now), store_conversation(globex, ["Hello"], at=now)
    ours, others, client_id = desk_of(sign_in, ada), desk_of(sign_in, mallory), str(uuid4())
    ring.forget_cached_keys()
    own_key.fault = fault

    page = ours.get(f"/o/acme/conversations/{talk.id}/")
    refused = post(ours, talk, client_id)

    assert (page.status_code, "keys of this organisation" in page.text) == (503, True)
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert others.get(f"/o/globex/conversations/{theirs.id}/").status_code == 200

    own_key.fault = ""
    kms.forget_providers()  # the pause of the circuit breaker is over
    assert post(ours, talk, client_id).status_code == 200
    assert ours.get(f"/o/acme/conversations/{talk.id}/").status_code == 200
    with tenant_scope(acme):
        assert Message.objects.filter(conversation=talk, client_id=client_id).count() == 1
