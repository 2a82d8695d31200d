"""An operator who has lost everything is let back in by two others of them; no page or statement goes around that."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError
from django.urls import reverse
from django_otp.oath import totp

from compliance.actions.operator_recovery import (
    AlreadyAskedError,
    NoResetError,
    SameOperatorError,
    approve_reset,
    ask_reset,
    decline_reset,
)
from compliance.models import OperatorEntry, OperatorReset
from tenants import factor_list
from tenants.actions.backup_codes import make_backup_codes
from tenants.actors import Actor
from tenants.models import BackupCodes, SealedTOTPDevice, StaffSession
from tenants.operator_role import as_operator
from tenants.permissions import NotPermittedError
from tests.factories.tenants import make_factor, make_person

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/compliance/operatorreset/"


@pytest.fixture
def orla(now):
    """An operator who has lost phone and key."""
    person = make_person("Orla", email="orla@hushdesk.example", is_operator=True, now=now)
    make_factor(person)
    return person


@pytest.fixture
def otis(now):
    """A third operator."""
    return make_person("Otis", email="otis@hushdesk.example", is_operator=True, now=now)


def asked(user, by, now):
    return ask_reset(user=user, reason="Lost, card 4111 1111 1111 1111", actor=Actor.operator(by), now=now)


def agreed(reset, by, now):
    return approve_reset(reset_id=reset.id, actor=Actor.operator(by), now=now)


def trail():
    found = OperatorEntry.objects.filter(event__startswith="operator.").order_by("at", "id")
    return list(found.values_list("event", "operator_id"))


def test_one_asks_another_agrees_and_all_are_told(client, sign_in, oscar, orla, otis, now):
    sign_in(client, oscar, fresh=False)
    address = reverse("admin:tenants_user_reset_factors", args=[orla.id])
    assert address in client.get(reverse("admin:tenants_user_change", args=[orla.id])).text
    assert client.post(address, {"reason": "Lost"}).status_code == 422
    given = {"reason": "Lost, card 4111 1111 1111 1111", "code": f"{totp(make_factor(oscar).seed()):06d}"}
    assert client.post(address, given).url == LIST
    reset = OperatorReset.objects.get()
    assert "4111 1111" not in reset.reason
    assert {one.to[0] for one in mail.outbox} == {otis.email}
    deciding = f"{LIST}{reset.id}/decide/"
    assert deciding in client.get(LIST).text
    assert "three different people" in client.get(deciding).text
    assert "You asked for it yourself" in client.post(deciding, {"agree": "1"}, follow=True).text
    assert factor_list.has_factor(orla)

    client.logout()
    sign_in(client, otis, fresh=False)
    unsure = client.post(deciding, {"agree": "1"})
    assert (unsure.status_code, factor_list.has_factor(orla)) == (422, True)
    client.post(deciding, {"agree": "1", "fresh-code": f"{totp(make_factor(otis).seed()):06d}"})

    assert not factor_list.has_factor(orla)
    assert {one.to[0] for one in mail.outbox[1:]} == {orla.email, oscar.email, otis.email}
    assert trail() == [("operator.reset_asked", oscar.id), ("operator.reset_decided", otis.id)]
    assert "already, or its time" in client.post(deciding, {"agree": "1"}, follow=True).text
    assert "Agreed" in client.get(LIST).text


def test_every_session_ends_and_backup_codes_go_too(client, sign_in, oscar, orla, otis, now):
    sign_in(client, orla)
    make_backup_codes(person=orla, now=now)

    agreed(asked(orla, oscar, now), otis, now)

    assert not BackupCodes.objects.filter(user=orla).exists()
    assert client.get("/admin/").status_code == 302
    assert StaffSession.objects.filter(user=orla).count() in {0, 1}


def test_whom_it_is_about_who_asks_and_who_agrees_are_three(oscar, orla, otis, now):
    with pytest.raises(SameOperatorError):
        asked(orla, orla, now)
    reset = asked(orla, oscar, now)
    for person in (oscar, orla):
        with pytest.raises(SameOperatorError):
            agreed(reset, person, now)
    for wrong in ({"decided_by": oscar}, {"decided_by": orla}, {"decided_by": None}):
        with pytest.raises(IntegrityError):
            OperatorReset.objects.filter(id=reset.id).update(is_approved=True, decided_at=now, **wrong)
    with pytest.raises(IntegrityError):
        OperatorReset.objects.create(user=otis, reason="x", asked_by=otis, asked_at=now)
    assert factor_list.has_factor(orla)


def test_nobody_else_asks_agrees_or_declines(ada, olive, mallory, oscar, orla, now):
    reset = asked(orla, oscar, now)

    for member in (ada, olive, mallory):
        for act in (
            lambda who: asked(orla, who, now),
            lambda who: agreed(reset, who, now),
            lambda who: decline_reset(reset_id=reset.id, actor=Actor.operator(who), now=now),
        ):
            with pytest.raises(NotPermittedError):
                act(member.user)


def test_it_is_asked_once_and_over_after_a_day(oscar, orla, otis, now):
    reset = asked(orla, oscar, now)
    with pytest.raises(AlreadyAskedError):
        asked(orla, otis, now)
    late = now + timedelta(hours=24)

    with pytest.raises(NoResetError):
        agreed(reset, otis, late)
    agreed(asked(orla, otis, late), oscar, late)

    assert not factor_list.has_factor(orla)


def test_what_was_declined_is_not_agreed_to(oscar, orla, otis, now):
    reset = asked(orla, oscar, now)
    decline_reset(reset_id=reset.id, actor=Actor.operator(otis), now=now)

    with pytest.raises(NoResetError):
        agreed(reset, otis, now)
    with pytest.raises(NoResetError):
        decline_reset(reset_id=reset.id, actor=Actor.operator(otis), now=now)


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_operator": False}])
def test_a_question_falls_with_who_asked_it(oscar, orla, otis, now, change):
    reset = asked(orla, oscar, now)
    type(oscar).objects.filter(id=oscar.id).update(**change)

    with pytest.raises(NoResetError):
        agreed(reset, otis, now)


def test_who_is_no_operator_is_not_asked_for(oscar, ada, now):
    with pytest.raises(NoResetError):
        asked(ada.user, oscar, now)


def test_by_their_own_role_operators_take_no_operators_factor_without_it(oscar, orla, otis, ada, now):
    make_factor(ada.user)
    reset = asked(orla, oscar, now)
    with as_operator():
        with pytest.raises(DatabaseError, match="nobody has agreed"):
            SealedTOTPDevice.objects.filter(user_id=orla.id)._raw_delete("default")
        assert SealedTOTPDevice.objects.filter(user_id=ada.user_id)._raw_delete("default") == 1

        agreed(reset, otis, now)

    assert not factor_list.has_factor(orla)


def test_the_last_operator_is_let_back_in_from_the_server(orla, oscar, now, capsys):
    call_command("reset_operator_factors", email="ORLA@hushdesk.example", reason="Seen in person")

    assert not factor_list.has_factor(orla)
    assert trail() == [("operator.reset_by_command", orla.id)]
    assert {one.to[0] for one in mail.outbox} == {orla.email, oscar.email}


@pytest.mark.parametrize(
    ("email", "reason"),
    [("nobody@example.com", "x"), ("ada@acme.example", "x"), ("no", "x"), ("orla@hushdesk.example", " ")],
)
def test_the_command_says_what_is_wrong(orla, ada, email, reason):
    with pytest.raises(CommandError):
        call_command("reset_operator_factors", email=email, reason=reason)
    assert factor_list.has_factor(orla)
