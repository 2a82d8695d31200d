"""Pages rendered without a database, and a chat server played by the test at the other end of the socket."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Final
from uuid import uuid4

from csp.utils import build_policy
from django.template.loader import render_to_string
from playwright.sync_api import Page, WebSocketRoute

from tests.browser.site import Site

PAGE_NONCE: Final = "page-nonce"
CONVERSATION: Final = "0190c9a2-6f00-7000-8000-000000000001"
STARTED_AT: Final = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
Frame = dict[str, Any]


def policy(**replaced: list[str]) -> str:
    """The content security policy of settings, for a page with our nonce."""
    return str(
        build_policy(replace={key.replace("_", "-"): value for key, value in replaced.items()}, nonce=PAGE_NONCE)
    )


def render(template: str, *, over_htmx: bool = False, **context: Any) -> str:
    """Render a template with a request that has no session and no user."""
    request = SimpleNamespace(
        csp_nonce=PAGE_NONCE, htmx=over_htmx, path="/", user=SimpleNamespace(email="ada@acme.example")
    )
    return render_to_string(template, {"request": request, "csrf_token": "t" * 64, **context})


def posted(sequence: int, text: str, *, by: str = "agent", client_id: str | None = None, **more: Any) -> Frame:
    """A message as the server sends it."""
    name = {"agent": "Ada", "visitor": "Vera"}.get(by, "")
    return {
        "v": 1,
        "type": "message.posted",
        "conversation": CONVERSATION,
        "sequence": sequence,
        "client_id": client_id or str(uuid4()),
        "author": {"kind": by, "name": name},
        "kind": "public",
        "at": STARTED_AT.isoformat(),
        "text": text,
        "findings": [],
        **more,
    }


class PlayedServer:
    """Answers the socket of one page as the product does, as far as a test lets it."""

    def __init__(self, page: Page, path: str) -> None:
        self.page = page
        self.heard: list[Frame] = []
        self.kept: list[Frame] = []
        self.answers: dict[str, Callable[[Frame], None]] = {
            "session.open": self.open_session,
            "conversation.start": self.start_conversation,
            "message.post": self.keep,
            "conversation.resume": self.resume,
            "conversation.follow": self.resume,
            "read.mark": self.mark_read,
        }
        self.mask: Callable[[str], tuple[str, list[Frame]]] = lambda text: (text, [])
        self.marks = {"read_sequence": 0, "seen_sequence": 0}
        self.by = "agent" if "agent" in path else "visitor"
        self.accepts = True
        self.opened = 0
        self.socket: WebSocketRoute | None = None
        page.route_web_socket(lambda url: path in url, self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        if not self.accepts:
            socket.close(code=1013)
            return
        self.socket = socket
        socket.on_message(self._hear)

    def _hear(self, data: str | bytes) -> None:
        frame = json.loads(data)
        self.heard.append(frame)
        if answer := self.answers.get(frame["type"]):
            answer(frame)

    def say(self, frame: Frame) -> None:
        assert self.socket, "nobody is connected"
        self.socket.send(json.dumps({"v": 1, **frame}))

    def hang_up(self, code: int = 1012) -> None:
        assert self.socket, "nobody is connected"
        self.socket.close(code=code)

    def of_type(self, kind: str) -> list[Frame]:
        return [frame for frame in self.heard if frame["type"] == kind]

    def open_session(self, frame: Frame) -> None:
        states = [
            {"conversation": one["conversation"], "last_sequence": len(self.kept), **self.marks}
            for one in frame["conversations"]
        ]
        self.opened += 1
        more = {"ticket": f"left-{self.opened}"} if self.by == "visitor" else {}
        self.say({"type": "session.opened", "heartbeat_s": 25, "max_frame": 65_536, "conversations": states, **more})

    def start_conversation(self, frame: Frame) -> None:
        self.say({"type": "conversation.started", "client_id": frame["client_id"], "conversation": CONVERSATION})

    def keep(self, frame: Frame) -> None:
        """Store a message once, acknowledge it, and post it as it was stored."""
        known = next((one for one in self.kept if one["client_id"] == frame["client_id"]), None)
        if not known:
            text, findings = self.mask(frame["text"])
            known = posted(
                len(self.kept) + 1,
                text,
                by=self.by,
                client_id=frame["client_id"],
                kind=frame["kind"],
                findings=findings,
            )
            self.kept.append(known)
        facts = {key: known[key] for key in ("client_id", "conversation", "sequence", "at")}
        self.say({"type": "message.acknowledged", **facts})
        self.say(known)

    def post(self, text: str, *, by: str, told: bool = True, **more: Any) -> Frame:
        """The other side writes."""
        message = posted(len(self.kept) + 1, text, by=by, **more)
        self.kept.append(message)
        if told:
            self.say(message)
        return message

    def resume(self, frame: Frame) -> None:
        after = frame["after_sequence"]
        facts = {"conversation": CONVERSATION, "last_sequence": len(self.kept), "complete": True}
        self.say({"type": "conversation.resumed", "messages": self.kept[after:], **facts})

    def mark_read(self, frame: Frame) -> None:
        if frame["seen"]:
            self.marks["read_sequence"] = frame["sequence"]

    def keep_silent(self) -> None:
        """Answer no message from now on."""
        self.answers.pop("message.post", None)

    def refuse(self, code: str, **more: Any) -> None:
        """Answer every message from now on with an error."""
        self.answers["message.post"] = lambda frame: self.say(
            {"type": "error", "code": code, "client_id": frame["client_id"], **more}
        )

    def accept_again(self) -> None:
        self.answers["message.post"] = self.keep


def put_widget(site: Site, questions: Sequence[object] = ()) -> str:
    """Put the chat's frame on its host, and a customer's page with a strict policy of its own on another.

    Returns:
        The address of the customer's page. No page before it had that host, so that neither it nor the chat in it,
        whose storage is of that page, finds anything in the browser.
    """
    host = site.new_host("shop")
    frame = render(
        "chat/widget/frame.html",
        organisation_name="Acme Outdoor",
        greeting="Hi! How can we help?",
        questions=questions,
        widget_key="key",
        session_url="/w/key/session",
        socket_url="/ws/visitor/",
        outbox="tab",
    )
    site.put("/w/key/", frame, policy(frame_ancestors=[site.address("", host)]))
    loader = site.address("/static/chat/widget/loader.js")
    shop = f"""<!doctype html><html lang="en"><title>Shop</title>
        <meta name="viewport" content="width=device-width"><main><h1>Shop</h1></main>
        <script async src="{loader}" data-key="key"></script></html>"""
    ours = site.address("")
    site.put(
        "/shop", shop, f"default-src 'none'; script-src {ours}; frame-src {ours}; require-trusted-types-for 'script'"
    )
    return site.address("/shop", host)
