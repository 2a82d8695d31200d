"""Before what is dangerous the door asks for a factor given just now, keeps what was entered, and goes on with it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django_otp.oath import totp

from compliance.models import AuditEntry
from helpdesk.core import clock
from tenants.actions.backup_codes import make_backup_codes
from tenants.models import AddressRule, BreakGlassCode, Membership, ModeState, PolicyChoice, Tenant
from tenants.policy_names import SESSION_IDLE
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.modes import decide_retention
from tests.factories.tenants import make_factor

pytestmark = pytest.mark.django_db
CODE = "fresh-code"
NETWORKS = {
    "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-network": "198.51.100.0/24", "form-0-label": "Office",
    "is_on": "on", "roles": "agent",
}  # fmt: skip


@pytest.fixture
def owner(client, sign_in, olive):
    """Olive's browser, some time after she signed in."""
    return sign_in(client, olive, fresh=False)


def code_of(user):
    return f"{totp(make_factor(user).seed()):06d}"


def role_of(member):
    with tenant_scope(member.tenant_id):
        return Membership.objects.get(id=member.id).role


def role_page(member):
    return f"/o/acme/settings/people/{member.id}/role/"


def test_nothing_is_done_before_and_what_was_entered_is_kept(owner, olive, ada):
    asked = owner.post(role_page(ada), {"role": "supervisor"})

    assert asked.status_code == 422
    assert "give a colleague another role" in asked.text
    assert 'name="role" value="supervisor"' in asked.text
    assert role_of(ada) == Role.AGENT

    assert owner.post(role_page(ada), {"role": "supervisor", CODE: code_of(olive.user)}).status_code == 302
    assert role_of(ada) == Role.SUPERVISOR
    assert owner.post(role_page(ada), {"role": "agent"}).status_code == 302


def test_a_wrong_code_says_so_and_does_nothing(owner, ada):
    wrong = owner.post(role_page(ada), {"role": "owner", CODE: "no code"})

    assert wrong.status_code == 422
    assert "is not the present one" in wrong.text
    assert 'name="role" value="owner"' in wrong.text
    assert role_of(ada) == Role.AGENT


def test_it_counts_for_five_minutes(client, sign_in, olive, ada):
    sign_in(client, olive)
    with time_machine.travel(clock.now() + timedelta(minutes=5)):
        assert client.post(role_page(ada), {"role": "auditor"}).status_code == 422
    assert role_of(ada) == Role.AGENT


def test_what_was_entered_comes_back_as_text(owner):
    asked = owner.post("/o/acme/settings/people/invite/", {"email": '"><script>x</script>', "role": ["agent", "owner"]})

    assert "<script>x" not in asked.text
    assert len(re.findall(r'name="role" value="(?:agent|owner)"', asked.text)) == 2


@pytest.mark.parametrize(
    ("address", "given"),
    [
        ("people/invite/", {"email": "new@somewhere.example", "role": "agent"}),
        ("sign-in/", {SESSION_IDLE: "15"}),
        ("addresses/", NETWORKS | {"step": "anyway"}),
        ("addresses/codes/", {}),
        ("devices/rule/", {"only_approved": "1"}),
        ("retention/set/", {"conversation": "30"}),
        ("privacy/export/", {}),
        ("masking/levels/", {"based_on": "0", "level-EMAIL": "strict"}),
    ],
)
def test_how_people_get_in_and_what_is_kept_asks_for_it(owner, acme, address, given):
    counted = [AuditEntry, PolicyChoice, AddressRule, BreakGlassCode]
    with tenant_scope(acme):
        before = [model.objects.count() for model in counted]

    answer = owner.post(f"/o/acme/settings/{address}", given)

    assert answer.status_code == 422
    assert "Nothing is done yet" in answer.text
    with tenant_scope(acme):
        assert [model.objects.count() for model in counted] == before


def test_looking_at_what_an_address_rule_would_do_asks_for_nothing(owner):
    answer = owner.post("/o/acme/settings/addresses/", NETWORKS | {"step": "look"})

    assert "Nothing is done yet" not in answer.text


def test_who_may_not_is_not_even_asked(client, sign_in, sam, mallory, ada):
    assert sign_in(client, sam, fresh=False).post(role_page(ada), {"role": "owner"}).status_code == 403
    assert sign_in(client, mallory, fresh=False).post(role_page(ada), {"role": "owner"}).status_code == 404


def test_another_persons_code_is_none(owner, ada):
    answer = owner.post(role_page(ada), {"role": "owner", CODE: code_of(ada.user)})

    assert (answer.status_code, role_of(ada)) == (422, Role.AGENT)


def test_a_backup_code_is_noted_in_each_organisation_of_its_owner(owner, olive, ada, globex, now):
    with tenant_scope(globex):
        Membership.objects.create(tenant=globex, user=olive.user, role=Role.AGENT, created_at=now)
    _, (code, *_) = make_backup_codes(person=olive.user, now=now)

    assert owner.post(role_page(ada), {"role": "auditor", CODE: code}).status_code == 302

    assert role_of(ada) == Role.AUDITOR
    for tenant in (olive.tenant, globex):
        with tenant_scope(tenant):
            assert AuditEntry.objects.filter(event="member.backup_code_used").count() == 1


def test_a_page_that_asks_beside_its_reader_is_led_to_where_a_factor_is_given(owner, ada):
    answer = owner.post(role_page(ada), {"role": "owner"}, headers={"HX-Request": "true"})

    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/account/security/")


@pytest.mark.django_db(transaction=True)
def test_an_operator_switches_a_mode_with_a_factor_given_just_now(client, sign_in, oscar, acme):
    sign_in(client, oscar, fresh=False)
    address = reverse("admin:tenants_tenant_switch_mode", args=[acme.id, "hipaa", "on"])

    given = {"reason": "A clinic", "agreement": "Folder seven", "agreed_on": "2026-01-02"}
    decide_retention(acme, clock.now())
    asked = client.post(address, given)

    assert asked.status_code == 422
    assert "switch a mode" in asked.text
    assert 'name="reason" value="A clinic"' in asked.text
    assert Tenant.objects.get(id=acme.id).hipaa_state == ModeState.OFF
    client.post(address, {**given, CODE: code_of(oscar)})
    assert Tenant.objects.get(id=acme.id).hipaa_state != ModeState.OFF


@pytest.mark.django_db(transaction=True)
def test_an_operator_suspends_and_shuts_out_with_a_factor_given_just_now(client, sign_in, oscar, acme, ada):
    sign_in(client, oscar, fresh=False)
    acts = {
        reverse("admin:tenants_tenant_change", args=[acme.id]): {"status": "suspended", "region": "eu"},
        reverse("admin:tenants_user_changelist"): {"action": "deactivate", "_selected_action": [str(ada.user_id)]},
    }

    for address, given in acts.items():
        assert client.post(address, given).status_code == 422
    assert Tenant.objects.get(id=acme.id).status == "active"
    for address, given in acts.items():
        client.post(address, given | {CODE: code_of(oscar)})

    assert Tenant.objects.get(id=acme.id).status == "suspended"
    assert not type(ada.user).objects.get(id=ada.user_id).is_active
