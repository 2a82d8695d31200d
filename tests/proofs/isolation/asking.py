"""Requests as somebody's browser sends them, each in a transaction that is rolled back.

So each meets the same rows, and the effect of each on the victim's rows can be summed up before it is undone.
"""

import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.core import mail
from django.db import connections, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.client import ClientHandler
from django.urls import Resolver404, resolve
from psycopg.pq import TransactionStatus

from chat.secure_forms import volatile
from helpdesk.core.origins import origin_of
from tenants.operator_role import OWN_ALIASES
from tests.proofs.isolation.cast import Actor
from tests.proofs.isolation.fingerprints import fingerprint, operators_fingerprint, rows_of
from tests.proofs.isolation.forms import payment_message
from tests.proofs.isolation.hearing import hearing
from tests.proofs.isolation.samples import RAW, SCRIPTED
from tests.proofs.isolation.sides import World

NOISE: Final = (
    # When something just made runs out.
    re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00"),
    re.compile(r"nonce[-=]\"?[\w+/=-]+"),
    re.compile(r'csrfmiddlewaretoken" value="\w+"'),
    re.compile(r'"(?:ticket|session|csrfToken|challenge)": ?"[^"]+"'),
    re.compile(r"data-csrf=\"\w+\"|&quot;X-CSRFToken&quot;: ?&quot;\w+|X-CSRFToken\W{2,14}\w{64}"),
    re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    re.compile(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3,7}\b"),  # codes that are shown once
    re.compile(r"[\w-]{40,}\.[\w-]{27,}"),  # a pass: what it is for, until when, and a signature
    re.compile(r"hdi_[\w-]{43}|key-[0-9a-f]{10}"),  # a secret that is shown once, and its name
    re.compile(r'"reference": "[0-9A-Z]{4}-[0-9A-Z]{4}"'),  # what something just made is called
    re.compile(r"otpauth://\S+|data:image/svg\S+|\b[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}\b|\b[A-Z2-7]{32}\b"),
)
UNCOMPARED: Final = frozenset({"x-request-id", "content-length", "date", "set-cookie", "etag", "expires"})

CODE: Final = re.compile(r'"(?:error|code)": ?"(?P<code>\w+)"')
#: One for all: it sets up the middleware.
HANDLER: Final = ClientHandler(enforce_csrf_checks=False)
#: How often anybody asks who is told to come back, and how soon again where the answer names no time.
TRIES: Final = 4
SOON_S: Final = 0.5


@dataclass(frozen=True)
class Answer:
    """What came back: as it was, and without what differs from request to request."""

    status: int
    raw: str
    response: Any = field(repr=False)
    #: What was sent, and is not compared.
    hide: tuple[str, ...]
    changed_victim: bool
    wrote: bool
    # Whether a row that was there is gone or different: more than one that was added.
    lost_rows: bool
    # When to come back, if the service said that it could not answer just now.
    again_s: float = 0.0
    # What it says of why, and what it logged.
    why: str = ""

    @cached_property
    def normal(self) -> tuple[Any, ...]:
        """What came back without its noise. Found when it is asked for: most answers differ by their status already."""
        return normal(self.response, self.hide)

    def is_like(self, other: "Answer") -> bool:
        """Whether nobody could tell them apart."""
        return self.status == other.status and self.normal == other.normal


@dataclass
class Browser:
    """Sends requests and undoes what they did."""

    world: World

    def __post_init__(self) -> None:
        self.victim_before = fingerprint(self.world.acme)
        self.rows_before = rows_of(self.world.acme)
        self.before_operators = operators_fingerprint(self.world.acme)

    def ask(self, actor: Actor, method: str, address: str, **more: Any) -> Answer:
        """Ask, and ask again when told to come back, as every client of ours does: a busy machine is no refusal.

        Unless it is `watched`, what becomes of the victim's rows is not looked at.
        """
        for _ in range(TRIES):
            answer = self._once(actor, method, address, **more)
            if not answer.again_s:
                break
            time.sleep(answer.again_s)
        return answer

    def _once(
        self, actor: Actor, method: str, address: str, *, body: dict[str, str] | None = None,
        headers: dict[str, str] | None = None, hide: tuple[str, ...] = (), watched: bool = True,
    ) -> Answer:  # fmt: skip
        aliases = connections_of(address)
        hearing.heard = []
        with undone(*aliases):
            response = send(actor, method, address, body=body, headers=headers)
            raw = f"{response.headers}\n{response.content.decode('utf-8', 'replace')}"
            wrote = {alias for alias in aliases if _wrote(alias)}
            changed = watched and self.victim_changed(wrote)
            lost = changed and not self.rows_before <= rows_of(self.world.acme)
        mail.outbox = []
        return Answer(
            response.status_code, raw, response, hide, changed, bool(wrote), lost, again_s(response), why(response)
        )  # fmt: skip

    def victim_changed(self, wrote: set[str]) -> bool:
        """Whether a row of the victim's is another now, by the connections that were written by."""
        if wrote & {*OWN_ALIASES} and fingerprint(self.world.acme) != self.victim_before:
            return True
        return bool(wrote - {*OWN_ALIASES}) and self.operator_changed()

    def operator_changed(self) -> bool:
        return operators_fingerprint(self.world.acme) != self.before_operators


