"""Six tries for a name from wherever: what is counted, and what is not."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import redis
import time_machine
from axes.models import AccessAttempt
from django.db import connection
from django.test import Client

from helpdesk.core.ratelimit import Limit
from tenants import limits
from tenants.lockout import counting
from tenants.lockout.names import failure_key
from tenants.lockout.rules import rule_for
from tests.factories.tenants import PASSWORD
from tests.support.signing_in import give_password
from tests.tenants.lockout.conftest import WRONG, lock

pytestmark = pytest.mark.django_db


def test_spoofed_headers_and_a_hundred_addresses_give_no_seventh_try(ada):
    spoofed = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_CLIENT_IP", "HTTP_TRUE_CLIENT_IP")
    statuses = []
    for number in range(12):
        address = f"203.0.113.{number}"
        client = Client(REMOTE_ADDR=f"198.51.100.{number}", **dict.fromkeys(spoofed, address))
        statuses.append(give_password(client, ada.user, WRONG).status_code)

    assert statuses == [422] * 5 + [429] * 7
    assert give_password(Client(), ada.user).status_code == 429


def test_one_who_forges_headers_is_one_address_to_the_limiter(ada, monkeypatch):
    monkeypatch.setattr(limits, "SIGN_INS_FAILED", Limit("sprayed", burst=3, per_s=1 / 600))

    answers = [
        give_password(Client(HTTP_X_FORWARDED_FOR=f"203.0.113.{number}"), f"nobody{number}@example.com", WRONG)
        for number in range(4)
    ]

    assert [answer.status_code for answer in answers] == [422] * 3 + [429]


def test_an_office_behind_one_address_is_not_locked_by_one_who_mistypes(ada, sam):
    lock(ada.user.email)

    assert give_password(Client(), sam.user).status_code == 302


def test_whoever_gets_in_uses_up_nothing_of_their_address(ada, monkeypatch):
    monkeypatch.setattr(limits, "SIGN_INS_FAILED", Limit("used-up", burst=2, per_s=1 / 600))

    assert [give_password(Client(), ada.user).status_code for _ in range(4)] == [302] * 4


def test_trying_while_locked_does_not_make_the_lock_longer(ada):
    lock(ada.user.email)
    with time_machine.travel(timedelta(minutes=20)):
        assert give_password(Client(), ada.user).status_code == 429
    with time_machine.travel(timedelta(minutes=31)):
        assert give_password(Client(), ada.user).status_code == 302


def test_a_clock_that_goes_back_does_not_open_a_lock(ada):
    lock(ada.user.email)

    with time_machine.travel(timedelta(minutes=-10)):
        assert give_password(Client(), ada.user).status_code == 429


def test_failures_a_while_apart_do_not_add_up(ada):
    for minutes in range(0, 40 * 7, 40):
        with time_machine.travel(timedelta(minutes=minutes)):
            assert give_password(Client(), ada.user, WRONG).status_code == 422


def test_what_is_counted_is_one_row_that_holds_no_address_of_any_kind(ada):
    for number in range(3):
        give_password(Client(REMOTE_ADDR=f"192.0.2.{number}", HTTP_USER_AGENT=f"browser {number}"), ada.user, WRONG)

    (kept,) = AccessAttempt.objects.values()
    assert kept["failures_since_start"] == 3
    assert (kept["ip_address"], kept["user_agent"], kept["post_data"]) == ("::", "", "")
    assert ada.user.email not in str(kept)


def test_what_counts_no_more_is_dropped_by_whoever_is_tried_next(ada, sam):
    give_password(Client(), ada.user, WRONG)

    with time_machine.travel(timedelta(hours=3)):
        give_password(Client(), sam.user, WRONG)

    assert AccessAttempt.objects.get().username == failure_key(sam.user.email)


def test_signing_in_fails_closed_without_valkey(client, ada, monkeypatch):
    def down(*_args, **_kwargs):
        raise redis.ConnectionError

    monkeypatch.setattr(Limit, "wait_s", down)
    client.raise_request_exception = False

    response = give_password(client, ada.user)

    assert response.status_code == 503
    assert response["Retry-After"]
    assert client.session.get("_auth_user_id") is None


@pytest.mark.parametrize("who", ["known", "unknown", "unconfirmed"])
def test_a_failed_sign_in_asks_the_database_alike_for_everyone(client, ada, who, django_assert_num_queries):
    from tenants.actions import people

    now = ada.created_at
    people.sign_up(email="nora@example.com", name="Nora", password=PASSWORD, now=now)
    email = {"known": ada.user.email, "unknown": "nobody@example.com", "unconfirmed": "nora@example.com"}[who]
    give_password(client, email, WRONG)

    with django_assert_num_queries(QUERIES):
        give_password(client, email, WRONG)


# Savepoint, the name's row locked, counted, released; the person.
QUERIES = 5


@pytest.mark.django_db(transaction=True)
def test_of_thirty_tries_at_once_no_more_get_through_than_one_by_one(now):
    email = "ada@acme.example"

    def try_once(_):
        try:
            return counting.count_try(email, failure_key(email), now=now).may_try
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        allowed = list(pool.map(try_once, range(30)))

    assert sum(allowed) == rule_for(email).attempts
    assert AccessAttempt.objects.count() == 1


def test_opening_a_locked_session_uses_up_no_tries(client, ada, sign_in):
    sign_in(client, ada)

    assert [client.post("/sign-in/locked/", {"password": PASSWORD}).status_code for _ in range(8)] == [302] * 8


def test_guessing_at_a_locked_session_locks_the_name(client, ada, sign_in):
    sign_in(client, ada)

    statuses = [client.post("/sign-in/locked/", {"password": WRONG}).status_code for _ in range(6)]

    assert statuses == [422] * 5 + [429]
    assert give_password(Client(), ada.user).status_code == 429
