"""Every process forgets an organisation's keys when it is told to, and keeps none longer than it may."""

import time

import pytest

from helpdesk.core import valkey
from helpdesk.core.aead import Cipher
from tenants import kms
from tenants.keyring import cache, eviction, ring, standing
from tenants.keyring.models import Purpose
from tenants.models import ModeState, TenantStatus

pytestmark = pytest.mark.django_db


@pytest.fixture
def elsewhere():
    """The cache of another process, listening."""
    keys = cache.KeyCache()
    listener = eviction.Listener(keys)
    listener.ensure()
    assert listener.listening.wait(5)
    return keys


def soon(condition):
    for _ in range(3000):
        if condition():
            return True
        time.sleep(0.01)
    return False


def test_another_process_forgets_one_organisation_and_keeps_the_others(acme, globex, elsewhere):
    theirs, ours = (globex.id, None, "content", None), (acme.id, None, "content", None)
    elsewhere.put(ours, Cipher(bytes(32), 1))
    elsewhere.put(theirs, Cipher(bytes(32), 1))

    ring.forget_everywhere(acme.id)

    assert soon(lambda: elsewhere.get(ours) is None)
    assert elsewhere.get(theirs) is not None


def test_a_listener_that_lost_valkey_forgets_everything_when_it_is_back(acme, elsewhere):
    key = (acme.id, None, "content", None)
    elsewhere.put(key, Cipher(bytes(32), 1))

    valkey.client().client_kill_filter(_type="pubsub")

    assert soon(lambda: elsewhere.get(key) is None)


def test_a_key_read_before_an_eviction_is_not_kept_after_it(acme):
    keys, key = cache.KeyCache(), (acme.id, None, "content", None)
    epoch = keys.epoch(acme.id)

    keys.evict_tenant(acme.id)
    keys.put(key, Cipher(bytes(32), 1), epoch=epoch)

    assert keys.get(key) is None


def test_in_a_mode_keys_are_kept_for_a_minute(acme):
    assert standing.lifetime_s(acme.id) == 300

    acme.hipaa_state = ModeState.ON
    acme.save()

    assert standing.lifetime_s(acme.id) == 60


@pytest.mark.parametrize("status", [TenantStatus.SUSPENDED, TenantStatus.CLOSED])
def test_the_keys_of_a_suspended_or_closed_organisation_are_withheld(acme, status):
    acme.status = status
    acme.save()
    ring.forget_cached_keys()

    with pytest.raises(kms.KeyProviderError):
        ring.tenant_cipher(acme.id, Purpose.CONTENT)
