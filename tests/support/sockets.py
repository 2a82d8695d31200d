"""Sockets of the cast: connect, send commands, receive events."""

import json
import time
from collections.abc import Callable
from typing import Any, Final, Self
from uuid import UUID, uuid4

from django.conf import settings
from django.test import Client
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.support.server import Server

PATIENCE_S: Final = 8.0
CHATTER: Final = frozenset(
    {"heartbeat", "conversation.changed", "typing.changed", "message.posted", "read.moved", "presence.changed"}
    | {"message.remasked", "message.acknowledged", "team.changed"}
)


class ChatSocket:
    """One open socket. What is asked for is waited for; news that nobody asked for is set aside."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.set_aside: list[dict[str, Any]] = []
        self.gathered: list[dict[str, Any]] = []
        self.opened: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def send(self, type_: str, /, **fields: Any) -> None:
        self.send_raw(json.dumps({"v": 1, "type": type_, **fields}, default=str))

    def send_raw(self, frame: str | bytes) -> None:
        self.connection.send(frame)

    def receive(self, timeout: float = PATIENCE_S) -> dict[str, Any]:
        """The next event, whatever it is. News of several conversations comes one by one, as a list takes it."""
        if self.gathered:
            return self.gathered.pop(0)
        event: dict[str, Any] = json.loads(self.connection.recv(timeout=timeout))
        if event["type"] != "conversations.changed":
            return event
        self.gathered = [{"type": "conversation.changed", **each} for each in event["conversations"]]
        return self.gathered.pop(0)

    def expect(self, kind: str, timeout: float = PATIENCE_S, **fields: Any) -> dict[str, Any]:
        """The next event of this type, with these fields; only chatter may come before it."""
        until = time.monotonic() + timeout
        while True:
            event = self.receive(max(0.01, until - time.monotonic()))
            if event["type"] == kind and all(event.get(name) == str(value) for name, value in fields.items()):
                return event
            if event["type"] not in CHATTER:
                raise AssertionError(f"expected {kind}, got {event}")
            self.set_aside.append(event)

    def hears_nothing(self, kind: str, for_s: float = 0.7) -> bool:
        """Whether no event of this type comes within a while."""
        until = time.monotonic() + for_s
        while (left := until - time.monotonic()) > 0:
            try:
                event = self.receive(left)
            except TimeoutError:
                return True
            if event["type"] == kind:
                return False
        return True

    def closed_with(self, timeout: float = PATIENCE_S) -> int:
        """The code the server closes the socket with."""
        until = time.monotonic() + timeout
        try:
            while time.monotonic() < until:
                self.receive(until - time.monotonic())
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006
        except TimeoutError:
            pass
        raise AssertionError("the socket is still open")

    def post(self, conversation: str, text: str, *, client_id: UUID | None = None, kind: str = "public") -> UUID:
        client_id = client_id or uuid4()
        self.send("message.post", client_id=client_id, conversation=conversation, text=text, kind=kind)
        return client_id

    def say(self, conversation: str, text: str, **options: Any) -> dict[str, Any]:
        """Post and wait for the acknowledgement."""
        return self.expect("message.acknowledged", client_id=self.post(conversation, text, **options))


class Browser:
    """A visitor's browser with the widget open."""

    def __init__(self, server: Server, widget_key: str) -> None:
        self.server = server
        self.widget_key = widget_key
        self.token: str | None = None
        self.answer: dict[str, Any] = {}

    def session(self) -> dict[str, Any]:
        headers = {"Origin": self.server.origin, "Sec-Fetch-Site": "same-origin"}
        if self.token:
            headers["X-Hushdesk-Session"] = self.token
        with self.server.client(**headers) as client:
            response = client.post(f"/w/{self.widget_key}/session", json={})
        assert response.status_code == 200, response.text
        self.answer = response.json()
        self.token = self.answer["session"] or self.token
        return self.answer

    def connect(self, *, positions: list[dict[str, Any]] | None = None) -> ChatSocket:
        """Fetch a ticket and open a session."""
        ticket = self.session()["ticket"]
        chat = ChatSocket(dial(self.server, "/ws/visitor/", origin=self.server.origin))
        chat.send("session.open", ticket=ticket, conversations=positions or [])
        chat.opened = chat.expect("session.opened")
        return chat

    def start(self, chat: ChatSocket, client_id: UUID | None = None) -> str:
        """Begin a conversation; returns its id."""
        client_id = client_id or uuid4()
        # As who reads what they are shown, and agrees where that is asked.
        consent = {"notice": self.answer["notice"]["hash"]}
        chat.send("conversation.start", client_id=client_id, consent=consent)
        return str(chat.expect("conversation.started", client_id=client_id)["conversation"])


def agent_socket(server: Server, client: Client, slug: str, *, opened: bool = True) -> ChatSocket:
    """The socket of a member who has signed in with `client`."""
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"}
    chat = ChatSocket(dial(server, f"/ws/agent/{slug}/", origin=server.origin, headers=headers))
    if opened:
        chat.send("session.open", conversations=[])
        chat.expect("session.opened")
    return chat


def dial(
    server: Server, path: str, *, origin: str | None = None, headers: dict[str, str] | None = None
) -> ClientConnection:
    opening = connect(
        f"ws://{server.host}{path}", sock=server.dial(), origin=origin,  # type: ignore[arg-type]
        additional_headers=headers or {}, compression=None, max_size=None,
    )  # fmt: skip
    # Entered and not left: the socket's owner closes it.
    return opening.__enter__()


def eventually(look: Callable[[], Any], timeout: float = PATIENCE_S) -> Any:
    """Look again until there is something to see."""
    until = time.monotonic() + timeout
    while not (seen := look()):
        if time.monotonic() > until:
            raise AssertionError("it never came about")
        time.sleep(0.05)
    return seen
