"""An organisation's own key: taken when it works, failing for its organisation alone, revoked and restored."""

from uuid import uuid4

import pytest

from tenants import kms
from tenants.encryption import Slot, column_of, opening, sealing
from tenants.keyring import own_key, ring, rotation
from tenants.keyring.models import Purpose, TenantKey
from tenants.keyring.scope import keys_scope
from tenants.keyring.wrapping import OwnKeyRevokedError
from tenants.kms import registry
from tenants.kms.aws import AwsWrapper
from tests.support.providers import ARN, FakeKms
from tests.tenants.rotation.conftest import contacts

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(monkeypatch):
    """Acme's own KMS."""
    fake = FakeKms()
    monkeypatch.setitem(registry.BUILDERS, "aws", lambda reference: AwsWrapper(reference, fake))
    kms.forget_providers()
    yield fake
    kms.forget_providers()


@pytest.fixture
def slot(acme, now):
    contact_id = contacts(acme, 1, now)[0]
    return Slot(acme.id, contact_id, column_of("chat_message", "body"), uuid4())


def test_an_own_key_wraps_what_there_is_and_what_comes(acme, own, slot, now):
    sealed = sealing.seal(slot, "hello")

    assert own_key.connect(acme.id, "aws", ARN, now=now) == len(Purpose)
    rotation.begin_tenant_rotation(acme.id, "files", now=now)

    with keys_scope(acme.id):
        assert set(TenantKey.objects.values_list("provider", "key_reference")) == {("aws", ARN)}
    assert opening.open_sealed(slot, sealed) == "hello"
    assert own_key.disconnect(acme.id) == len(Purpose) + 1
    own.fault = "disabled"
    assert opening.open_sealed(slot, sealed) == "hello"


@pytest.mark.parametrize("fault", ["disabled", "pending deletion", "throttled", "slow", "wraps wrongly", "wrong"])
def test_an_own_key_that_cannot_be_used_changes_nothing(acme, own, slot, now, fault):
    sealed = sealing.seal(slot, "hello")
    own.fault = fault

    with pytest.raises(kms.KeyProviderError):
        own_key.connect(acme.id, "aws", ARN, now=now)

    ring.forget_cached_keys()
    assert own_key.own_key_of(acme.id) is None
    assert opening.open_sealed(slot, sealed) == "hello"


@pytest.mark.parametrize("fault", ["disabled", "pending deletion", "throttled", "slow", "wrong", "short"])
def test_an_own_key_that_fails_later_stops_that_organisation_alone_and_it_recovers(acme, globex, own, slot, now, fault):
    sealed = sealing.seal(slot, "hello")
    own_key.connect(acme.id, "aws", ARN, now=now)
    theirs = Slot(globex.id, contacts(globex, 1, now)[0], column_of("chat_message", "body"), uuid4())
    own.fault = fault
    ring.forget_cached_keys()

    with pytest.raises(kms.KeyProviderError):
        opening.open_sealed(slot, sealed)
    with pytest.raises(kms.KeyProviderError):
        sealing.seal(slot, "lost?")
    assert opening.open_sealed(theirs, sealing.seal(theirs, "fine")) == "fine"

    own.fault = ""
    kms.forget_providers()
    assert opening.open_sealed(slot, sealed) == "hello"


def test_a_revoked_key_holds_at_once_and_a_restored_one_opens_again(acme, own, slot, now):
    sealed = sealing.seal(slot, "hello")
    own_key.connect(acme.id, "aws", ARN, now=now)
    assert opening.open_sealed(slot, sealed) == "hello"

    own_key.revoke(acme.id, now=now)
    with pytest.raises(OwnKeyRevokedError):
        opening.open_sealed(slot, sealed)
    with pytest.raises(OwnKeyRevokedError):
        rotation.begin_tenant_rotation(acme.id, "content", now=now)

    own_key.restore(acme.id, now=now)
    assert opening.open_sealed(slot, sealed) == "hello"


def test_the_services_own_key_is_no_organisations(acme, own, settings, now):
    settings.AWS_KMS_KEY = ARN

    with pytest.raises(kms.BadReferenceError):
        own_key.connect(acme.id, "aws", ARN, now=now)
