"""A password that someone else chose, or that meets the rules no more, is changed before anything else."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from helpdesk.core import clock
from tenants.actions import passwords, people
from tenants.actions.policies import choose
from tenants.gate.checks import Refusal, Visit, judge
from tenants.gate.facts import Facts
from tenants.models import Membership, ModeState, Tenant, User
from tenants.passwords.judging import rules_for, tenants_of
from tenants.passwords.rules import Rules
from tenants.policy_names import PASSWORD_HISTORY, PASSWORD_LENGTH
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.tenants import PASSWORD, make_person, owner_of
from tests.tenants.passwords.choosing.conftest import NEW, change

pytestmark = pytest.mark.django_db


def must_change(user):
    User.objects.filter(id=user.id).update(must_change_password=True)


def test_a_password_that_someone_else_chose_is_to_be_changed(now):
    person = people.create_person(
        email="nora@example.com", name="Nora", password=PASSWORD, now=now, is_own_password=False
    )
    assert person.must_change_password

    changed = passwords.change_password(person_id=person.id, present=PASSWORD, password=NEW, now=now)

    assert not changed.must_change_password
    assert not make_person("Zoe", now=now).must_change_password


def test_until_then_every_page_leads_to_the_change_and_back(client, ada, sign_in):
    must_change(ada.user)
    sign_in(client, ada)

    led = client.get("/o/acme/settings/")
    page = client.get(led.url)

    assert led.url == "/password/change/?next=/o/acme/settings/"
    assert "Choose a password of your own" in page.text
    assert client.post("/o/acme/settings/people/invite/").url == "/password/change/"
    assert change(client, next="/o/acme/settings/").url == "/o/acme/settings/"
    assert client.get("/o/acme/settings/").status_code == 200


def test_until_then_no_socket_is_let_in(ada):
    facts = Facts({}, 0, 0, must_change_password=True)

    assert judge(facts, Visit(ada, "192.0.2.1", 0, factor="tenants.passkey")) is Refusal.PASSWORD


def test_an_operator_chooses_their_own_password_before_the_admin_opens(client, oscar, sign_in):
    must_change(oscar)
    sign_in(client, oscar)

    led = client.get("/admin/", follow=True)

    assert led.redirect_chain[-1][0].startswith("/password/change/")
    change(client)
    assert client.get("/admin/").status_code == 200


def choosing(member, key, value):
    with tenant_scope(member.tenant):
        choose(key=key, value=value, actor=member, now=clock.now())


def test_a_person_of_two_organisations_is_held_to_the_stricter(acme, globex, olive, ada, now):
    choosing(olive, PASSWORD_LENGTH, "10")
    assert rules_for([acme]).length == 10
    choosing(owner_of(globex), PASSWORD_LENGTH, "16")

    with tenant_scope(globex):
        Membership.objects.create(tenant=globex, user=ada.user, role=Role.AGENT, created_at=now)

    assert rules_for(tenants_of(ada.user)).length == 16


def test_a_mode_holds_passwords_to_its_floor(acme, olive):
    choosing(olive, PASSWORD_LENGTH, "10")
    choosing(olive, PASSWORD_HISTORY, "1")
    acme.pci_state = ModeState.ON

    assert rules_for([acme]) == Rules(length=12, needs_letter_and_digit=True, history=4)
    assert rules_for([]) == Rules()


def test_a_password_that_no_longer_meets_the_rules_is_asked_for_anew_at_the_next_sign_in(client, ada):
    Tenant.objects.filter(id=ada.tenant_id).update(pci_state=ModeState.ON)

    client.post("/sign-in/", {"email": ada.user.email, "password": PASSWORD})

    assert User.objects.get(id=ada.user_id).must_change_password


def test_a_password_that_meets_them_is_not(client, ada):
    client.post("/sign-in/", {"email": ada.user.email, "password": PASSWORD})

    assert not User.objects.get(id=ada.user_id).must_change_password


def create_operator(email="olga@hushdesk.example", name="Olga"):
    out = StringIO()
    call_command("create_operator", email=email, name=name, stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def test_an_operator_is_made_with_a_password_for_once(client, db):
    password = create_operator(email="Olga@Hushdesk.example")

    person = User.objects.get(email="olga@hushdesk.example")
    assert person.is_operator
    assert person.must_change_password
    assert client.post("/sign-in/", {"email": person.email, "password": password}).url == "/sign-in/factor/"


@pytest.mark.parametrize(
    ("email", "name"), [("olga", "Olga"), ("ada@acme.example", "Olga"), ("4111111111111111@mail.example", "Olga")]
)
def test_an_operator_is_not_made_of_what_is_no_free_address(ada, email, name):
    with pytest.raises(CommandError):
        create_operator(email, name)
