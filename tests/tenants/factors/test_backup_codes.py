"""Backup codes: shown once, used once, kept as keyed hashes; and codes counted by person over all devices."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import redis
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client, override_settings

from helpdesk.core import valkey
from tenants.actions import backup_codes, factors
from tenants.actions.factors import WrongCodeError, check_code
from tenants.models import BackupCodes
from tests.factories.tenants import make_factor
from tests.support.entries import events
from tests.support.signing_in import code_of, with_password
from tests.tenants.factors.conftest import CODES, FACTOR, PAGE

pytestmark = pytest.mark.django_db


def make_codes(who, now):
    make_factor(who.user)
    return backup_codes.make_backup_codes(person=who.user, now=now)[1]


def test_ten_codes_are_shown_once_and_kept_as_keyed_hashes(client, ada, sign_in, acme):
    sign_in(client, ada, fresh=False)
    assert client.post(CODES).status_code == 422

    shown = re.findall(r"<code>([0-9A-Z-]{19})</code>", client.post(CODES, {"code": code_of(ada.user)}).text)

    kept = BackupCodes.objects.get(user=ada.user)
    assert len(set(shown)) == len(set(kept.digests)) == 10
    assert not any(code.replace("-", "") in str(kept.digests) for code in shown)
    assert not re.search(r"<code>[0-9A-Z-]{19}</code>", client.get(CODES).text)
    assert "member.backup_codes_made" in events(acme)


def test_a_backup_code_stands_in_for_the_factor_once_and_its_owner_is_told(client, ada, now, acme):
    code, *_ = make_codes(ada, now)
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    with_password(client, ada.user)

    assert client.post(FACTOR, {"backup_code": typed}).status_code == 302
    assert client.get("/o/acme/inbox/").status_code == 200
    other = with_password(Client(), ada.user)
    assert other.post(FACTOR, {"backup_code": code}).status_code == 422
    assert BackupCodes.objects.get(user=ada.user).left == 9
    assert "member.backup_code_used" in events(acme)


@pytest.mark.django_db(transaction=True)
def test_the_mail_about_a_used_code_says_how_many_are_left(client, ada, now):
    codes = make_codes(ada, now)
    BackupCodes.objects.update(digests=BackupCodes.objects.get().digests[:2])
    with_password(client, ada.user)

    client.post(FACTOR, {"backup_code": codes[0]})

    assert mail.outbox[-1].subject == "A backup code of yours was used"
    assert "1 code is left. Make new ones." in mail.outbox[-1].body
    assert "Only <span" in client.get(PAGE).text


@pytest.mark.django_db(transaction=True)
def test_of_many_who_give_one_code_at_once_one_passes(ada, now):
    code, *_ = make_codes(ada, now)

    def give(_):
        try:
            return bool(check_code(person=ada.user, code=code, now=now))
        except WrongCodeError:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(give, range(4))) == 1


def test_new_codes_end_the_old_ones_and_sessions_that_were_opened_by_them(client, ada, now, sign_in):
    old, spare, *_ = make_codes(ada, now)
    elsewhere = with_password(Client(), ada.user)
    elsewhere.post(FACTOR, {"backup_code": old})
    assert elsewhere.get("/o/acme/inbox/").status_code == 200
    sign_in(client, ada)

    client.post(CODES, {"code": code_of(ada.user)})

    assert elsewhere.get("/o/acme/inbox/").status_code == 302
    assert with_password(Client(), ada.user).post(FACTOR, {"backup_code": spare}).status_code == 422


def test_whoever_signed_in_by_a_code_stays_when_making_new_ones(client, ada, now):
    code, *_ = make_codes(ada, now)
    with_password(client, ada.user)
    client.post(FACTOR, {"backup_code": code})

    assert "I have kept them" in client.post(CODES).text
    assert client.get("/o/acme/inbox/").status_code == 200


def test_codes_outlive_a_change_of_the_secret_key(ada, now, settings):
    code, *_ = make_codes(ada, now)

    with override_settings(SECRET_KEY="another-secret-key", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert check_code(person=ada.user, code=code, now=now)


def test_mallorys_codes_are_of_no_use_to_ada(client, ada, mallory, now):
    make_codes(ada, now)
    of_mallory, *_ = make_codes(mallory, now)
    with_password(client, ada.user)

    assert client.post(FACTOR, {"backup_code": of_mallory}).status_code == 422


def test_wrong_codes_are_counted_by_person_over_all_devices(client, ada, now):
    codes = make_codes(ada, now)
    factors.give_factor(person=ada.user, seed=b"another phone's seed")
    for hour in range(6):
        later = time_machine.travel(now + timedelta(seconds=200 * hour), tick=False)
        with later, pytest.raises(WrongCodeError):
            check_code(person=ada.user, code="000000" if hour % 2 else "0000-0000-0000-0000", now=now)

    with pytest.raises(WrongCodeError) as refused:
        check_code(person=ada.user, code=codes[0], now=now)
    assert refused.value.wait_s > 60


def test_a_code_of_either_of_two_apps_is_taken(ada, now):
    first = make_factor(ada.user)
    other = factors.give_factor(person=ada.user, seed=b"another phone's seed")

    for device in (first, other):
        assert check_code(person=ada.user, code=code_of(ada.user, device), now=now) == device


@pytest.mark.parametrize(("drift_s", "passes"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_a_phone_whose_clock_is_half_a_minute_off_still_signs_in(ada, now, drift_s, passes):
    device = make_factor(ada.user)
    with time_machine.travel(now + timedelta(seconds=drift_s), tick=False):
        code = code_of(ada.user)
    with time_machine.travel(now, tick=False):
        assert device.verify_token(code) is passes


def test_without_valkey_no_code_is_accepted(client, ada, monkeypatch):
    make_factor(ada.user)
    with_password(client, ada.user)
    lost = redis.Redis(port=1, socket_connect_timeout=0.1)
    monkeypatch.setattr("helpdesk.core.ratelimit._client", lambda *_: lost)
    client.raise_request_exception = False

    answer = client.post(FACTOR, {"code": code_of(ada.user)})

    assert answer.status_code == 503
    assert client.get("/o/acme/inbox/").status_code == 302


def test_the_organisations_own_valkey_knows_no_code(ada, now):
    code, *_ = make_codes(ada, now)
    check_code(person=ada.user, code=code, now=now)

    kept = b"".join(valkey.client().keys("*"))

    assert code.encode() not in kept
    assert code.replace("-", "").encode() not in kept
