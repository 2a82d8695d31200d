"""One real conversation with a running demo: a visitor asks, an agent answers, the row holds ciphertext."""

import json
import re
import socket
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from typing import Any, Final
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

from django.conf import settings
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from chat import selectors
from chat.disclosure import transcript
from chat.models import Message
from helpdesk.core import clock
from helpdesk.launch.demo_facts import code_now
from tenants.models import Membership, Tenant
from tenants.scoping import tenant_scope

PATIENCE_S: Final = 15.0
CARD: Final = "4111 1111 1111 1111"
QUESTION: Final = f"Hello, could you charge my card {CARD} for the larger tent?"
MASKED: Final = QUESTION.replace(CARD, "[card •••• 1111]")
REPLY: Final = "Please pay by the link in your order mail; cards are hidden here."
TOKEN_FIELD: Final = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class CheckError(Exception):
    """A step did not go as it should; the message names it."""


@dataclass
class Caller:
    """A plain client: dials an address, names the demo's own host, keeps cookies."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[HTTPResponse, str]:
        """Return the answer to one request and its text."""
        address = urlsplit(self.url)
        connection = HTTPConnection(address.hostname or "", address.port or 80, timeout=PATIENCE_S)
        sent = {"Host": host(), "Origin": settings.SITE_ORIGIN, **self.cookie_header(), **headers}
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return response, text

    def submit(self, path: str, **fields: str) -> HTTPResponse:
        """Send a form as its page would."""
        _, page = self.ask("GET", path)
        token = TOKEN_FIELD.search(page)
        if token is None:
            raise CheckError(f"{path} shows no form")
        body = urlencode({**fields, "csrfmiddlewaretoken": token.group(1)}).encode()
        return self.ask("POST", path, body, **{"Content-Type": "application/x-www-form-urlencoded"})[0]

    def cookie_header(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}

    def dial(self, path: str) -> ClientConnection:
        """Open a socket."""
        address = urlsplit(self.url)
        dialled = socket.create_connection((address.hostname or "", address.port or 80), timeout=PATIENCE_S)
        opening = connect(
            f"ws://{host()}{path}", sock=dialled, origin=Origin(settings.SITE_ORIGIN), compression=None,
            additional_headers=self.cookie_header(),
        )  # fmt: skip
        # Entered and not left: the check's end closes it.
        return opening.__enter__()


def host() -> str:
    return urlsplit(settings.SITE_URL).netloc


def hold_conversation(url: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Talk through both sockets and look at what was stored.

    Returns:
        `ok`, `delivered_ms` (visitor's send to agent's screen), `masked`, `sealed`, `answered`.

    Raises:
        CheckError: A step did not go as it should.
    """
    person = next(person for person in facts["people"] if person["role"] == "agent")
    organisation = next(each for each in facts["organisations"] if each["name"] == person["organisation"])
    agent = sign_in(url, person).dial(f"/ws/agent/{organisation['slug']}/")
    visitor, notice = open_widget(url, organisation["widget_key"])
    with agent, visitor:
        _send(agent, "session.open", conversations=[])
        _expect(agent, "session.opened")
        _send(visitor, "conversation.start", client_id=str(uuid4()), consent={"notice": notice})
        conversation = _expect(visitor, "conversation.started")["conversation"]
        _send(agent, "conversation.follow", conversation=conversation, after_sequence=0)
        _expect(agent, "conversation.resumed")
        began = time.perf_counter()
        _post(visitor, conversation, QUESTION)
        asked = _expect(agent, "message.posted")
        delivered_ms = round((time.perf_counter() - began) * 1000, 1)
        _post(agent, conversation, REPLY)
        answered = _expect(visitor, "message.posted", kind="agent")["text"] == REPLY
    masked = asked["text"] == MASKED and [found["entity"] for found in asked["findings"]] == ["CARD"]
    sealed = is_sealed(organisation["slug"], UUID(conversation), person["email"])
    return {
        "ok": masked and sealed and answered,
        "delivered_ms": delivered_ms,
        "masked": masked,
        "sealed": sealed,
        "answered": answered,
    }


def sign_in(url: str, person: dict[str, str]) -> Caller:
    """Sign in as a person would: password, then the present code. A code works once, so the next one may be needed."""
    caller = Caller(url)
    caller.submit("/sign-in/", email=person["email"], password=person["password"])
    for ahead_s in (0, 30):
        time.sleep(ahead_s and 2)
        code = code_now(person["totp_secret"], now=time.time() + ahead_s)
        if caller.submit("/sign-in/factor/", code=code).status == 302:
            return caller
    raise CheckError("the agent could not sign in")


def open_widget(url: str, widget_key: str) -> tuple[ClientConnection, str]:
    """Fetch a ticket as the widget's frame does, and open a visitor's socket by it.

    Returns:
        The socket, and the hash of the notice that the visitor is to agree to.
    """
    caller = Caller(url)
    response, text = caller.ask(
        "POST", f"/w/{widget_key}/session", b"{}",
        **{"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"},
    )  # fmt: skip
    if response.status != 200:
        raise CheckError(f"the widget got no session ({response.status})")
    answer = json.loads(text)
    visitor = Caller(url).dial("/ws/visitor/")
    _send(visitor, "session.open", ticket=answer["ticket"], conversations=[])
    _expect(visitor, "session.opened")
    return visitor, answer["notice"]["hash"]


def is_sealed(slug: str, conversation_id: UUID, email: str) -> bool:
    """Whether the stored bytes hold neither text nor digits, and open only for a member, as the masked text."""
    tenant = Tenant.objects.get(slug=slug)
    with tenant_scope(tenant):
        bodies = [bytes(body) for body in Message.objects.of(conversation_id).values_list("body", flat=True)]
        member = Membership.objects.select_related("user").get(user__email=email)
        member.tenant = tenant
        conversation = selectors.conversation(conversation_id)
        if conversation is None:
            raise CheckError("the conversation was not stored")
        opened = [message.text for message in transcript(conversation, member, now=clock.now()).messages]
    betraying = [CARD, CARD.replace(" ", ""), *QUESTION.split(), *REPLY.split()]
    words = [word.encode() for word in betraying if len(word) >= 4]
    return opened == [MASKED, REPLY] and not any(word in body for body in bodies for word in words)


def _send(socket_: ClientConnection, type_: str, /, **fields: Any) -> None:
    socket_.send(json.dumps({"v": 1, "type": type_, **fields}))


def _post(socket_: ClientConnection, conversation: str, text: str) -> None:
    _send(socket_, "message.post", client_id=str(uuid4()), conversation=conversation, text=text, kind="public")


def _expect(socket_: ClientConnection, type_: str, *, kind: str | None = None) -> dict[str, Any]:
    """Return the next event of a type, by an author of a kind if one is named."""
    until = time.monotonic() + PATIENCE_S
    try:
        while (left := until - time.monotonic()) > 0:
            event: dict[str, Any] = json.loads(socket_.recv(timeout=left))
            if event["type"] == type_ and kind in (None, event.get("author", {}).get("kind")):
                return event
            if event["type"] == "error":
                raise CheckError(f"{type_} was answered with the error {event['code']}")
    except TimeoutError:
        pass
    raise CheckError(f"{type_} never came")
