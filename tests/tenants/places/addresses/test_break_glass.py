"""Codes with which an owner comes back in, for an hour, and all owners are told."""

import pytest
from django.core import mail
from django.test import Client

from helpdesk.core import clock
from helpdesk.core.ratelimit import Limit
from tenants.actions.break_glass import WrongBreakGlassCodeError, break_glass, codes_left, make_codes
from tenants.models import AddressRule, StaffSession
from tenants.scoping import tenant_scope
from tests.support.entries import entries
from tests.support.later import later
from tests.tenants.places.addresses.conftest import AT_HOME, PAGE, SETTINGS, standing, trying

pytestmark = pytest.mark.django_db
GLASS = f"{PAGE}break-glass/"


def codes_of(owner):
    with tenant_scope(owner.tenant):
        return make_codes(actor=owner, now=clock.now())


def test_an_owner_breaks_the_glass_for_an_hour_and_all_owners_are_told(
    client, sign_in, olive, acme, django_capture_on_commit_callbacks
):
    code, *_ = codes_of(olive)
    standing(olive)
    sign_in(client, olive)
    assert b"You have a break-glass code?" in client.get(SETTINGS, **AT_HOME).content

    with django_capture_on_commit_callbacks(execute=True):
        let_in = client.post(GLASS, {"code": code.lower().replace("-", " ")}, **AT_HOME)

    assert let_in.url == PAGE
    assert client.get(SETTINGS, **AT_HOME).status_code == 200
    assert client.get("/account/sessions/", **AT_HOME).status_code == 200
    assert sign_in(Client(), olive).get(SETTINGS, **AT_HOME).status_code == 403  # another session of hers
    with later(hours=1):
        assert client.get(SETTINGS, **AT_HOME).status_code == 403
    assert [one.to for one in mail.outbox if one.subject == "A break-glass code was used"] == [[olive.user.email]]
    assert entries(acme, "break_glass.used")[0].facts == {"codes_left": 4}


def test_a_broken_glass_confirms_nothing(client, sign_in, olive):
    code, *_ = codes_of(olive)
    trying(olive)
    sign_in(client, olive).post(GLASS, {"code": code}, **AT_HOME)

    client.post(f"{PAGE}confirm/", **AT_HOME)

    with tenant_scope(olive.tenant):
        assert AddressRule.objects.get().state == "trial"


def test_a_code_works_once_for_an_owner_of_its_organisation_and_is_guessed_five_times_at_most(
    client, sign_in, olive, sam, mallory
):
    code, *_ = codes_of(olive)
    standing(olive)
    assert sign_in(Client(), sam).post(GLASS, {"code": code}, **AT_HOME).status_code == 403
    assert sign_in(Client(), mallory).post(GLASS, {"code": code}, **AT_HOME).status_code == 404
    sign_in(client, olive)
    with tenant_scope(olive.tenant):
        break_glass(code=code, actor=olive, session_id=StaffSession.objects.latest("id").id, now=clock.now())
        with pytest.raises(WrongBreakGlassCodeError):
            break_glass(code=code, actor=olive, session_id=olive.id, now=clock.now())
        assert codes_left() == 4
    other = sign_in(Client(), olive)

    answers = [other.post(GLASS, {"code": "0" * 24}, **AT_HOME) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [*[422] * 5, 429]
    assert b"none of your organisation" in answers[4].content
    assert b"That was too often" in answers[5].content


def test_new_codes_take_the_place_of_the_old_and_are_shown_once(client, sign_in, olive):
    old, *_ = codes_of(olive)
    sign_in(client, olive)

    page = client.post(f"{PAGE}codes/")

    assert len(set(page.context["codes"])) == 5
    assert page.context["codes"][0].encode() not in client.get(PAGE).content
    with tenant_scope(olive.tenant), pytest.raises(WrongBreakGlassCodeError):
        break_glass(code=old, actor=olive, session_id=olive.id, now=clock.now())


def test_without_valkey_no_code_is_taken(client, sign_in, olive, monkeypatch):
    import redis

    code, *_ = codes_of(olive)
    standing(olive)
    sign_in(client, olive)

    def away(*_, **__):
        raise redis.ConnectionError

    monkeypatch.setattr(Limit, "wait_s", away)
    client.raise_request_exception = False

    assert client.post(GLASS, {"code": code}, **AT_HOME).status_code >= 500
    assert client.get(SETTINGS, **AT_HOME).status_code == 403
