"""Keys that do not fit, and readers that do not read: through the real server."""

import hashlib
import json
import socket
from contextlib import ExitStack
from uuid import uuid4

import pytest
import redis
from websockets.sync.client import connect

from tests.journeys.people import Window
from tests.support.sockets import Browser, ChatSocket, dial

SIGNED_OUT = 4401
TOO_SLOW = 4413


@pytest.fixture
def gina(demo):
    """A visitor on Globex's site."""
    return Browser(demo.server, demo.widget_key("Globex"))


def test_a_ticket_lives_half_a_minute_and_opens_nothing_afterwards(demo, vera):
    ticket = vera.session()["ticket"]
    valkey = redis.Redis.from_url(demo.data.redis_url())
    (key,) = [
        key for key in valkey.scan_iter("chat:ticket:*")
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


def test_a_reader_that_does_not_read_is_cut_off_and_slows_nobody(demo, vera):
    with vera.connect() as visitor:
        conversation = vera.start(visitor)
        for number in range(12):
            visitor.say(conversation, f"{number} " + "walnut " * 1100)
        with slow_reader(demo.server, vera) as sluggard:
            for _ in range(90):
                sluggard.send(frame("conversation.resume", conversation=conversation, after_sequence=0))
            for number in range(5):
                visitor.say(conversation, f"still quick {number}")

            chat = ChatSocket(sluggard)
            assert chat.closed_with(timeout=20) == TOO_SLOW


def slow_reader(server, browser):
    """A socket whose window for what comes in is small, and which nobody reads."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect(("127.0.0.1", server.port))
    ticket = browser.session()["ticket"]
    opened = connect(
        f"ws://{server.host}/ws/visitor/", sock=line, origin=server.origin, compression=None, max_size=None, max_queue=1
    )
    opened.send(frame("session.open", ticket=ticket, conversations=[]))
    opened.recv(timeout=8)
    return opened


def frame(kind, **fields):
    return json.dumps({"v": 1, "type": kind, **fields}, default=str)
