"""What is sealed or wrapped with a key is sealed again with a new one."""

import pytest

from chat.models import Message
from compliance import key_rotation
from helpdesk.core import aead
from tenants import kms
from tenants.keyring import ring, rotation
from tenants.keyring.models import Purpose, TenantKey
from tenants.keyring.scope import keys_scope
from tenants.kms.local import LocalWrapper
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation
from tests.tenants.rotation.conftest import Killed, kill_after, texts, turn

pytestmark = pytest.mark.django_db


def bodies(tenant, conversation):
    with tenant_scope(tenant):
        return [bytes(body) for body in Message.objects.of(conversation.id).values_list("body", flat=True)]


def test_a_contacts_messages_are_sealed_again_with_a_new_key(acme, now):
    talk = store_conversation(acme, [f"line {number}" for number in range(5)], at=now)
    before = bodies(acme, talk)
    other = store_conversation(acme, ["untouched"], at=now)
    others = bodies(acme, other)

    rotation.begin_contact_rotation(acme.id, talk.contact_id, now=now)
    assert turn(acme, batch=2) == 1

    after = bodies(acme, talk)
    assert {aead.key_version(body) for body in after} == {2}
    assert not set(after) & set(before)
    assert texts(acme, talk) == [f"line {number}" for number in range(5)]
    assert bodies(acme, other) == others
    with pytest.raises(ring.KeyUnavailableError):
        ring.contact_cipher(acme.id, talk.contact_id, aead.HEADER.pack(aead.FORMAT, 1))


def test_resealing_that_was_killed_goes_on(acme, now):
    talk = store_conversation(acme, ["a", "b", "c", "d", "e"], at=now)
    rotation.begin_contact_rotation(acme.id, talk.contact_id, now=now)

    with pytest.raises(Killed):
        turn(acme, batch=2, pause=kill_after(1))
    assert texts(acme, talk) == ["a", "b", "c", "d", "e"]

    assert turn(acme, batch=2) == 1
    assert {aead.key_version(body) for body in bodies(acme, talk)} == {2}


def test_a_rotation_killed_before_the_new_contact_key_was_stored_goes_on(acme, now, monkeypatch):
    talk = store_conversation(acme, ["a"], at=now)
    with monkeypatch.context() as patched:
        patched.setattr(ring, "add_contact_key", lambda *_, **__: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            rotation.begin_contact_rotation(acme.id, talk.contact_id, now=now)

    assert turn(acme) == 1
    assert texts(acme, talk) == ["a"]


def test_a_new_local_key_wraps_every_tenant_key_and_every_second_factor_again(acme, olive, now, settings):
    from tests.factories.tenants import make_factor

    device = make_factor(olive.user)
    seed = device.seed()
    newer = settings.KEY_ENCRYPTION_KEYS.strip() + "\n9:" + "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
    settings.KEY_ENCRYPTION_KEYS = newer
    kms.forget_providers()
    try:
        assert key_rotation.rewrap(acme.id, now=now) == len(Purpose)
        assert key_rotation.rewrap(acme.id, now=now) == 0
        assert key_rotation.rewrap_factors() == 1
        assert key_rotation.rewrap_factors() == 0

        only_new = LocalWrapper.from_lines(newer.splitlines()[-1])
        device.refresh_from_db()
        assert only_new.unwrap(bytes(device.sealed_seed), f"totp|{device.id}".encode()) == seed
        with keys_scope(acme.id):
            assert {aead.key_version(bytes(row.wrapped)) for row in TenantKey.objects.all()} == {9}
    finally:
        kms.forget_providers()
