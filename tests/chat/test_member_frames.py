"""The workspace over HTTP, where no socket is let through: the same frames, answers, limits and refusals."""

import json
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from chat import presence
from chat.actions import limits
from chat.models import Message, ReadMark
from helpdesk.core.ratelimit import Limit
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.tenants import make_member
from tests.support.without_sockets import Tab

pytestmark = pytest.mark.django_db


def test_a_member_learns_what_is_new_reads_it_answers_and_is_acknowledged_once(acme, tab, asked):
    client_id = uuid4()

    _, opened = tab.open(asked)
    _, resumed = tab.send("conversation.follow", conversation=asked.id, after_sequence=0)
    answers = [tab.post(asked.id, "card 4111 1111 1111 1111", client_id) for _ in range(2)]
    _, rest = tab.send("conversation.resume", conversation=asked.id, after_sequence=1)

    assert opened["conversations"][0]["last_sequence"] == 1
    assert [message["text"] for message in resumed["messages"]] == ["Is the larger tent back in stock?"]
    assert answers[0] == answers[1]
    assert answers[0][1]["sequence"] == 2
    assert [message["client_id"] for message in rest["messages"]] == [str(client_id)]
    assert "4111 1111" not in rest["messages"][0]["text"]
    with tenant_scope(acme):
        assert Message.objects.count() == 2


def test_each_question_is_a_sign_of_life(acme, ada, tab, now):
    tab.open()

    assert ada.id in presence.signs(acme.id)


def test_what_a_member_has_read_moves_their_side_and_typing_is_told(acme, tab, asked):
    status, told = tab.send("read.mark", conversation=asked.id, sequence=1)
    typing = tab.send("typing.set", conversation=asked.id, on=True)

    assert (status, told) == typing == (204, None)
    with tenant_scope(acme):
        assert ReadMark.objects.get().sequence == 1
    assert tab.open(asked)[1]["conversations"][0]["read_sequence"] == 1


def test_mallory_finds_of_another_organisation_what_she_finds_of_nothing(sign_in, mallory, asked):
    hers = Tab(sign_in, mallory)

    def answers(conversation):
        at = {"conversation": conversation}
        return [
            hers.send("session.open", conversations=[{**at, "after_sequence": 0}]),
            hers.send("conversation.follow", **at),
            hers.send("conversation.resume", **at, after_sequence=0),
            hers.send("typing.set", **at, on=True),
            hers.send("read.mark", **at, sequence=1),
            hers.post(conversation, client_id="01a214b1-3eaa-76af-84c3-691325960ded"),
        ]

    assert answers(asked.id) == answers(uuid4())
    assert [status for status, _ in answers(asked.id)] == [200, 404, 404, 404, 404, 404]
    assert hers.client.post("/o/acme/frames/", "{}", content_type="application/json").status_code == 404


def test_without_a_second_factor_or_the_token_of_the_page_there_is_nothing(ada, tab):
    stranger = Client(headers={"Host": settings.SITE_HOST})
    stranger.force_login(ada.user)
    forged = Client(enforce_csrf_checks=True, headers={"Host": settings.SITE_HOST})
    forged.cookies = tab.client.cookies

    assert stranger.post("/o/acme/frames/", "{}", content_type="application/json").status_code == 302
    assert forged.post("/o/acme/frames/", "{}", content_type="application/json").status_code == 403


def test_who_may_only_read_posts_nothing(acme, sign_in, asked, now):
    officer = Tab(sign_in, make_member(acme, "Cleo", Role.COMPLIANCE_OFFICER, now=now))

    assert officer.open(asked)[0] == 200
    assert officer.post(asked.id)[0] == 403


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "bad_frame"),
        (b"\xff\xfe", "bad_frame"),
        ("{" * 9000, "bad_frame"),
        ('{"v": 1, "type": "conversation.start"}', "unknown_type"),
        ('{"v": 1, "type": "heartbeat"}', "unknown_type"),
        ('{"v": 1, "type": "message.post", "surprise": 1}', "bad_frame"),
        (json.dumps({"v": 1, "type": "session.open", "conversations": [{"conversation": "0" * 32}] * 51}), "bad_frame"),
    ],
)
def test_what_is_no_frame_is_refused(tab, body, code):
    status, told = tab.send_raw(body)

    assert (status, told["type"], told["code"]) == (400, "error", code)


def test_who_sends_without_end_is_slowed(tab, monkeypatch):
    monkeypatch.setattr(limits, "MEMBER_FRAMES", Limit("chat.member_frame", burst=2, per_s=0.01))

    answers = [tab.open() for _ in range(3)]

    assert [status for status, _ in answers] == [200, 200, 429]
    assert answers[2][1]["retry_ms"] > 0
