"""A system that compares says whether it matches, and no more."""

from datetime import timedelta

import pytest

from chat.actions import form_templates
from chat.actions.form_requests import TooManyChecksError
from chat.models import FormState, Handling
from tenants.scoping import tenant_scope
from tests.chat.forms.conftest import again, lines, send
from tests.chat.forms.forwarding.conftest import ask, bring


def test_match_or_no_match_is_all_that_is_said_of_what_the_system_compares(desk, chat, odd, now):
    odd.body = b'{"outcome": "match", "last_four": "6789", "receipt": "R-1"}'
    form = send(ask(desk, chat, Handling.ASK, "ssn"), now)

    bring(form)

    ended = again(form)
    assert (ended.state, ended.outcome, ended.last_four) == (FormState.CHECKED, "match", "")
    assert lines(chat, desk.member)[-1] == (
        "Secure form “Social security number” for Ada was compared, and destroyed: it matches."
    )


def test_a_system_that_says_neither_has_not_compared(desk, chat, odd, now):
    form = send(ask(desk, chat, Handling.ASK, "ssn"), now)

    bring(form)

    assert (again(form).state, again(form).why, again(form).outcome) == (FormState.REFUSED, "unclear", "")


def test_a_visitor_who_did_not_match_three_times_is_not_compared_again_today(desk, chat, odd, now):
    odd.body = b'{"outcome": "no_match"}'
    for _ in range(3):
        bring(send(ask(desk, chat, Handling.ASK, "ssn"), now))
    with pytest.raises(TooManyChecksError):
        desk.ask(chat, asked_ssn(desk))
    desk.now = now + timedelta(hours=25)
    desk.ask(chat, asked_ssn(desk))


def asked_ssn(desk):
    with tenant_scope(desk.member.tenant):
        return form_templates.form_named("ssn")