def again_s(response: Any) -> float:
    """Return in how many seconds to ask again; 0 where there is no reason to."""
    if response.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
        return 0.0
    return float(response.headers.get("Retry-After", SOON_S))


def why(response: Any) -> str:
    """Return what an answer that is no good says of its reason, and what was logged."""
    if response.status_code < HTTPStatus.BAD_REQUEST:
        return ""
    code = CODE.search(response.content.decode("utf-8", "replace"))
    return ", ".join(filter(None, [code["code"] if code else "", hearing.told()]))


def connections_of(address: str) -> tuple[str, ...]:
    """Return by which a page may write: an operator's by some of its own, whose rows no other sees before a commit."""
    return tuple(connections) if address.startswith("/admin/") else OWN_ALIASES


def send(
    actor: Actor, method: str, address: str, *, body: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Any:  # fmt: skip
    """Send a request as somebody's browser would."""
    client, name = Client(raise_request_exception=False), resolve_name(address.partition("?")[0])
    client.handler = HANDLER
    for key, value in actor.cookies.items():
        client.cookies[key] = value
    # As a browser there: some pages are answered under an origin of their own.
    home = origin_of(address)
    own = {"Origin": home} | ({} if home == settings.SITE_ORIGIN else {"Host": home.partition("://")[2]})
    if name == "hand_over_file":
        # Asked for by our own pages, from the origin of files.
        own["Origin"] = settings.SITE_ORIGIN
    sent: dict[str, Any] = {"headers": {**own, **actor.headers, **(headers or {})}}
    if method not in {"GET", "HEAD"} and body is not None:
        sent["data"], sent["content_type"], more = content(actor, name, body)
        sent["headers"] |= more
    answer: Any = client.generic(method, address, **sent)
    if name == "form_submit":
        # What waits in the Valkey of forms is rolled back with nothing; the next one is to meet the same.
        volatile.destroy(actor.side.tenant.id, actor.side.rows["chat.FormRequest"])
    if not answer.streaming:
        return answer
    # What is sent in pieces is read here, in the transaction it is to be seen in.
    whole = HttpResponse(answer.getvalue(), status=answer.status_code, headers=dict(answer.headers))
    whole.cookies = answer.cookies
    return whole


def content(actor: Actor, name: str, body: dict[str, str]) -> tuple[Any, str, dict[str, str]]:
    """Return what is sent to a route of a name: the content, its type, and headers that go with it."""
    if name == "payment_webhook":
        # Of the payment provider of whoever asks.
        signed, message = payment_message(actor.side.tenant.slug)
        return message, "application/json", signed
    if name in RAW:
        return RAW[name], "application/octet-stream", {}
    if name in SCRIPTED:
        return json.dumps(SCRIPTED[name]), "application/json", {}
    return urlencode(body), "application/x-www-form-urlencoded", {}


@lru_cache(1000)
def resolve_name(path: str) -> str:
    """Return the name of the route behind a path; empty if there is none."""
    try:
        return resolve(path).url_name or ""
    except Resolver404:
        return ""


@contextmanager
def undone(*aliases: str) -> Iterator[None]:
    """Run a block in transactions of both databases, or of the connections named, that are rolled back."""
    with ExitStack() as stack:
        for alias in aliases or OWN_ALIASES:
            stack.enter_context(transaction.atomic(using=alias))
        yield
        for alias in aliases or OWN_ALIASES:
            transaction.set_rollback(True, using=alias)


def _wrote(alias: str) -> bool:
    raw: Any = connections[alias].connection
    # Nothing was asked of it yet; or whatever it did, a transaction that has failed leaves nothing.
    if raw is None or raw.info.transaction_status in {TransactionStatus.IDLE, TransactionStatus.INERROR}:
        return False
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
        return bool(cursor.fetchone()[0])


def normal(response: Any, hide: tuple[str, ...]) -> tuple[Any, ...]:
    headers = sorted((k.lower(), v) for k, v in response.headers.items() if k.lower() not in UNCOMPARED)
    body = response.content.decode("utf-8", "replace")
    cookies = sorted(response.cookies.keys())
    return (response.status_code, _plain(str(headers), hide), _plain(body, hide), cookies)


def _plain(text: str, hide: tuple[str, ...]) -> str:
    for value in sorted(hide, key=len, reverse=True):
        text = text.replace(value, "{id}")
    for noise in NOISE:
        text = noise.sub("{noise}", text)
    return text
