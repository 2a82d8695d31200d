"""Small secrets by django-cryptography with both keys, and its four unsafe properties, why nothing else is used."""

import pickle
from dataclasses import replace
from uuid import uuid4

import pytest
import time_machine
from django_cryptography.core.signing import BadSignature
from django_cryptography.fields import EncryptedMixin, encrypt
from django_cryptography.utils.crypto import FernetBytes

from helpdesk.core.aead import UnreadableEnvelopeError
from tenants.encryption.small_secrets import SecretPlace, SecretTooLongError, open_secret, seal_secret
from tenants.keyring import ring
from tenants.keyring.blind_index import Field, UnindexableError, token_of, tokens_of

KEY = b"k" * 32


@pytest.fixture
def place(acme):
    return SecretPlace(acme.id, "webhooks", "secret", uuid4())


@pytest.mark.django_db
class TestASmallSecret:
    def test_opens_in_its_place_and_holds_no_clear_text(self, place):
        sealed = seal_secret(place, b"hunter2")

        assert open_secret(place, sealed) == b"hunter2"
        assert b"hunter2" not in sealed

    @pytest.mark.parametrize("change", [{"row_id": uuid4()}, {"column": "other"}, {"table": "mail"}])
    def test_does_not_open_in_another_place(self, place, change):
        with pytest.raises(UnreadableEnvelopeError):
            open_secret(replace(place, **change), seal_secret(place, b"hunter2"))

    def test_does_not_open_for_another_organisation(self, place, globex):
        with pytest.raises(UnreadableEnvelopeError):
            open_secret(replace(place, tenant_id=globex.id), seal_secret(place, b"hunter2"))

    @pytest.mark.parametrize("position", [4, 13, 30, -1])
    def test_that_was_altered_does_not_open(self, place, position):
        sealed = bytearray(seal_secret(place, b"hunter2"))
        sealed[position] ^= 1

        with pytest.raises(UnreadableEnvelopeError):
            open_secret(place, bytes(sealed))

    @pytest.mark.parametrize("sealed", [b"\0\0\0\1", b"\0\0\0\1" + b"\x80" * 20])
    def test_cut_short_does_not_open(self, place, sealed):
        with pytest.raises(UnreadableEnvelopeError):
            open_secret(place, sealed)

    def test_of_a_version_that_is_not_there_does_not_open(self, place):
        with pytest.raises(ring.KeyUnavailableError):
            open_secret(place, b"\0\0\0\7" + bytes(80))

    def test_outlives_the_services_secret_key(self, place, settings):
        sealed = seal_secret(place, b"hunter2")
        settings.SECRET_KEY = "another" * 10

        assert open_secret(place, sealed) == b"hunter2"

    def test_may_have_an_age(self, place):
        with time_machine.travel("2026-01-01T00:00:00Z"):
            sealed = seal_secret(place, b"ticket")
        with time_machine.travel("2026-01-01T01:00:00Z"):
            assert open_secret(place, sealed, max_age_s=3700) == b"ticket"
            with pytest.raises(UnreadableEnvelopeError):
                open_secret(place, sealed, max_age_s=60)

    def test_is_small(self, place):
        with pytest.raises(SecretTooLongError):
            seal_secret(place, bytes(5000))


RAN = []


def run(what):
    RAN.append(what)


class Planted:
    """Runs on being unpickled."""

    def __reduce__(self):
        return (run, ("code of the attacker",))


def encrypting_field(key=KEY):
    from django.db import models

    field = encrypt(models.CharField(max_length=80), key=key)
    assert isinstance(field, EncryptedMixin)
    return field


def test_its_field_runs_code_that_was_planted_in_the_ciphertext():
    planted = FernetBytes(KEY).encrypt(pickle.dumps(Planted()))

    encrypting_field().from_db_value(planted, None, None)

    assert RAN == ["code of the attacker"]


def test_its_field_signs_with_the_services_secret_key_though_it_was_given_a_key(settings):
    assert encrypting_field()._fernet.signer.key == settings.SECRET_KEY != KEY


def test_its_field_opens_one_organisations_value_in_anothers_row():
    field = encrypting_field()
    of_acme = field._fernet.encrypt(pickle.dumps("Acme's secret"))

    read_in_globex_row = field.from_db_value(of_acme, None, None)

    assert read_in_globex_row == "Acme's secret"


def test_its_field_is_lost_with_the_services_secret_key(settings):
    sealed = encrypting_field()._fernet.encrypt(pickle.dumps("text"))
    settings.SECRET_KEY = "another" * 10

    with pytest.raises(BadSignature):
        encrypting_field()._fernet.decrypt(sealed)


@pytest.mark.django_db
class TestABlindIndex:
    @pytest.mark.parametrize(
        ("field", "one", "other"),
        [
            (Field.EMAIL, "Vera@Example.com", " vera@example.com "),
            (Field.PHONE, "+49 30 901820", "+4930901820"),
            (Field.PHONE, "+1 (212) 555-0123", "+1 212 555 0123"),
        ],
    )
    def test_finds_a_value_however_it_is_written(self, acme, field, one, other):
        assert token_of(acme.id, field, one) in tokens_of(acme.id, field, other)

    def test_differs_between_organisations_fields_and_values(self, acme, globex):
        tokens = {
            token_of(acme.id, Field.EMAIL, "vera@example.com"),
            token_of(globex.id, Field.EMAIL, "vera@example.com"),
            token_of(acme.id, Field.EMAIL, "vero@example.com"),
            token_of(acme.id, Field.PHONE, "+4930901820"),
        }

        assert len(tokens) == 4
        assert all(len(token) == 20 and b"vera" not in token for token in tokens)

    def test_finds_what_was_stored_before_the_key_was_turned(self, acme, now):
        from tenants.keyring import rotation

        stored = token_of(acme.id, Field.EMAIL, "vera@example.com")
        rotation.begin_tenant_rotation(acme.id, "index", now=now)

        assert token_of(acme.id, Field.EMAIL, "vera@example.com") != stored
        assert stored in tokens_of(acme.id, Field.EMAIL, "vera@example.com")

    @pytest.mark.parametrize(
        ("field", "value"), [(Field.EMAIL, "no address"), (Field.PHONE, "12"), (Field.PHONE, "call me")]
    )
    def test_refuses_what_is_no_address_or_number(self, acme, field, value):
        with pytest.raises(UnindexableError):
            token_of(acme.id, field, value)
