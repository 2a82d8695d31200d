"""People in front of a demo, without a browser: forms, links in caught mail, sockets."""

import base64
import html
import re
import time
from contextlib import suppress
from typing import Any, Final

import httpx
from websockets.exceptions import ConnectionClosed

from helpdesk.launch.demo_facts import TOTP_STEP_S, code_now
from tests.support.demo import Demo, Facts
from tests.support.server import Server
from tests.support.sockets import ChatSocket, dial

FORM_TOKEN: Final = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
MAIL: Final = re.compile(r"<article.*?</article>", re.DOTALL)


class Window:
    """A browser window without a browser: follows forms, keeps cookies. Plain clients send no `Secure` cookie over
    http, though browsers take `localhost` for safe, so they are kept by hand."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Origin": self.server.origin, **options.pop("headers", {})}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        with self.server.client(**headers) as client:
            response = client.request(method, path, **options)
        for cookie in response.headers.get_list("set-cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return response

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("GET", path, **options)

    def submit(self, page: str, fields: dict[str, str], *, to: str | None = None) -> httpx.Response:
        """Fill a page's form and send it."""
        found = FORM_TOKEN.search(self.get(page).text)
        assert found, f"{page} shows no form"
        return self.ask("POST", to or page, data={**fields, "csrfmiddlewaretoken": found.group(1)})

    def sign_in(self, person: Facts) -> "Window":
        """By password and code. A code works once, so a second sign-in within its half minute takes the next."""
        self.submit("/sign-in/", {"email": person["email"], "password": person["password"]})
        for ahead_s in (0, TOTP_STEP_S):
            code = code_now(person["totp_secret"], now=time.time() + ahead_s)
            if self.submit("/sign-in/factor/", {"code": code}).status_code == 302:
                return self
        raise AssertionError(f"{person['email']} could not sign in")

    def agent_socket(self, slug: str) -> ChatSocket:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        chat = ChatSocket(dial(self.server, f"/ws/agent/{slug}/", origin=self.server.origin, headers=headers))
        chat.send("session.open", conversations=[])
        chat.expect("session.opened")
        return chat


def newest_mail(demo: Demo, to: str) -> str:
    """The newest caught mail to someone, as its page shows it."""
    with demo.server.client() as client:
        page = client.get("/demo/mail/").text
    return next(html.unescape(mail) for mail in MAIL.findall(page) if f"To {to}" in html.unescape(mail))


def link_in(mail: str) -> str:
    """The first link of a mail."""
    found = re.search(r'href="(http[^"]+)"', mail)
    assert found, "the mail has no link"
    return found.group(1)


def code_of(secret: str) -> str:
    """The present code for a secret as the enrolment page shows it."""
    grouped = secret.replace(" ", "")
    assert base64.b32decode(grouped + "=" * (-len(grouped) % 8))
    return code_now(grouped)


def accepted(chat: ChatSocket, conversation: str, text: str, **options: Any) -> dict[str, Any]:
    """Post as a client does: again under the same id for as long as the answer is that it may be tried again."""
    client_id = chat.post(conversation, text, **options)
    while True:
        event = chat.receive()
        if event["type"] == "message.acknowledged" and event["client_id"] == str(client_id):
            return event
        if event["type"] == "error":
            assert event["retry_ms"], event
            time.sleep(event["retry_ms"] / 1000)
            chat.post(conversation, text, client_id=client_id)


def is_cut_off(chat: ChatSocket) -> bool:
    """Whether the other end is gone, sooner or later."""
    with suppress(TimeoutError):
        try:
            while True:
                chat.receive()
        except ConnectionClosed:
            return True
    return False
