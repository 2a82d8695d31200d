"""Choosing a password: every way to one is judged, none comes back too soon, and a change ends other sessions."""

import re
from io import StringIO
from itertools import pairwise

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from compliance.models import AuditEntry
from helpdesk.core import clock
from tenants.actions import invitations, passwords, people
from tenants.actions.policies import choose
from tenants.gate.checks import Refusal, Visit, judge
from tenants.gate.facts import Facts
from tenants.models import Membership, ModeState, Tenant, UsedPassword, User
from tenants.passwords.judging import UnfitPasswordError, rules_for, tenants_of
from tenants.passwords.rules import Rules
from tenants.passwords.setting import KEPT
from tenants.policy_names import PASSWORD_HISTORY, PASSWORD_LENGTH
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.tokens import PASSWORD_RESET, InvitationKey
from tests.factories.tenants import PASSWORD, make_person, owner_of

pytestmark = pytest.mark.django_db
CHANGE = "/password/change/"
NEW = "nine paper umbrellas"


def change(client, present=PASSWORD, password=NEW, **more):
    return client.post(CHANGE, {"present": present, "password": password, **more})


def test_a_changed_password_signs_in_and_ends_every_other_session(client, ada, sign_in):
    sign_in(client, ada)
    other = sign_in(Client(), ada)
    before = client.session.session_key

    response = change(client)

    assert response.url == "/organisations/"
    assert client.get("/o/acme/settings/").status_code == 200
    assert client.session.session_key != before
    assert other.get("/o/acme/settings/").url.startswith("/sign-in/")
    assert User.objects.get(id=ada.user_id).check_password(NEW)
    assert "was changed" in mail.outbox[-1].body


def test_a_change_is_audited_in_every_organisation(client, ada, sign_in):
    change(sign_in(client, ada))

    with tenant_scope(ada.tenant):
        assert AuditEntry.objects.filter(event="member.password_changed", object_id=ada.id).count() == 1


def test_the_page_of_ones_security_leads_to_the_change_and_back(client, ada, sign_in):
    page = sign_in(client, ada).get("/account/security/")

    assert "/password/change/?next=/account/security/" in page.text
    assert change(client, next="/account/security/").url == "/account/security/"


def test_the_present_password_is_asked_for(client, ada, sign_in):
    response = change(sign_in(client, ada), present="not this one at all")

    assert response.status_code == 422
    assert "not your present password" in response.text
    assert User.objects.get(id=ada.user_id).check_password(PASSWORD)


def test_guessing_the_present_password_in_an_open_session_is_slowed(client, ada, sign_in):
    sign_in(client, ada)

    answers = [change(client, present="not this one at all").status_code for _ in range(7)]

    assert answers == [422] * 6 + [429]


def test_the_page_needs_both_factors(client, ada):
    assert client.get(CHANGE).url == f"/sign-in/?next={CHANGE}"
    client.force_login(ada.user)
    assert client.get(CHANGE).url == f"/sign-in/factor/?next={CHANGE}"


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("too short", "At least 12 characters; 3 more."),
        ("x1!" * 50, "At most 128 characters; this has 150."),
        ("my @cme umbrellas", "leave out “acme”"),
        ("Password2026!", "stolen elsewhere"),
        (PASSWORD, "differs from your last 4"),
    ],
)
def test_the_rule_that_is_not_met_is_named_beside_the_field(client, ada, sign_in, password, said):
    response = change(sign_in(client, ada), password=password)

    assert response.status_code == 422
    assert said in response.text
    assert User.objects.get(id=ada.user_id).check_password(PASSWORD)


def test_the_last_four_passwords_do_not_come_back_and_the_fifth_does(ada, now):
    chosen = [PASSWORD, *(f"{number} paper umbrellas" for number in ("one", "two", "three", "four"))]
    for before, after in pairwise(chosen):
        passwords.change_password(person_id=ada.user_id, present=before, password=after, now=now)

    for used in chosen[1:]:
        with pytest.raises(UnfitPasswordError, match="used"):
            passwords.change_password(person_id=ada.user_id, present=chosen[-1], password=used, now=now)
    passwords.change_password(person_id=ada.user_id, present=chosen[-1], password=PASSWORD, now=now)


