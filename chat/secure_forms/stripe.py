"""Stripe as a `PaymentTokenizer`: Checkout in its mode for set-up, on a page of Stripe's own. No money moves.

Of Stripe's API (docs.stripe.com/api): Checkout Sessions, `mode=setup`; of its webhooks the signature `t=…,v1=…`, HMAC
with SHA-256 over `t.body`. Messages come late, twice and out of order, so they only say where to look.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID

from django.conf import settings

from chat.models import CardBrand
from chat.secure_forms.outbound import NotReachedError, NotTakenError, request
from chat.secure_forms.tokenizer import BadWebhookError, Progress, Session, Taken

API_VERSION: Final = "2024-10-28.acacia"
#: Stripe closes no page before half an hour is over; what we don't need any more is closed by us.
AT_LEAST: Final = timedelta(minutes=31)
TOLERANCE_S: Final = 300
MAX_ANSWER_BYTES: Final = 256 * 1024
SECRET_KEY: Final = re.compile(r"(sk|rk)_(test|live)_[A-Za-z0-9]{10,240}")
WEBHOOK_SECRET: Final = re.compile(r"whsec_[A-Za-z0-9+/=]{10,240}")
_SESSION: Final = re.compile(r"cs_(test|live)_[A-Za-z0-9]{5,200}")
_TOKEN: Final = re.compile(r"pm_[A-Za-z0-9]{5,60}")
_LAST_FOUR: Final = re.compile(r"[0-9]{4}")
_PROGRESS: Final = {"open": Progress.OPEN, "complete": Progress.DONE, "expired": Progress.OVER}


@dataclass(frozen=True, slots=True)
class Stripe:
    """An organisation's account: its secret key, and the secret of its webhook."""

    secret_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    name: str = "Stripe"

    def check(self) -> None:
        self._ask("GET", "/v1/checkout/sessions?limit=1")

    def create_session(self, *, reference: UUID, back: str, until: datetime) -> Session:
        given = {
            "mode": "setup",
            "payment_method_types[0]": "card",
            "customer_creation": "always",
            "client_reference_id": str(reference),
            "success_url": back,
            "cancel_url": back,
            # The same in each try: Stripe refuses a key that it knows with anything else.
            "expires_at": str(int((until + AT_LEAST).timestamp())),
        }
        told = self._ask("POST", "/v1/checkout/sessions", given, key=f"form-{reference}")
        found, url = str(told.get("id", "")), str(told.get("url", ""))
        if not _SESSION.fullmatch(found) or not url.startswith(settings.STRIPE_PAGES):
            raise NotTakenError("unclear")
        return Session(found, url)

    def token(self, session_id: str) -> Taken:
        told = self._ask("GET", f"{_path(session_id)}?expand[]=setup_intent.payment_method")
        progress = _PROGRESS.get(str(told.get("status")), Progress.OPEN)
        if progress != Progress.DONE:
            return Taken(progress)
        method = _inner(_inner(told, "setup_intent"), "payment_method")
        token, card = str(method.get("id", "")), _inner(method, "card")
        if not _TOKEN.fullmatch(token):
            raise NotTakenError("unclear")
        last_four, brand = str(card.get("last4", "")), str(card.get("brand", ""))
        return Taken(
            progress,
            token,
            brand if brand in CardBrand.values else CardBrand.OTHER,
            last_four if _LAST_FOUR.fullmatch(last_four) else "",
        )

    def end_session(self, session_id: str) -> None:
        self._ask("POST", f"{_path(session_id)}/expire", {}, ok=(200, 400))

    def verify_webhook(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str:
        parts = [part.partition("=") for part in headers.get("Stripe-Signature", "")[:2000].split(",")]
        stamp = next((value for name, _, value in parts if name == "t"), "")
        if not re.fullmatch(r"[0-9]{1,12}", stamp) or abs(now.timestamp() - int(stamp)) > TOLERANCE_S:
            raise BadWebhookError
        right = hmac.new(self.webhook_secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        if not any(name == "v1" and hmac.compare_digest(value.encode(), right.encode()) for name, _, value in parts):
            raise BadWebhookError
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):
            raise BadWebhookError from None
        about = _inner(_inner(told, "data"), "object") if isinstance(told, dict) else {}
        found = str(about.get("id", "")) if about.get("object") == "checkout.session" else ""
        return found if _SESSION.fullmatch(found) else ""

    def _ask(
        self,
        method: str,
        path: str,
        given: Mapping[str, str] | None = None,
        *,
        key: str = "",
        ok: tuple[int, ...] = (200,),
    ) -> dict[str, Any]:
        headers = {
            "Authorization": f"Bearer {self.secret_key}",
            "Stripe-Version": API_VERSION,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        if key:
            headers["Idempotency-Key"] = key
        body = None if given is None else urlencode(given).encode()
        address = f"{settings.STRIPE_API_URL}{path}"
        status, content = request(address, body=body, headers=headers, most_bytes=MAX_ANSWER_BYTES, method=method)
        if status in {409, 429} or status >= 500:
            raise NotReachedError("busy")
        if status not in ok:
            raise NotTakenError("refused")
        try:
            told = json.loads(content)
        except (ValueError, RecursionError):
            raise NotReachedError("busy") from None
        if not isinstance(told, dict):
            raise NotReachedError("busy")
        return told


def _path(session_id: str) -> str:
    return f"/v1/checkout/sessions/{quote(session_id, safe='')}"


def _inner(told: Any, name: str) -> dict[str, Any]:
    found = told.get(name) if isinstance(told, dict) else None
    return found if isinstance(found, dict) else {}
