"""A stand-in for a payment provider, to try cards out without an account: on this machine it answers as Stripe does.

    python payment_provider.py 9100                                     # listens, and prints what to set and to enter
    python payment_provider.py 9100 http://app.localhost:8000/w/KEY/payments  # and sends its messages there

Of Stripe's API: Checkout Sessions with `mode=setup`, idempotency keys, and signed messages (docs.stripe.com/api). The
card is typed on a page of its own, which says what it is; of a number no more is kept than the last four digits.
"""

import hashlib
import hmac
import html
import http.client
import json
import secrets
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

DECLINED = "4000000000000002"
BRANDS = {"4": "visa", "5": "mastercard", "3": "amex", "6": "discover"}
JSON, HTML = "application/json", "text/html; charset=utf-8"
BAD_REQUEST = {"error": {"type": "invalid_request_error"}}
#: Status, kind and body, and where it leads on to.
Answer = tuple[int, str, str, str]

STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { display: grid; place-items: start center; padding: 2rem 1rem; margin: 0; }
main { inline-size: min(26rem, 100%); display: grid; gap: 1rem; }
.stand-in { padding: .75rem 1rem; border: 2px dashed currentcolor; border-radius: .5rem; }
form, label { display: grid; gap: .5rem; } form { gap: 1rem; }
input, button { font: inherit; min-block-size: 2.75rem; padding: 0 .75rem; border-radius: .5rem; border: 1px solid; }
button { font-weight: 600; cursor: pointer; }
[role=alert] { color: light-dark(#a4161a, #ff9aa2); font-weight: 600; }
"""
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title} · stand-in for a payment provider</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style><main>
<p class="stand-in"><strong>This is a stand-in, not a payment provider.</strong> It runs on this machine, to try things
out. Type no real card: 4242 4242 4242 4242 is taken, 4000 0000 0000 0002 is declined.</p>
<h1>{title}</h1>{body}</main></html>"""
FORM = """<form method="post">{told}<label>Card number
<input name="number" inputmode="numeric" autocomplete="off" required></label><button>Save card</button></form>"""


@dataclass
class PaymentProvider:
    """`webhook`: where its messages go, if anywhere. `fails`: statuses of answers to come. `seen`: what was asked."""

    # Of a shape that is asked for; they open nothing but this.
    secret_key: str = f"sk_test_{'standin' * 4}"
    webhook_secret: str = f"whsec_{'standin' * 4}"
    webhook: str = ""
    origin: str = ""
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    by_key: dict[str, tuple[str, str]] = field(default_factory=dict)
    fails: list[int] = field(default_factory=list)
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def server(self, port: int = 0) -> ThreadingHTTPServer:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                self.say(*provider.answer("POST", self.path, dict(self.headers), body))

            def do_GET(self) -> None:
                self.say(*provider.answer("GET", self.path, dict(self.headers), ""))

            def say(self, status: int, kind: str, body: str, leads_to: str = "") -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Cache-Control", "no-store")
                if leads_to:
                    self.send_header("Location", leads_to)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.origin = f"http://127.0.0.1:{server.server_address[1]}"
        return server

    def answer(self, method: str, path: str, headers: dict[str, str], body: str) -> Answer:
        parts = urlsplit(path)
        given = {name: values[-1] for name, values in parse_qs(body).items()}
        if parts.path.startswith("/c/pay/"):
            return self.page(method, parts.path.removeprefix("/c/pay/"), given)
        if parts.path == "/favicon.ico":
            return 404, HTML, "", ""
        self.seen.append((method, path, given))
        if self.fails and (status := self.fails.pop(0)):
            return status, JSON, json.dumps({"error": {"type": "api_error"}}), ""
        if headers.get("Authorization") != f"Bearer {self.secret_key}":
            return 401, JSON, json.dumps(BAD_REQUEST), ""
        status, told = self.api(method, parts.path, parts.query, headers.get("Idempotency-Key", ""), given, body)
        return status, JSON, json.dumps(told), ""

    def api(
        self, method: str, path: str, query: str, key: str, given: dict[str, str], body: str
    ) -> tuple[int, dict[str, Any]]:
        before, is_sessions, rest = path.partition("/v1/checkout/sessions")
        if before or not is_sessions:
            return 404, BAD_REQUEST
        if method == "POST" and not rest:
            return self.create(key, given, body)
        if method == "GET" and not rest:
            return 200, {"object": "list", "data": [*self.sessions.values()][:1]}
        session = self.sessions.get(rest.strip("/").split("/")[0])
        if session is None:
            return 404, BAD_REQUEST
        if method == "POST" and rest.endswith("/expire"):
            if session["status"] != "open":
                return 400, BAD_REQUEST
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
            return 400, BAD_REQUEST
        session_id = f"cs_test_{secrets.token_hex(12)}"
        self.by_key[key] = (body, session_id)
        self.sessions[session_id] = {
            "id": session_id, "object": "checkout.session", "status": "open", "mode": "setup", "setup_intent": None,
            "client_reference_id": given["client_reference_id"], "success_url": given["success_url"],
            "url": f"{self.origin}/c/pay/{session_id}",
        }  # fmt: skip
        return 200, self.sessions[session_id]

    def page(self, method: str, session_id: str, given: dict[str, str]) -> Answer:
        """The page on which the card is typed."""
        session = self.sessions.get(session_id)
        if session is None or session["status"] == "expired":
            return 404, HTML, PAGE.format(style=STYLE, title="This page is not there any more", body=""), ""
        told = ""
        if method == "POST" and session["status"] == "open" and not self.give(session_id, given.get("number", "")):
            told = "<p role='alert'>Your card was declined. Try another one.</p>"
        if session["status"] == "complete":
            back = html.escape(session["success_url"], quote=True)
            done = PAGE.format(style=STYLE, title="Your card is saved", body=f'<a href="{back}">Back to the chat</a>')
            return 303, HTML, done, session["success_url"]
        return 200, HTML, PAGE.format(style=STYLE, title="Save your card", body=FORM.format(told=told)), ""

    def give(self, session_id: str, number: str) -> bool:
        """Give a card, as a visitor does on that page; return whether it was taken."""
        digits = "".join(filter(str.isdigit, number))
        if digits == DECLINED or not 12 <= len(digits) <= 19:
            return False
        card = {"brand": BRANDS.get(digits[:1], "eftpos_au"), "last4": digits[-4:]}
        method = {"id": f"pm_{secrets.token_hex(12)}", "object": "payment_method", "card": card}
        self.sessions[session_id] |= {
            "status": "complete", "setup_intent": {"id": "seti_1", "status": "succeeded", "payment_method": method},
        }  # fmt: skip
        if self.webhook:
            threading.Thread(target=self.send, args=(session_id,), daemon=True).start()
        return True

    def message(
        self, session_id: str, kind: str = "checkout.session.completed", *, at: float | None = None, secret: str = ""
    ) -> tuple[dict[str, str], bytes]:
        """Return the headers and the body of a message about a session."""
        about = {"id": session_id, "object": "checkout.session"}
        body = json.dumps({"id": f"evt_{secrets.token_hex(8)}", "type": kind, "data": {"object": about}}).encode()
        stamp = str(int(time.time() if at is None else at))
        signed = hmac.new((secret or self.webhook_secret).encode(), f"{stamp}.".encode() + body, hashlib.sha256)
        return {"Stripe-Signature": f"t={stamp},v1={signed.hexdigest()},v0=00"}, body

    def send(self, session_id: str) -> None:
        """Send the message, as Stripe does; it would try again for days."""
        headers, body = self.message(session_id)
        to = urlsplit(self.webhook)
        # Names under localhost are this machine (RFC 6761), though not every system looks them up.
        host = "127.0.0.1" if (to.hostname or "").endswith("localhost") else to.hostname or ""
        line = http.client.HTTPConnection(host, to.port, timeout=10)
        line.request("POST", to.path, body, {"Content-Type": JSON, "Host": to.netloc, **headers})
        print("message sent:", line.getresponse().status, flush=True)
        line.close()


def main(arguments: list[str]) -> int:
    if len(arguments) not in {1, 2} or not arguments[0].isdecimal():
        print(__doc__)
        return 1
    provider = PaymentProvider(webhook="".join(arguments[1:]))
    server = provider.server(int(arguments[0]))
    print(f"Start Hushdesk with STRIPE_API_URL={provider.origin} STRIPE_PAGES={provider.origin}/")
    print("Enter under Settings, Secure forms, payment provider:")
    print(f"  secret key      {provider.secret_key}\n  signing secret  {provider.webhook_secret}", flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
