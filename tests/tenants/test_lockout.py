"""Lock-out: six tries for a name from wherever, said alike for everyone, unlocked by its owner or by an owner."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
import redis
import time_machine
from axes.models import AccessAttempt
from django.core import mail
from django.db import connection
from django.test import Client

from compliance.models import AuditEntry
from helpdesk.core import clock
from helpdesk.core.ratelimit import Limit
from tenants import limits, tasks
from tenants.actions.policies import choose
from tenants.lockout import counting
from tenants.lockout.names import failure_key
from tenants.lockout.rules import VALUES, rule_for
from tenants.models import Membership, ModeState, Tenant, User
from tenants.policy_names import LOCKOUT
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.tasks_base import HEADER
from tests.factories.tenants import PASSWORD, make_factor
from tests.tenants.test_sign_in import FACTOR, code_for, give_password

pytestmark = pytest.mark.django_db
PEOPLE = "/o/acme/settings/people/"
WRONG = "not this one at all"


def lock(email, client=None):
    answers = (give_password(client or Client(), email, WRONG) for _ in range(20))
    return next(answer for answer in answers if answer.status_code == 429)


def nobody_locked_by(rule):
    """Return an address of nobody that seems to have a rule; which of them do depends on the service's key."""
    return next(email for email in (f"nobody-{n}@example.com" for n in range(1000)) if rule_for(email) == rule)


def ask_for_link(client, email):
    return client.post("/sign-in/unlock/", {"email": email})


def mailed_code():
    return re.search(r"/sign-in/unlock/link/#([\w-]+)", mail.outbox[-1].body).group(1)


def open_link(client, code):
    return client.post("/sign-in/unlock/link/", {"code": code})


def entries(tenant, event):
    with tenant_scope(tenant):
        return list(AuditEntry.objects.filter(event=event))


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


@pytest.mark.parametrize("step", ["asked", "opened", "right password"])
def test_a_locked_answer_is_the_same_for_who_exists_and_who_does_not(ada, step):
    pages = []
    for email in (ada.user.email, nobody_locked_by(rule_for(ada.user.email))):
        client = Client()
        page = lock(email, client)
        if step == "right password":
            page = give_password(client, email)
        elif step == "asked":
            page = client.get(ask_for_link(client, email).url)
        pages.append((page.status_code, re.sub(r'value="[^"]*"|nonce="[^"]*"', "", page.text)))

    assert pages[0] == pages[1]


def test_a_lock_is_handed_to_a_task_whether_or_not_the_address_has_an_account(ada, monkeypatch):
    told = []
    monkeypatch.setattr(tasks.record_lock, "apply_async", lambda **options: told.append(options))

    lock(ada.user.email)
    lock("nobody@example.com")

    assert [told[0]["headers"][HEADER], told[0]["kwargs"]["membership_id"]] == [str(ada.tenant_id), str(ada.id)]
    assert [list(options) for options in told] == [list(told[0])] * 2


def test_a_lock_is_recorded_in_each_organisation_and_mailed_once(ada, globex, now, django_capture_on_commit_callbacks):
    with tenant_scope(globex):
        elsewhere = Membership.objects.create(tenant=globex, user=ada.user, role=Role.AGENT, created_at=now)

    with django_capture_on_commit_callbacks(execute=True):
        for membership in (ada, elsewhere):
            tasks.record_lock.for_tenant(membership.tenant_id).run_here(membership_id=membership.id)

    for membership in (ada, elsewhere):
        (entry,) = entries(membership.tenant, "member.locked")
        assert (entry.object_id, entry.actor_kind) == (membership.id, "system")
    assert [each.to for each in mail.outbox] == [[ada.user.email]]
    assert "#" not in mail.outbox[-1].body


