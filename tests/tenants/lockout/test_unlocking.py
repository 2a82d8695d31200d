"""A lock is ended by a mailed link, or by an owner."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client

from tenants.models import User
from tests.factories.tenants import make_factor
from tests.support.entries import entries
from tests.support.signing_in import FACTOR, code_of, give_password
from tests.tenants.lockout.conftest import WRONG, ask_for_link, lock

pytestmark = pytest.mark.django_db
PEOPLE = "/o/acme/settings/people/"


def mailed_code():
    return re.search(r"/sign-in/unlock/link/#([\w-]+)", mail.outbox[-1].body).group(1)


def open_link(client, code):
    return client.post("/sign-in/unlock/link/", {"code": code})


def test_a_mailed_link_lets_its_browser_in_and_the_second_factor_ends_the_lock(ada):
    make_factor(ada.user)
    lock(ada.user.email)
    client = Client()
    ask_for_link(client, ada.user.email)

    assert open_link(client, mailed_code()).url == "/sign-in/"
    assert give_password(client, ada.user).url == FACTOR
    assert give_password(Client(), ada.user).status_code == 429, "locked until the second factor is given"
    client.post(FACTOR, {"code": code_of(ada.user)})

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


def test_deactivated_people_are_not_unlocked_by_mail(client, ada):
    User.objects.filter(id=ada.user_id).update(is_active=False)

    ask_for_link(client, ada.user.email)

    assert "#" not in mail.outbox[-1].body
