"""A mailed link opens nothing without a code from the mailbox, good once, for a while, and not to be guessed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections

from chat.actions import erasure, link_codes
from chat.actions.link_codes import LinkGoneError, LinkLockedError
from chat.identity import codes
from chat.models import Contact, ContactDetails, VisitorSession
from chat.models.mailed_link import LINK_COOL_DOWN, LINK_TRIES
from compliance.models import AuditEntry
from tenants.scoping import tenant_scope
from tests.chat.mailed.conftest import answered, links, prepare
from tests.factories.stored import give_details

pytestmark = pytest.mark.django_db


def code_for(tenant, link, now):
    return link_codes.make_code(tenant_id=tenant.id, token=link.token, now=now)[2]


def try_code(tenant, link, code, now):
    given = {"session_hash": uuid4().bytes * 2, "now": now}
    return link_codes.open_link(tenant_id=tenant.id, token=link.token, code=code, **given)


def test_the_right_code_gives_a_session_of_its_own_and_is_good_once(acme, link, asked, now):
    code = code_for(acme, link, now)

    opened, again = try_code(acme, link, codes.shown(code), now), try_code(acme, link, code, now)

    assert (opened.outcome, again.outcome) == ("opened", "late")
    with tenant_scope(acme):
        assert VisitorSession.objects.filter(contact_id=asked.contact_id).count() == 2
        new = VisitorSession.objects.get(id=opened.link.session_id)
        # Whoever goes on is told, or asked, before they write.
        assert new.notice_hash is None
        assert AuditEntry.objects.filter(event="link.opened").count() == 1


def test_no_code_is_kept_but_a_keyed_hash(acme, link, now):
    code = code_for(acme, link, now)

    [row] = links(acme)
    assert bytes(row.code_hash) == codes.hashed(code, tenant_id=acme.id, request_id=row.id)
    assert code.encode() not in bytes(row.code_hash)


def test_a_code_is_good_for_ten_minutes_and_until_the_next(acme, link, now):
    first, second = code_for(acme, link, now), code_for(acme, link, now)

    assert first == second or try_code(acme, link, first, now).outcome == "wrong"
    assert try_code(acme, link, second, now + codes.CODE_LASTS).outcome == "late"


def test_after_five_wrong_codes_none_is_looked_at_for_a_while_not_even_the_right_one(acme, link, now):
    code = code_for(acme, link, now)
    wrong = f"{(int(code) + 1) % 10**8:08d}"

    tries = [try_code(acme, link, given, now) for given in [wrong, "", "nonsense", "٣" * 8, wrong]]

    assert [(each.outcome, each.left) for each in tries] == [("wrong", left) for left in (4, 3, 2, 1, 0)]
    for attempt in (lambda: try_code(acme, link, code, now), lambda: code_for(acme, link, now)):
        with pytest.raises(LinkLockedError):
            attempt()
    later = now + LINK_COOL_DOWN
    assert try_code(acme, link, code, later).outcome == "late"
    assert try_code(acme, link, code_for(acme, link, later), later).outcome == "opened"
    with tenant_scope(acme):
        assert AuditEntry.objects.filter(event="link.locked").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_guesses_at_once_five_are_looked_at(acme, ada, now):
    answered(acme, ada, now)
    [ready] = prepare(acme, now=now)
    code = code_for(acme, ready, now)

    def guess(number):
        try:
            return try_code(acme, ready, f"{(int(code) + 1 + number) % 10**8:08d}", now).outcome
        except LinkLockedError:
            return "locked"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(guess, range(12)))

    assert outcomes.count("wrong") == LINK_TRIES
    assert outcomes.count("locked") == 12 - LINK_TRIES


@pytest.mark.parametrize(
    "why", ["another organisation", "run out", "erased", "another address", "no address", "never was"]
)
def test_a_link_that_is_good_for_nothing_is_as_one_that_never_was(acme, globex, ada, link, asked, now, why):
    tenant, at, token = acme, now, link.token
    with tenant_scope(acme):
        if why == "erased":
            erasure.erase_all(limit=10)
        if why == "no address":
            Contact.objects.update(email=None, email_token=None)
    if why == "another address":
        give_details(asked, ContactDetails(email="other@mail.example"), ada, at=now)
    if why == "another organisation":
        tenant = globex
    if why == "run out":
        at = now + timedelta(days=7)
    if why == "never was":
        token = "t" * 43

    for attempt in (
        lambda: link_codes.make_code(tenant_id=tenant.id, token=token, now=at),
        lambda: link_codes.open_link(tenant_id=tenant.id, token=token, code="0" * 8, session_hash=b"h" * 32, now=at),
    ):
        with pytest.raises(LinkGoneError):
            attempt()
