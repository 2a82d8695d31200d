"""A payment provider on this machine that answers as Stripe does, with its faults: declined, away, twice, too late."""

import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

DECLINED: Final = "4000000000000002"
BRANDS: Final = {"4": "visa", "5": "mastercard", "3": "amex", "6": "discover"}


@dataclass
class FakeStripe:
    """`fails`: statuses of the answers to come, one after another. `seen`: what was asked, without the key."""

    secret_key: str = "sk_test_" + "a" * 24
    webhook_secret: str = "whsec_" + "b" * 24
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    by_key: dict[str, tuple[str, str]] = field(default_factory=dict)
    fails: list[int] = field(default_factory=list)
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    cards: list[str] = field(default_factory=list)
    origin: str = ""

    def server(self) -> ThreadingHTTPServer:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                self.say(*fake.answer("POST", self.path, dict(self.headers), body))

            def do_GET(self) -> None:
                self.say(*fake.answer("GET", self.path, dict(self.headers), ""))

            def say(self, status: int, kind: str, body: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{server.server_address[1]}"
        return server

    def answer(self, method: str, path: str, headers: dict[str, str], body: str) -> tuple[int, str, str]:
        parts = urlsplit(path)
        given = {name: values[-1] for name, values in parse_qs(body).items()}
        if parts.path.startswith("/c/pay/"):
            return self.page(method, parts.path.removeprefix("/c/pay/"), given)
        self.seen.append((method, path, given))
        if self.fails and (status := self.fails.pop(0)):
            return status, "application/json", json.dumps({"error": {"type": "api_error"}})
        if headers.get("Authorization") != f"Bearer {self.secret_key}":
            return 401, "application/json", json.dumps({"error": {"type": "invalid_request_error"}})
        status, told = self.api(method, parts.path, parts.query, headers, given, body)
        return status, "application/json", json.dumps(told)

    def api(
        self, method: str, path: str, query: str, headers: dict[str, str], given: dict[str, str], body: str
    ) -> tuple[int, dict[str, Any]]:
        base, _, rest = path.partition("/v1/checkout/sessions")
        if base or (method == "POST" and not rest):
            return self.create(headers.get("Idempotency-Key", ""), given, body)
        session = self.sessions.get(rest.strip("/").split("/")[0])
        if session is None:
            return 404, {"error": {"type": "invalid_request_error"}}
        if rest.endswith("/expire"):
            if session["status"] != "open":
                return 400, {"error": {"type": "invalid_request_error"}}
            session["status"] = "expired"
        is_expanded = "setup_intent.payment_method" in parse_qs(query).get("expand[]", [])
        return 200, session if is_expanded else session | {"setup_intent": "seti_1"}

    def create(self, key: str, given: dict[str, str], body: str) -> tuple[int, dict[str, Any]]:
        if key in self.by_key:
            before, session_id = self.by_key[key]
            # As Stripe does: the same key with other values is a mistake of who asks.
            refused = (400, {"error": {"type": "idempotency_error"}})
            return refused if before != body else (200, self.sessions[session_id])
        if given.get("mode") != "setup" or not 1800 <= int(given["expires_at"]) - time.time() <= 86_400:
            return 400, {"error": {"type": "invalid_request_error"}}
        session_id = f"cs_test_{secrets.token_hex(12)}"
        self.by_key[key] = (body, session_id)
        self.sessions[session_id] = {
            "id": session_id, "object": "checkout.session", "status": "open", "mode": "setup", "setup_intent": None,
            "client_reference_id": given["client_reference_id"], "success_url": given["success_url"],
            "url": f"{self.origin}/c/pay/{session_id}",
        }  # fmt: skip
        return 200, self.sessions[session_id]

    def page(self, method: str, session_id: str, given: dict[str, str]) -> tuple[int, str, str]:
        """The provider's own page, on which the card is typed."""
        session = self.sessions.get(session_id)
        if session is None or session["status"] == "expired":
            return 404, "text/html", "<h1>This page is not there any more</h1>"
        told = ""
        if method == "POST" and session["status"] == "open":
            told = "" if self.give(session_id, given["number"]) else "<p role='alert'>Your card was declined.</p>"
        if session["status"] == "complete":
            return 200, "text/html", f"<h1>Done</h1><a href='{session['success_url']}'>Back</a>"
        return (
            200,
            "text/html",
            (
                f"<!doctype html><title>Pay</title><h1>Your card</h1>{told}<form method='post'>"
                "<label>Card number <input name='number'></label><button>Save card</button></form>"
            ),
        )

    def give(self, session_id: str, number: str) -> bool:
        """Give a card, as a visitor does on that page; return whether it was taken."""
        digits = "".join(filter(str.isdigit, number))
        self.cards.append(digits)
        if digits == DECLINED:
            return False
        card = {"brand": BRANDS.get(digits[:1], "eftpos_au"), "last4": digits[-4:]}
        method = {"id": f"pm_{secrets.token_hex(12)}", "object": "payment_method", "card": card}
        self.sessions[session_id] |= {
            "status": "complete", "setup_intent": {"id": "seti_1", "status": "succeeded", "payment_method": method},
        }  # fmt: skip
        return True

    def message(
        self, session_id: str, kind: str = "checkout.session.completed", *, at: float | None = None, secret: str = ""
    ) -> tuple[dict[str, str], bytes]:
        """Return the headers and the body of a webhook's message."""
        about = {"id": session_id, "object": "checkout.session"}
        body = json.dumps({"id": f"evt_{secrets.token_hex(8)}", "type": kind, "data": {"object": about}}).encode()
        stamp = str(int(time.time() if at is None else at))
        signed = hmac.new((secret or self.webhook_secret).encode(), f"{stamp}.".encode() + body, hashlib.sha256)
        return {"Stripe-Signature": f"t={stamp},v1={signed.hexdigest()},v0=00"}, body
