"""A password is changed by who knows the present one, is judged, and does not come back too soon."""

from itertools import pairwise

import pytest
from django.core import mail
from django.test import Client

from compliance.models import AuditEntry
from tenants.actions import passwords
from tenants.models import UsedPassword, User
from tenants.passwords.judging import UnfitPasswordError
from tenants.passwords.setting import KEPT
from tenants.scoping import tenant_scope
from tests.factories.tenants import PASSWORD
from tests.tenants.passwords.choosing.conftest import CHANGE, NEW, change

pytestmark = pytest.mark.django_db


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
