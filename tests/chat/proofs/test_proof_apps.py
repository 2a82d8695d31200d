"""A visitor's authenticator app: set up by who has proven themselves, and used the next time in place of a mail."""

import base64
from datetime import timedelta

import pytest
from django_otp.oath import TOTP

from chat.actions import proof_apps, proofs
from chat.actions.proof_apps import AppThereError, NoAppError
from chat.actions.proofs import NotProvenError
from chat.actions.row_secrets import SecretsOfRows
from chat.models import ProofMethod, VisitorFactor
from chat.models.proof import TRIES
from helpdesk.core import clock
from tenants.encryption import small_secrets
from tenants.keyring import ring, rotation
from tenants.keyring.models import Purpose
from tenants.scoping import tenant_scope
from tests.chat.proofs.conftest import Card, Vera, ask, events, factor_of


def code_at(seed, when, drift=0):
    """What an app shows, so many steps before or after."""
    made = TOTP(seed, 30)
    made.time = when.timestamp() + 30 * drift
    return f"{made.token():06d}"


@pytest.fixture
def app(vera, proven, now):
    """Vera has set one up."""
    _, seed = vera.do(proof_apps.begin_app)
    with tenant_scope(proven.tenant_id):
        assert proof_apps.confirm_app(**vera.who, code=code_at(seed, now), now=now)
    return seed


@pytest.fixture
def second(app, vera, chat, ada, now):
    """And is asked again."""
    vera.do(proofs.end_own_proof)
    return Vera(ask(chat, ada, now), now)


def tried(vera, code, now):
    with tenant_scope(vera.proof.tenant_id):
        return proof_apps.try_app_code(**vera.who, code=code, now=now)


def test_the_next_time_its_code_is_enough_and_is_good_once(app, second, chat, ada, acme, now):
    later = now + timedelta(seconds=60)
    found = tried(second, code_at(app, later), later)

    assert (found.outcome, found.proof.method) == ("proven", ProofMethod.APP)
    second.do(proofs.end_own_proof)
    third = Vera(ask(chat, ada, later), later)
    assert tried(third, code_at(app, later), later).outcome == "wrong"
    assert "proof.app_enrolled" in events(acme)


def test_the_code_that_confirmed_it_is_used_up(app, second, now):
    assert tried(second, code_at(app, now), now).outcome == "wrong"


def test_wrong_ones_count_with_those_that_were_mailed(app, second, now):
    later = now + timedelta(seconds=60)
    second.send()
    second.prove("no code")
    found = [tried(second, "12345" if each % 2 else "abcdef", later).outcome for each in range(TRIES - 1)]

    assert found == ["wrong"] * (TRIES - 2) + ["locked"]
    assert tried(second, code_at(app, later), later).outcome == "locked"


def test_only_who_has_proven_who_they_are_sets_one_up_and_one_alone(vera, chat, ada, now):
    with pytest.raises(NotProvenError):
        vera.do(proof_apps.begin_app)
    with pytest.raises(NoAppError):
        tried(vera, "123456", now)
    vera.prove(vera.send())
    with tenant_scope(chat.tenant_id):
        with pytest.raises(NoAppError):
            proof_apps.confirm_app(**vera.who, code="123456", now=now)
        _, seed = proof_apps.begin_app(**vera.who, now=now)
        assert not proof_apps.confirm_app(**vera.who, code=code_at(seed, now, drift=9), now=now)
        _, again = proof_apps.begin_app(**vera.who, now=now)
        assert not proof_apps.confirm_app(**vera.who, code=code_at(seed, now), now=now) or seed == again
        assert proof_apps.confirm_app(**vera.who, code=code_at(again, now), now=now)
        with pytest.raises(AppThereError):
            proof_apps.begin_app(**vera.who, now=now)
        proof_apps.give_up_app(**vera.who, now=now)
        assert not proof_apps.has_app(chat.contact_id)
        with pytest.raises(NoAppError):
            proof_apps.give_up_app(**vera.who, now=now)


def test_the_seed_is_kept_sealed_and_outlives_a_turn_of_the_key(app, second, acme, now):
    kept = bytes(factor_of(second.proof).sealed_seed)
    assert app not in kept
    assert base64.b32encode(app) not in kept
    rotation.begin_tenant_rotation(acme.id, Purpose.EXPORT, now=now)
    ring.forget_cached_keys()
    seeds = SecretsOfRows()
    assert seeds.remains(acme.id, Purpose.EXPORT, 1)
    assert seeds.move(acme.id, Purpose.EXPORT, 1, limit=10) == 1
    assert not seeds.remains(acme.id, Purpose.EXPORT, 1)

    later = now + timedelta(seconds=60)
    assert bytes(factor_of(second.proof).sealed_seed)[:4] == (2).to_bytes(4, "big")
    assert tried(second, code_at(app, later), later).outcome == "proven"


def test_a_key_that_is_remembered_from_before_it_was_turned_seals_nothing_again(app, second, acme, now):
    remembered = ring.tenant_cipher(acme.id, Purpose.EXPORT)
    rotation.begin_tenant_rotation(acme.id, Purpose.EXPORT, now=now)
    # Another process has not heard of it yet.
    ring._cache.put((acme.id, None, Purpose.EXPORT.value, None), remembered, lifetime_s=60)

    assert SecretsOfRows().move(acme.id, Purpose.EXPORT, 1, limit=10) == 1
    assert bytes(factor_of(second.proof).sealed_seed)[:4] == (2).to_bytes(4, "big")


def test_a_seed_that_does_not_open_stays_and_keeps_its_key(app, second, acme, now):
    with tenant_scope(acme):
        VisitorFactor.objects.update(sealed_seed=bytes(factor_of(second.proof).sealed_seed)[:-1])
    rotation.begin_tenant_rotation(acme.id, Purpose.EXPORT, now=now)

    assert SecretsOfRows().move(acme.id, Purpose.EXPORT, 1, limit=10) == 0
    assert SecretsOfRows().remains(acme.id, Purpose.EXPORT, 1)


def test_a_seed_of_another_s_row_opens_nothing(app, second, acme, now):
    with tenant_scope(acme):
        row = VisitorFactor.objects.get(contact_id=second.proof.contact_id)
        place = small_secrets.SecretPlace(acme.id, "chat_visitorfactor", "sealed_seed", row.contact_id)
        VisitorFactor.objects.update(sealed_seed=small_secrets.seal_secret(place, app))
    later = now + timedelta(seconds=60)

    assert tried(second, code_at(app, later), later).outcome == "wrong"


def test_on_the_card_it_is_shown_as_a_picture_and_as_text_and_confirmed_by_a_code(asked, chat, ada, now):
    card = Card(asked)
    card.step("prove", {"code": card.mailed()})
    shown = card.step("app").json()
    seed = base64.b32decode(shown["secret"].replace(" ", ""))

    assert shown["qr"].startswith("data:image/svg+xml")
    assert card.step("app/confirm", {"code": "000"}).json() == {"error": "wrong_app"}
    assert card.step("app/confirm", {"code": code_at(seed, clock.now())}).json()["app"] is True
    assert card.step("app").json() == {"error": "app_there"}
    card.step("end")
    second = Card(ask(chat, ada, now))
    answer = second.step("open").json()
    assert (answer["app"], "secret" in answer) == (True, False)
    assert second.step("app/prove", {"code": code_at(seed, clock.now(), drift=1)}).json()["state"] == "proven"
