"""The page of addresses: what is wrong, whom a rule would lock out, and who may change it."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from helpdesk.core import clock
from tenants.actions import sessions
from tenants.actions.places import EmptyRuleError, Proposal, TooManyNetworksError
from tenants.models import AddressRule, SeenAddress
from tenants.permissions import NotPermittedError
from tenants.places.rehearsal import rehearse
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.text_checks import HoldsSensitiveDataError
from tests.support.later import later
from tests.tenants.places.addresses.conftest import AT_HOME, AT_WORK, HOME, OFFICE, PAGE, SETTINGS, posted, rule, trying

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "wanted",
    [
        Proposal(True, frozenset(Role), (), ()),
        Proposal(True, frozenset(), (("203.0.113.0/24", ""),), ("",)),
        Proposal(True, frozenset(Role), (("203.0.113.0/24", Role.OWNER),), ("",)),
    ],
)
def test_a_rule_that_would_lock_out_a_whole_role_is_not_switched_on(olive, wanted):
    with pytest.raises(EmptyRuleError):
        trying(olive, wanted)


def test_the_database_takes_no_empty_rule_that_is_on(olive):
    trying(olive)

    for change in ({"networks": [], "labels": []}, {"roles": []}, {"labels": []}, {"until": None}):
        with tenant_scope(olive.tenant), pytest.raises(DatabaseError), transaction.atomic():
            AddressRule.objects.update(**change)


def test_only_owners_change_it_and_never_with_a_card_number_in_a_name_or_too_many_lines(olive, sam):
    with pytest.raises(NotPermittedError):
        trying(sam)
    with pytest.raises(HoldsSensitiveDataError):
        trying(olive, Proposal(True, frozenset(Role), (("203.0.113.0/24", ""),), ("4111 1111 1111 1111",)))
    with pytest.raises(TooManyNetworksError):
        trying(olive, rule(*((f"203.0.{n}.0/24", "") for n in range(51))))


def test_the_page_says_which_line_is_wrong_and_keeps_what_was_typed(client, sign_in, olive):
    sign_in(client, olive)

    page = client.post(PAGE, posted(("203.0.113.0/24", "Office"), ("0.0.0.0/0", "All"), is_on="on"), **AT_WORK)

    assert page.status_code == 422
    assert "half the internet" in str(page.context["lines"].errors[1])
    assert b"0.0.0.0/0" in page.content
    with tenant_scope(olive.tenant):
        assert not AddressRule.objects.exists()


def test_the_page_tries_what_its_owner_means_and_shows_it_again(client, sign_in, olive, acme):
    sign_in(client, olive)

    saved = client.post(PAGE, posted(("203.0.113.7/24", "Office"), ("", ""), is_on="on"), **AT_WORK)

    assert saved.url == PAGE
    with tenant_scope(acme):
        made = AddressRule.objects.get()
    assert (made.state, made.networks, made.labels) == ("trial", [["203.0.113.0/24", ""]], ["Office"])
    assert b"On trial until" in client.get(PAGE, **AT_WORK).content


def test_a_rehearsal_names_whom_it_would_have_locked_out_by_where_they_were(olive, ada, sam, acme):
    now = clock.now()
    for user, address in ((ada.user, HOME), (sam.user, HOME), (sam.user, OFFICE)):
        SeenAddress.objects.create(user=user, address=address, seen_at=now)
    SeenAddress.objects.create(user=olive.user, address=HOME, seen_at=now - timedelta(hours=25))

    with tenant_scope(acme):
        found = rehearse(rule().ruling(), olive, HOME, now=now)

    assert (found.count, found.members) == (2, 3)
    assert (found.locked_out, found.at_times, found.unseen) == (("Ada",), ("Sam",), ("Olive",))
    assert not found.you_may_be_here


def test_whoever_would_lock_themselves_out_is_asked_again(client, sign_in, olive, acme):
    sign_in(client, olive)
    asked = posted(("203.0.113.0/24", "Office"), is_on="on")

    page = client.post(PAGE, asked, **AT_HOME)
    with tenant_scope(acme):
        assert not AddressRule.objects.exists()
    tried = client.post(PAGE, {**asked, "step": "anyway"}, **AT_HOME)

    assert b"It would lock you out yourself" in page.content
    assert tried.status_code == 302
    assert client.get(SETTINGS, **AT_HOME).status_code == 403


def test_a_look_changes_nothing_and_shows_no_address_of_anybody(client, sign_in, olive, ada, acme):
    SeenAddress.objects.create(user=ada.user, address="192.0.2.77", seen_at=clock.now())
    sign_in(client, olive)

    page = client.post(PAGE, posted(("203.0.113.0/24", "Office"), is_on="on", step="look"), **AT_WORK)

    assert page.status_code == 200
    assert b"locked out 2 of 2" in page.content or b"locked out 1 of 2" in page.content
    assert b"192.0.2.77" not in page.content
    with tenant_scope(acme):
        assert not AddressRule.objects.exists()


def test_where_people_are_active_is_kept_for_a_day(client, sign_in, ada):
    sign_in(client, ada)
    with later(minutes=1):
        client.get(SETTINGS, **AT_HOME)
    assert set(SeenAddress.objects.values_list("address", flat=True)) == {"127.0.0.1", HOME}

    sessions.forget_addresses(now=clock.now() + timedelta(hours=25))

    assert not SeenAddress.objects.exists()