def test_former_passwords_are_kept_as_hashes_and_not_for_ever(ada, now):
    present = PASSWORD
    for number in range(KEPT + 3):
        after = f"{number} paper umbrellas {number}"
        passwords.change_password(person_id=ada.user_id, present=present, password=after, now=now)
        present = after

    kept = UsedPassword.objects.filter(user=ada.user_id)
    assert kept.count() == KEPT - 1
    assert not any("umbrellas" in each.encoded for each in kept)


def test_a_reset_is_judged_too_and_its_link_stays_good_until_a_fit_one_is_chosen(client, ada, now):
    token = PASSWORD_RESET.issue(ada.user, now=now)

    answers = [
        client.post("/password/reset/", {"code": token, "password": each}) for each in (PASSWORD, "acme-acme-73")
    ]
    done = client.post("/password/reset/", {"code": token, "password": NEW})

    assert [answer.status_code for answer in answers] == [422, 422]
    assert "differs from your last 4" in answers[0].text
    assert done.url == "/sign-in/"


def test_a_reset_does_not_pass_the_second_factor(client, ada, now, sign_in):
    sign_in(Client(), ada)
    client.post("/password/reset/", {"code": PASSWORD_RESET.issue(ada.user, now=now), "password": NEW})

    response = client.post("/sign-in/", {"email": ada.user.email, "password": NEW})

    assert response.url == "/sign-in/factor/"
    assert client.get("/o/acme/settings/").url.startswith("/sign-in/factor/")


def test_whoever_joins_is_held_to_the_organisations_words(acme, olive, now):
    with tenant_scope(acme):
        _, token = invitations.invite_colleague(email="nora@example.com", role=Role.AGENT, actor=olive, now=now)
    key = InvitationKey.of(token)

    with pytest.raises(UnfitPasswordError, match="names"):
        invitations.join_as_new_person(key=key, name="Nora", password="four acme lanterns", now=now)
    assert not User.objects.with_email("nora@example.com").exists()


@pytest.mark.parametrize("password", ["short", "Password2026!", "nora likes lanterns", "x1!" * 50])
def test_no_account_is_made_with_an_unfit_password(password, now):
    with pytest.raises(UnfitPasswordError):
        people.create_person(email="nora@example.com", name="Nora", password=password, now=now)
    with pytest.raises(UnfitPasswordError):
        people.sign_up(email="nora@example.com", name="Nora", password=password, now=now)
    with pytest.raises(ValidationError):
        validate_password(password, User(email="nora@example.com", name="Nora"))


def test_signing_up_with_an_unfit_password_answers_alike_for_a_known_address(client, ada):
    answers = [
        client.post("/signup/", {"name": "Nora", "email": email, "password": "Password2026!"})
        for email in ("nobody@example.com", ada.user.email)
    ]

    bare = [
        re.sub(r"nobody@example.com|ada@acme.example|value=\"[^\"]*\"|nonce=\"[^\"]*\"", "", a.text) for a in answers
    ]
    assert answers[0].status_code == answers[1].status_code == 422
    assert bare[0] == bare[1]
    assert mail.outbox == []


def test_a_password_of_128_characters_counts_to_its_last(client, now):
    long = "nine paper umbrellas and " * 5 + "123"
    person = people.create_person(email="nora@example.com", name="Nora", password=long, now=now)

    assert len(long) == 128
    assert person.check_password(long)
    assert not person.check_password(long[:-1])


def test_a_password_may_be_typed_on_another_keyboard(client, now):
    people.create_person(email="nora@example.com", name="Nora", password="caf\u00e9 au lait, please", now=now)

    response = client.post("/sign-in/", {"email": "nora@example.com", "password": "cafe\u0301 au lait, please"})

    assert response.status_code == 302


def test_a_password_field_says_what_is_asked_and_lets_one_paste(client, ada, sign_in):
    page = sign_in(client, ada).get(CHANGE).text

    field = re.search(r"<input[^>]*id=\"id_password\"[^>]*>", page).group()
    assert "maxlength" not in field
    assert "onpaste" not in field
    assert 'autocomplete="new-password"' in field
    assert "&quot;length&quot;: 12" in field
    assert "&quot;acme&quot;" in field
    assert PASSWORD not in page


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
