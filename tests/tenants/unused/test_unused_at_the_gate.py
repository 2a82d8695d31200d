"""The gate refuses who was not here for too long, by a mode or by choice, whether or not a task has run."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from tenants.actions import invitations
from tenants.actions.policies import choose
from tenants.gate.checks import Refusal, Visit, is_in_use
from tenants.gate.facts import Facts
from tenants.models import Membership, ModeState, Tenant
from tenants.policies import effective
from tenants.policy_names import MEMBER_UNUSED
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.tokens import InvitationKey
from tests.factories.tenants import make_member
from tests.tenants.unused.conftest import found, last_here, refusal_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def pci(acme):
    """Acme in PCI mode."""
    acme.pci_state = ModeState.ON
    acme.save(update_fields=["pci_state"])
    return acme


def test_a_mode_asks_for_ninety_days_and_cites_its_clause(acme, pci):
    at_choice = effective(Tenant(), MEMBER_UNUSED)
    held = effective(pci, MEMBER_UNUSED, chosen="365")

    assert (at_choice.value, at_choice.is_locked) == ("0", False)
    assert (held.value, held.clauses) == ("90", ("PCI DSS 8.2.6",))
    assert effective(pci, MEMBER_UNUSED, chosen="30").value == "30"


def test_the_gate_refuses_who_was_not_here_though_no_task_has_run(client, ada, counted, sign_in, now):
    sign_in(client, ada)
    last_here(ada, 90, now)

    response = client.get("/o/acme/inbox/")

    assert response.status_code == 403
    assert "An owner can let you back in" in response.text
    assert found(ada).is_active
    with tenant_scope(counted):
        assert Membership.objects.get(id=ada.id).used_at == ada.used_at  # being refused is no use


def test_a_day_before_that_it_lets_them_in_and_counts_anew(client, ada, counted, sign_in, now):
    sign_in(client, ada)
    last_here(ada, 89, now)

    assert client.get("/o/acme/inbox/").status_code == 200
    assert found(ada).used_at >= now


def test_a_mode_does_without_a_choice(ada, pci, now):
    last_here(ada, 90, now)

    assert refusal_of(ada, now) is Refusal.UNUSED


def test_without_a_mode_or_a_choice_nobody_is_refused(ada, now):
    last_here(ada, 5000, now)

    assert refusal_of(ada, now) is None


def test_an_organisation_may_choose_it_by_itself(ada, olive, now):
    last_here(ada, 31, now)
    with tenant_scope(ada.tenant_id):
        choose(key=MEMBER_UNUSED, value="30", actor=olive, now=now)

    assert refusal_of(ada, now) is Refusal.UNUSED


def test_what_a_page_asks_by_itself_is_no_use(client, ada, sign_in, now):
    sign_in(client, ada)
    last_here(ada, 10, now)

    client.get("/o/acme/inbox/rows/", headers={"HX-Request": "true"})

    assert found(ada).used_at == ada.used_at


def test_use_elsewhere_does_not_count(ada, globex, counted, now):
    boss = make_member(globex, "Berta", Role.OWNER, now=now)
    with tenant_scope(globex):
        _, token = invitations.invite_colleague(email=ada.user.email, role=Role.AGENT, actor=boss, now=now)
    elsewhere = invitations.join(key=InvitationKey.of(token), person=ada.user, now=now)
    last_here(ada, 90, now)

    assert refusal_of(ada, now) is Refusal.UNUSED
    assert refusal_of(elsewhere, now) is None


@pytest.mark.parametrize(("days", "refusal"), [(89.99, None), (90, Refusal.UNUSED), (4000, Refusal.UNUSED), (-1, None)])
def test_the_check_is_a_plain_function_of_the_facts(days, refusal):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    member = Membership(tenant=Tenant(), role=Role.AGENT)
    facts = Facts({MEMBER_UNUSED: "90"}, 0, 0, used_at=at.timestamp() - days * 86400)

    assert is_in_use(facts, Visit(member, "", at.timestamp())) is refusal


def test_a_page_opened_every_few_minutes_writes_it_down_once(client, ada, sign_in, now):
    sign_in(client, ada)
    last_here(ada, 1, now)
    client.get("/o/acme/inbox/")
    first = found(ada).used_at
    with time_machine.travel(now + timedelta(hours=5), tick=False):
        Client().get("/")
        client.get("/o/acme/inbox/")

    assert found(ada).used_at == first
