"""One request to an organisation's endpoint: signed by us, in bounded time, and what it may answer.

Headers are those of Standard Webhooks (its specification, version 1.0.0), so that there are libraries to check them:
`webhook-id`, the same each time that one thing is sent, `webhook-timestamp`, in seconds, and `webhook-signature`,
`v1a,` and the Ed25519 signature of `id.timestamp.body` in base64. `hushdesk-key-id` says by which key it is checked.
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from chat.models import CardBrand, Match
from chat.secure_forms.outbound import NotReachedError, NotTakenError, request
from helpdesk.core.signatures import sign, signing_point

MAX_ANSWER_BYTES: Final = 4 * 1024
#: A reference, and no more: nothing that could be a sentence.
RECEIPT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/#-]{0,39}")
LAST_FOUR: Final = re.compile(r"[0-9]{4}")
#: Too early, too late, too often: worth another try, as is whatever a server says of itself.
PASSING: Final = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Signer:
    """Our key for one organisation's endpoint: the seed of an Ed25519 key (RFC 8032)."""

    seed: bytes

    def headers(self, message: UUID, body: bytes, now: datetime) -> dict[str, str]:
        """Return the headers by which the endpoint knows that we sent a body, when, and whether it had it before."""
        stamp = str(int(now.timestamp()))
        signature = base64.b64encode(sign(f"{message}.{stamp}.".encode() + body, seed=self.seed)).decode()
        return {
            "webhook-id": str(message),
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1a,{signature}",
            "hushdesk-key-id": key_id(signing_point(self.seed)),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """All that an endpoint may tell. What it says besides is not looked at."""

    is_accepted: bool = True
    receipt: str = ""
    brand: str = ""
    last_four: str = ""
    match: str = ""


def key_id(point: bytes) -> str:
    """Return the name of a public key of ours: the beginning of its SHA-256."""
    return hashlib.sha256(point).hexdigest()[:16]


def call(address: str, body: bytes, *, signer: Signer, message: UUID, now: datetime) -> Answer:
    """Bring something to an endpoint, and return what it answers.

    Raises:
        NotReachedError: Nobody took it; it may be tried again.
        NotTakenError: It does not take it, or is at no public address.
    """
    headers = {"Content-Type": "application/json"} | signer.headers(message, body, now)
    status, content = request(address, body=body, headers=headers, most_bytes=MAX_ANSWER_BYTES)
    _require_taken(status)
    return answer_of(content)


def answer_of(content: bytes) -> Answer:
    """Return what an endpoint that took it says; what is not in the one shape it may have says nothing."""
    try:
        told = json.loads(content) if len(content) <= MAX_ANSWER_BYTES else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        return Answer()
    return Answer(
        is_accepted=told.get("status", "accepted") == "accepted",
        receipt=_shaped(told.get("receipt"), RECEIPT),
        brand=_one_of(told.get("brand"), CardBrand.values),
        last_four=_shaped(told.get("last_four"), LAST_FOUR),
        match=_one_of(told.get("outcome"), Match.values),
    )


def _require_taken(status: int) -> None:
    if status in PASSING or status >= 500:
        raise NotReachedError("busy")
    # Elsewhere is nowhere: an answer that leads on could lead to what only we can reach.
    if not 200 <= status < 300:
        raise NotTakenError("redirect" if 300 <= status < 400 else "refused")


def _shaped(value: Any, shape: re.Pattern[str]) -> str:
    return value if isinstance(value, str) and shape.fullmatch(value) else ""


def _one_of(value: Any, values: list[str]) -> str:
    return value if isinstance(value, str) and value in values else ""
