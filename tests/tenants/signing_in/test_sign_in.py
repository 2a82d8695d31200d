"""Signing in: password, then second factor, then the page that was asked for."""

from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp

from tenants.models import SealedTOTPDevice, User
from tenants.sign_in import ConfirmedBackend
from tests.factories.tenants import make_factor
from tests.support.signing_in import ENROL, FACTOR, SIGN_IN, code_of, give_password

pytestmark = pytest.mark.django_db


def session_key(client):
    return client.session.session_key


def test_password_and_code_lead_to_the_inbox(client, ada):
    make_factor(ada.user)

    assert give_password(client, ada.user).url == FACTOR
    assert client.post(FACTOR, {"code": code_of(ada.user)}).url == reverse("accounts:organisations")
    assert client.get(reverse("accounts:organisations")).url == "/o/acme/inbox/"


def test_the_password_alone_opens_no_page_of_an_organisation(client, olive):
    make_factor(olive.user)
    give_password(client, olive.user)

    response = client.get("/o/acme/settings/people/")

    assert response.status_code == 302
    assert response.url.startswith(FACTOR)


def test_the_session_key_changes_at_each_step(client, ada):
    make_factor(ada.user)
    client.get(SIGN_IN)
    session = client.session
    session["planted"] = True
    session.save()
    keys = [session_key(client)]
    client.cookies["__Host-session"] = keys[0]

    give_password(client, ada.user)
    keys.append(session_key(client))
    client.post(FACTOR, {"code": code_of(ada.user)})
    keys.append(session_key(client))

    assert len(set(keys)) == 3


def test_a_code_works_once(client, ada):
    make_factor(ada.user)
    code = code_of(ada.user)
    give_password(client, ada.user)
    client.post(FACTOR, {"code": code})
    other = Client()
    give_password(other, ada.user)

    response = other.post(FACTOR, {"code": code})

    assert response.status_code == 422
    assert "was used before" in response.text


def test_the_first_sign_in_enrols_an_authenticator_app(client, ada):
    give_password(client, ada.user)
    assert client.get(FACTOR).url == ENROL
    page = client.get(ENROL)
    assert 'src="data:image/svg+xml' in page.text
    device = SealedTOTPDevice.objects.get(user=ada.user)
    again = client.get(ENROL)
    assert SealedTOTPDevice.objects.get(user=ada.user) == device, "a reload keeps the seed"
    assert again.status_code == 200

    response = client.post(ENROL, {"code": f"{totp(device.seed()):06d}"})

    assert response.url == reverse("accounts:backup_codes")
    assert client.get("/o/acme/settings/").status_code == 200


def test_a_seed_shown_in_another_session_cannot_be_confirmed_in_this_one(client, ada):
    thief = Client()
    give_password(thief, ada.user)
    thief.get(ENROL)
    seen = SealedTOTPDevice.objects.get(user=ada.user)
    give_password(client, ada.user)
    client.get(ENROL)

    response = client.post(ENROL, {"code": f"{totp(seen.seed()):06d}"})

    assert response.status_code == 422
    assert not SealedTOTPDevice.objects.filter(id=seen.id).exists()


def test_who_has_a_second_factor_cannot_enrol_another_without_it(client, ada):
    make_factor(ada.user)
    give_password(client, ada.user)

    assert client.get(ENROL).url == FACTOR
    assert SealedTOTPDevice.objects.filter(user=ada.user).count() == 1


def test_the_page_asked_for_comes_after_both_steps(client, ada):
    make_factor(ada.user)
    asked = client.get("/o/acme/settings/")
    response = give_password(client, ada.user, next="/o/acme/settings/")

    assert asked.url == f"{SIGN_IN}?next=/o/acme/settings/"
    assert response.url == f"{FACTOR}?next=%2Fo%2Facme%2Fsettings%2F"
    response = client.post(response.url, {"code": code_of(ada.user), "next": "/o/acme/settings/"})
    assert response.url == "/o/acme/settings/"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "\n//evil.example", "evil"],
)
def test_only_our_own_pages_are_led_to(client, ada, sign_in, target):
    sign_in(client, ada)

    response = client.get(f"{SIGN_IN}?next={quote(target)}")

    assert response.url == reverse("accounts:organisations")


def test_who_is_signed_in_skips_signing_in(client, ada, sign_in):
    sign_in(client, ada)

    assert client.get(SIGN_IN).status_code == 302
    assert client.get(FACTOR).status_code == 302
    assert client.get(ENROL).status_code == 302
    assert client.get("/signup/").status_code == 302


def test_signing_out_is_a_post(client, ada, sign_in):
    sign_in(client, ada)
    assert client.get("/sign-out/").status_code == 405

    client.post("/sign-out/")

    assert client.get("/o/acme/settings/").url.startswith(SIGN_IN)


def test_forms_need_their_csrf_token(ada):
    strict = Client(enforce_csrf_checks=True)

    assert give_password(strict, ada.user).status_code == 403


@pytest.mark.parametrize("change", [{"is_active": False}, {"email_confirmed_at": None}], ids=["closed", "unconfirmed"])
def test_a_session_opens_nothing_once_its_person_may_not_sign_in(client, sign_in, ada, change):
    sign_in(client, ada)
    assert client.get("/o/acme/settings/").status_code == 200
    User.objects.filter(id=ada.user_id).update(**change)

    # By itself, without the look that every page takes after it.
    assert ConfirmedBackend().get_user(ada.user_id) is None
    response = client.get("/o/acme/settings/")

    assert response.status_code == 302
    assert response.url.startswith(SIGN_IN)
