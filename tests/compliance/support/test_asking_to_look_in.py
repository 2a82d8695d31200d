"""An operator asks an organisation's owners to be let in, with a reason, once."""

from datetime import timedelta

import pytest
from django.core import mail

from compliance.actions.reasons import ReasonMissingError
from compliance.actions.support import AlreadyAskedError, NotOpenError
from compliance.models import SupportState
from tenants.models import Tenant, TenantStatus
from tenants.permissions import NotPermittedError
from tenants.roles import Role
from tests.compliance.support.conftest import PAGE, events, is_live, trail
from tests.factories.support import ask_support
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db


def test_an_operator_asks_and_every_owner_is_told_without_the_reason(
    acme, olive, oscar, now, django_capture_on_commit_callbacks
):
    make_member(acme, "Otto", Role.OWNER, now=now)
    make_member(acme, "Ada", Role.AGENT, now=now)
    reason = "Card 4111 1111 1111 1111 is not masked"

    with django_capture_on_commit_callbacks(execute=True):
        grant = ask_support(acme, oscar, reason=reason, now=now)

    assert {one.to[0] for one in mail.outbox} == {olive.user.email, "otto@acme.example"}
    assert all("Oscar" in one.body and PAGE in one.body and "masked" not in one.body for one in mail.outbox)
    assert "4111 1111" not in grant.reason
    assert not is_live(grant, oscar)
    assert events(acme) == [("asked", "operator", {"reason": grant.reason})]
    assert trail(oscar) == [("asked", acme.id)]


@pytest.mark.parametrize("reason", ["", " \n "])
def test_nobody_asks_without_a_reason(acme, oscar, now, reason):
    with pytest.raises(ReasonMissingError):
        ask_support(acme, oscar, reason=reason, now=now)


def test_who_is_no_operator_asks_nothing(acme, ada, mallory, now):
    for person in (ada.user, mallory.user):
        with pytest.raises(NotPermittedError):
            ask_support(acme, person, now=now)


def test_an_operator_asks_once_until_it_is_answered_or_over(acme, oscar, now):
    ask_support(acme, oscar, now=now)

    with pytest.raises(AlreadyAskedError):
        ask_support(acme, oscar, now=now)
    again = ask_support(acme, oscar, now=now + timedelta(hours=25))
    assert again.state(now + timedelta(hours=25)) is SupportState.ASKED
    assert [event for event, *_ in events(acme)] == ["asked", "ended", "asked"]


def test_of_an_organisation_that_is_suspended_nothing_is_asked(acme, oscar, now):
    Tenant.objects.filter(id=acme.id).update(status=TenantStatus.SUSPENDED)

    with pytest.raises(NotOpenError):
        ask_support(acme, oscar, now=now)
