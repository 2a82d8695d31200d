"""Keys that do not fit, hosts and forms that are not ours: through the real server."""

import hashlib
from contextlib import ExitStack
from uuid import uuid4

import pytest
import redis

from tests.journeys.people import Window
from tests.support.sockets import Browser, ChatSocket, dial

SIGNED_OUT = 4401


@pytest.fixture
def gina(demo):
    """A visitor on Globex's site."""
    return Browser(demo.server, demo.widget_key("Globex"))


def test_a_ticket_lives_half_a_minute_and_opens_nothing_afterwards(demo, vera):
    ticket = vera.session()["ticket"]
    valkey = redis.Redis.from_url(demo.data.redis_url())
    (key,) = [
        key for key in valkey.scan_iter("ticket:all:*")
        if key.decode().endswith(hashlib.sha256(ticket.encode()).hexdigest())
    ]  # fmt: skip

    assert 0 < valkey.ttl(key) <= 30
    valkey.pexpire(key, 1)
    chat = ChatSocket(dial(demo.server, "/ws/visitor/", origin=demo.server.origin))
    chat.send("session.open", ticket=ticket, conversations=[])

    assert chat.closed_with() == SIGNED_OUT


def test_one_browser_is_a_stranger_at_another_organisation(vera, gina):
    with vera.connect() as visitor:
        conversation = vera.start(visitor)
        visitor.say(conversation, "For Acme only")
    gina.token = vera.token

    assert gina.session()["conversation"] is None
    with gina.connect(positions=[{"conversation": conversation, "after_sequence": 0}]) as stranger:
        for command in ("conversation.resume", "message.post"):
            more = {"after_sequence": 0} if command.endswith("resume") else {"client_id": uuid4(), "text": "Hello"}
            stranger.send(command, conversation=conversation, **more)
            assert stranger.expect("error")["code"] == "not_found"


def test_two_tabs_that_send_the_same_message_at_once_send_it_once(vera):
    client_id = uuid4()
    with ExitStack() as stack:
        tabs = [stack.enter_context(vera.connect()) for _ in range(2)]
        conversation = vera.start(tabs[0])
        for tab in tabs:
            tab.post(conversation, "Just once", client_id=client_id)
        acknowledged = [tab.expect("message.acknowledged", client_id=client_id)["sequence"] for tab in tabs]
        tabs[0].send("conversation.resume", conversation=conversation, after_sequence=0)
        stored = tabs[0].expect("conversation.resumed")["messages"]

    assert acknowledged == [1, 1]
    assert [message["text"] for message in stored] == ["Just once"]


@pytest.mark.parametrize("path", ["/", "/sign-in/", "/o/acme/inbox/", "/w/whatever/"])
def test_a_host_that_is_not_ours_finds_nothing(demo, path):
    answer = Window(demo.server).get(path, headers={"Host": "desk.attacker.example"})

    assert answer.status_code == 404
    assert "attacker" not in answer.text


@pytest.mark.parametrize("headers", [{"Origin": "http://shop.localhost"}, {"Origin": "null"}, {"X-CSRFToken": "wrong"}])
def test_a_form_from_elsewhere_or_without_its_token_is_refused(ada, headers):
    answer = ada.ask("POST", f"/o/acme/conversations/{uuid4()}/take/", headers=headers)

    assert answer.status_code == 403