def test_who_is_locked_again_and_again_is_told_three_times_a_day(ada, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(5):
            tasks.record_lock.for_tenant(ada.tenant_id).run_here(membership_id=ada.id)

    assert len(entries(ada.tenant, "member.locked")) == 5
    assert len(mail.outbox) == 3


def test_a_lock_of_nobody_is_told_to_nobody(ada):
    tasks.record_lock.for_tenant(ada.tenant_id).run_here(membership_id=uuid4())

    assert entries(ada.tenant, "member.locked") == []


def test_a_mailed_link_lets_its_browser_in_and_the_second_factor_ends_the_lock(ada):
    make_factor(ada.user)
    lock(ada.user.email)
    client = Client()
    ask_for_link(client, ada.user.email)

    assert open_link(client, mailed_code()).url == "/sign-in/"
    assert give_password(client, ada.user).url == FACTOR
    assert give_password(Client(), ada.user).status_code == 429, "locked until the second factor is given"
    client.post(FACTOR, {"code": code_for(ada.user)})

    assert give_password(Client(), ada.user).status_code == 302
    (entry,) = entries(ada.tenant, "member.unlocked")
    assert entry.actor_id == ada.id


def test_a_link_gives_its_browser_six_tries_and_works_once(ada):
    lock(ada.user.email)
    client = Client()
    ask_for_link(client, ada.user.email)
    code = mailed_code()
    open_link(client, code)

    assert [give_password(client, ada.user, WRONG).status_code for _ in range(6)] == [422] * 5 + [429]
    assert open_link(Client(), code).status_code == 429


def test_a_link_is_for_its_own_address_and_for_a_quarter_of_an_hour(ada, sam):
    lock(ada.user.email)
    lock(sam.user.email)
    client = Client()
    ask_for_link(client, ada.user.email)
    open_link(client, mailed_code())

    assert give_password(client, sam.user).status_code == 429
    with time_machine.travel(timedelta(minutes=16)):
        assert give_password(client, ada.user).status_code == 429


@pytest.mark.parametrize("code", ["x", "A" * 96])
def test_what_is_no_link_of_ours_opens_nothing(client, ada, code):
    lock(ada.user.email)

    assert open_link(client, code).status_code == 422
    assert give_password(client, ada.user).status_code == 429


def test_an_unknown_address_gets_the_same_page_and_a_mail_without_a_link(client, ada):
    known, unknown = ask_for_link(client, ada.user.email), ask_for_link(client, "nobody@example.com")

    assert known.url == unknown.url
    assert "#" not in mail.outbox[-1].body


def test_an_owner_sees_who_is_locked_and_unlocks_them(client, olive, ada, sign_in):
    lock(ada.user.email)
    sign_in(client, olive)
    assert ">Locked<" in client.get(PEOPLE).text

    response = client.post(f"{PEOPLE}{ada.id}/unlock/", follow=True)

    assert "Ada can try to sign in again" in response.text
    assert ">Locked<" not in response.text
    assert give_password(Client(), ada.user).status_code == 302
    (entry,) = entries(olive.tenant, "member.unlocked")
    assert (entry.actor_id, entry.object_id) == (olive.id, ada.id)


def test_who_is_no_owner_unlocks_nobody(client, sam, ada, mallory, sign_in):
    lock(ada.user.email)

    assert sign_in(client, sam).post(f"{PEOPLE}{ada.id}/unlock/").status_code == 403
    assert sign_in(Client(), mallory).post(f"/o/globex/settings/people/{ada.id}/unlock/").status_code in {403, 404}
    assert give_password(Client(), ada.user).status_code == 429


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


def choosing(member, value):
    with tenant_scope(member.tenant):
        choose(key=LOCKOUT, value=value, actor=member, now=clock.now())


def failures_until_locked(email):
    statuses = [give_password(Client(), email, WRONG).status_code for _ in range(12)]
    return statuses.count(422) + 1


@pytest.mark.parametrize(("value", "tries"), [("4/60", 4), ("6/30", 6), ("10/15", 10)])
def test_an_organisation_chooses_after_how_many_tries_its_people_are_locked(olive, ada, value, tries):
    choosing(olive, value)

    assert failures_until_locked(ada.user.email) == tries


def test_a_mode_holds_the_lock_to_its_floor(acme, olive, ada):
    choosing(olive, "10/15")
    Tenant.objects.filter(id=acme.id).update(hipaa_state=ModeState.ON)

    assert failures_until_locked(ada.user.email) == 6


def test_a_longer_lock_is_shown_as_long_as_it_lasts(client, olive, ada, sign_in):
    choosing(olive, "4/60")
    page = [give_password(Client(), ada.user, WRONG) for _ in range(4)][-1]

    assert "in 60 minutes" in page.text
    with time_machine.travel(timedelta(minutes=45)):
        assert give_password(Client(), ada.user).status_code == 429


def test_an_address_of_nobody_seems_to_have_any_of_the_rules(db):
    rules = {str(rule_for(f"nobody{number}@example.com")) for number in range(60)}

    assert rules == set(VALUES)
    assert rule_for("nobody1@example.com") == rule_for("nobody1@example.com")


def test_opening_a_locked_session_uses_up_no_tries(client, ada, sign_in):
    sign_in(client, ada)

    assert [client.post("/sign-in/locked/", {"password": PASSWORD}).status_code for _ in range(8)] == [302] * 8


def test_guessing_at_a_locked_session_locks_the_name(client, ada, sign_in):
    sign_in(client, ada)

    statuses = [client.post("/sign-in/locked/", {"password": WRONG}).status_code for _ in range(6)]

    assert statuses == [422] * 5 + [429]
    assert give_password(Client(), ada.user).status_code == 429


def test_deactivated_people_are_not_unlocked_by_mail(client, ada):
    User.objects.filter(id=ada.user_id).update(is_active=False)

    ask_for_link(client, ada.user.email)

    assert "#" not in mail.outbox[-1].body
