from uuid import uuid4

import pytest

from helpdesk.core import clock
from helpdesk.core.aead import FORMAT, HEADER, HEADER_BYTES, UnreadableEnvelopeError
from tenants import kms
from tenants.encryption import Slot, column_of, opening, resealing, sealing
from tenants.keyring import ring
from tenants.keyring.models import ContactKey, KeyState, Purpose, TenantKey
from tenants.keyring.scope import keys_scope
from tenants.kms.local import BadKeyFileError, LocalWrapper
from tenants.scoping import ScopeError

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact_id(acme):
    contact_id = uuid4()
    ring.create_contact_key(acme.id, contact_id, now=clock.now())
    return contact_id


@pytest.fixture
def slot(acme, contact_id):
    return Slot(acme.id, contact_id, column_of("chat_message", "body"), uuid4())


def test_an_organisation_gets_a_key_for_each_purpose(acme):
    with keys_scope(acme.id):
        assert set(TenantKey.objects.values_list("purpose", "version")) == {(purpose, 1) for purpose in Purpose}


def test_a_retired_key_is_found_by_its_version_and_seals_nothing_new(acme):
    with keys_scope(acme.id):
        TenantKey.objects.filter(purpose=Purpose.FILES).update(state=KeyState.RETIRED)

    assert ring.tenant_cipher(acme.id, Purpose.FILES, 1).version == 1
    with pytest.raises(ring.KeyUnavailableError):
        ring.tenant_cipher(acme.id, Purpose.FILES)


def test_what_is_sealed_opens_again_also_from_a_cold_cache(slot):
    sealed = sealing.seal(slot, "Grüße, Vera")

    ring.forget_cached_keys()

    assert opening.open_sealed(slot, sealed) == "Grüße, Vera"
    assert b"Vera" not in sealed


@pytest.mark.parametrize(
    "change",
    [{"row_id": uuid4()}, {"column": column_of("chat_message", "note")}, {"column": column_of("chat_note", "body")}],
    ids=["row", "column", "table"],
)
def test_an_envelope_does_not_open_in_another_place(slot, change):
    sealed = sealing.seal(slot, "text")

    with pytest.raises(UnreadableEnvelopeError):
        opening.open_sealed(slot._replace(**change), sealed)


@pytest.mark.parametrize("version", [2, 2**31, 2**32 - 1])
@pytest.mark.parametrize("of_contact", [True, False], ids=["contact's", "organisation's"])
def test_an_envelope_that_names_a_key_there_never_was_does_not_open(slot, of_contact, version):
    place = slot if of_contact else slot._replace(contact_id=None)
    sealed = HEADER.pack(FORMAT, version) + sealing.seal(place, "text")[HEADER_BYTES:]

    with pytest.raises(ring.KeyUnavailableError):
        opening.open_sealed(place, sealed)


@pytest.mark.parametrize("version", [2, 2**31, 2**32 - 1])
def test_a_wrapped_key_that_names_a_key_there_never_was_does_not_open(acme, slot, contact_id, version):
    with keys_scope(acme.id):
        key = ContactKey.objects.get(contact_id=contact_id)
        key.wrapped = HEADER.pack(FORMAT, version) + bytes(key.wrapped)[HEADER_BYTES:]
        key.save()
    ring.forget_cached_keys()

    with pytest.raises(ring.KeyUnavailableError):
        sealing.seal(slot, "text")


def test_another_tenant_finds_no_key_for_the_envelope(slot, globex):

    sealed = sealing.seal(slot, "text")

    with pytest.raises(ring.KeyUnavailableError):
        opening.open_sealed(slot._replace(tenant_id=globex.id), sealed)


def test_a_wrapped_key_moved_to_another_contact_does_not_open(acme, slot, contact_id):
    other = uuid4()
    with keys_scope(acme.id):
        key = ContactKey.objects.get(contact_id=contact_id)
        ContactKey.objects.create(
            tenant_id=acme.id, contact_id=other, version=1, wrapped=bytes(key.wrapped), created_at=clock.now()
        )

    with pytest.raises(UnreadableEnvelopeError):
        ring.contact_cipher(acme.id, other)


def test_destroying_a_contacts_key_erases_what_was_sealed(acme, slot, contact_id):
    sealed = sealing.seal(slot, "forget me")

    assert ring.destroy_contact_keys(acme.id, [contact_id]) == 1

    with pytest.raises(ring.KeyUnavailableError):
        opening.open_sealed(slot, sealed)


def test_resealing_changes_the_text_or_tells_that_nothing_changed(slot):
    sealed = sealing.seal(slot, "card 4111")

    changed = resealing.reseal(slot, sealed, lambda text: text.replace("4111", "[card]"))

    assert changed is not None
    assert opening.open_sealed(slot, changed) == "card [card]"
    assert resealing.reseal(slot, changed, lambda text: text) is None


def test_keys_outside_a_scope_raise(acme):
    with pytest.raises(ScopeError):
        TenantKey.objects.all()


def test_one_tenant_never_sees_anothers_keys(acme, globex, contact_id):
    with keys_scope(globex.id):
        assert not TenantKey.objects.filter(tenant_id=acme.id).exists()
        assert not ContactKey.objects.exists()


def test_a_cached_key_lives_only_for_a_while(monkeypatch):
    from helpdesk.core.aead import Cipher
    from tenants.keyring import cache

    clock_s = [1000.0]
    monkeypatch.setattr(cache.time, "monotonic", lambda: clock_s[0])
    keys = cache.KeyCache(lifetime_s=300, limit=2)
    tenant = uuid4()
    first, second, third = ((tenant, uuid4(), "content", None) for _ in range(3))
    keys.put(first, Cipher(bytes(32), 1))

    clock_s[0] += 299
    assert keys.get(first) is not None
    clock_s[0] += 2
    assert keys.get(first) is None

    for key in (first, second, third):
        keys.put(key, Cipher(bytes(32), 1))
    assert keys.get(first) is None
    assert keys.get(third) is not None
    keys.evict_tenant(tenant)
    assert keys.get(third) is None


LINES = "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
NEWER = LINES + "2:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n"


def test_the_local_provider_wraps_with_the_newest_version_and_unwraps_the_older():
    old, new = LocalWrapper.from_lines(LINES), LocalWrapper.from_lines(NEWER)
    wrapped = old.wrap(b"key", b"here")

    assert new.unwrap(wrapped, b"here") == b"key"
    with pytest.raises(kms.KeyProviderError):
        old.unwrap(new.wrap(b"key", b"here"), b"here")
    with pytest.raises(kms.KeyProviderError):
        new.unwrap(wrapped, b"there")
    with pytest.raises(kms.KeyProviderError):
        new.unwrap(b"", b"here")


@pytest.mark.parametrize("text", ["", "nonsense", "1:short", "1:AAAA", "x:" + "A" * 43 + "="])
def test_a_bad_key_file_is_refused_without_showing_it(text):
    with pytest.raises(BadKeyFileError) as caught:
        LocalWrapper.from_lines(text)

    assert not text or text not in str(caught.value)
