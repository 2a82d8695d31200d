"""A system that is away, odd or unwilling, and forms that end on their way to it."""

import json
from datetime import timedelta

import pytest
import time_machine

from chat.actions import form_endings, form_forwarding, form_requests
from chat.actions.assignment import assign_conversation
from chat.models import FormState
from chat.secure_forms import volatile
from tenants.actors import Actor
from tenants.scoping import tenant_scope
from tests.chat.forms.conftest import again, lines, send
from tests.chat.forms.forwarding.conftest import ask, bring


def test_a_system_that_is_not_there_is_tried_again_with_the_same_id_and_then_takes_it(desk, chat, odd, now):
    form = send(ask(desk, chat), now)
    odd.status = 503
    assert 1 <= bring(form) <= 2
    waiting = again(form)
    assert (waiting.state, waiting.attempts) == (FormState.SUBMITTED, 1)
    assert volatile.is_there(form.tenant_id, form.id)
    assert 2 <= bring(form) <= 4
    odd.status = 200

    assert bring(form) is None

    assert again(form).state == FormState.FORWARDED
    assert {headers["webhook-id"] for headers, _ in odd.got} == {str(form.id)}
    assert len({body for _, body in odd.got}) == 1


def test_when_its_time_is_over_it_is_destroyed_and_that_is_told(desk, chat, odd, now):
    form = send(ask(desk, chat), now)
    odd.status = 500
    with time_machine.travel(now + timedelta(minutes=4, seconds=59), tick=False):
        assert bring(form) is None

    ended = again(form)
    assert (ended.state, ended.why) == (FormState.EXPIRED, "unreached")
    assert not volatile.is_there(form.tenant_id, form.id)
    assert lines(chat, desk.member)[-1].endswith("the system was not reached in time; nobody has read anything.")


@pytest.mark.parametrize("status", [302, 400, 401, 404, 410])
def test_a_system_that_does_not_want_it_ends_it_at_once(desk, chat, odd, now, status):
    odd.status, odd.headers = status, {"Location": "http://169.254.169.254/"}
    form = send(ask(desk, chat), now)

    assert bring(form) is None

    assert (again(form).state, len(odd.got)) == (FormState.REFUSED, 1)
    assert not volatile.is_there(form.tenant_id, form.id)


def test_what_it_answers_is_masked_before_it_stands_in_the_conversation(desk, chat, odd, now):
    odd.body = json.dumps({"receipt": "4111 1111 1111 1111", "last_four": "1111"}).encode()
    form = send(ask(desk, chat), now)

    bring(form)

    assert "4111" not in lines(chat, desk.member)[-1]


def test_what_ends_a_form_on_its_way_lets_it_not_be_tried_again(desk, chat, odd, sam, now):
    form = send(ask(desk, chat), now)

    def transfer():
        with tenant_scope(form.tenant_id):
            form_endings.end_of_conversation(again(form).conversation, why="transfer", actor=actor, now=now)

    actor = Actor.member(sam)
    odd.status = 503
    with tenant_scope(form.tenant_id):
        parcel = form_forwarding._taken_out(form.id, now=now)
    transfer()
    assert (again(form).state, again(form).why) == (FormState.FORWARDING, "transfer")
    with tenant_scope(form.tenant_id):
        assert form_forwarding._put_back(parcel, now=now) is None

    assert (again(form).state, again(form).why) == (FormState.REVOKED, "transfer")
    assert not volatile.is_there(form.tenant_id, form.id)


def test_what_had_arrived_when_it_was_withdrawn_is_told_as_arrived(desk, chat, system, now):
    form = send(ask(desk, chat), now)
    with tenant_scope(form.tenant_id):
        form_forwarding._taken_out(form.id, now=now)
        form_requests.cancel_form(conversation_id=chat.id, form_id=form.id, actor=desk.member, now=now)
        form_forwarding._end(form.id, form_forwarding.Answer(), why="refused", now=now)

    assert again(form).state == FormState.FORWARDED


def test_of_a_worker_that_was_killed_on_the_way_nobody_says_what_nobody_knows(desk, chat, system, now):
    form = send(ask(desk, chat), now)
    with tenant_scope(form.tenant_id):
        form_forwarding._taken_out(form.id, now=now)
        assert form_endings.look_after(now=now + timedelta(seconds=9)) == 0
        assert form_endings.look_after(now=now + timedelta(seconds=11)) == 1

    assert (again(form).state, again(form).why) == (FormState.EXPIRED, "in_flight")
    assert bring(form) is None
    assert system.taken == []


def test_a_transfer_before_it_is_on_its_way_destroys_it(desk, chat, system, sam, now):
    form = send(ask(desk, chat), now)
    with tenant_scope(form.tenant_id):
        assign_conversation(conversation_id=chat.id, assignee_id=sam.id, actor=sam, now=now)

    assert again(form).state == FormState.REVOKED
    assert bring(form) is None
    assert system.taken == []
