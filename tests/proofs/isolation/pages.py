"""Probes of pages: the same request with an id of another organisation and with one of nothing, answers compared.

Every request runs in a transaction that is rolled back, so that each meets the same rows and the effect of each on
the victim's rows can be summed up before it is undone.
"""

import json
import multiprocessing
import re
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.core import mail
from django.db import connections, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, resolve
from psycopg.pq import TransactionStatus

from chat.secure_forms import volatile
from helpdesk.core.origins import origin_of
from tenants.operator_role import OWN_ALIASES
from tenants.tenancy import Kind, Rule, Who
from tests.proofs.isolation.cast import Actor, actors_for, cast, rightful
from tests.proofs.isolation.fingerprints import fingerprint, operators_fingerprint, rows_of
from tests.proofs.isolation.forms import payment_message
from tests.proofs.isolation.report import Cell, Report
from tests.proofs.isolation.routes import Route, absent, routes
from tests.proofs.isolation.samples import BEGINNINGS, NAMES, NAMESPACES, RAW, SAMPLES, SCRIPTED, closed_status
from tests.proofs.isolation.sides import World

METHODS: Final = ("GET", "POST", "PUT", "DELETE")
ASKED: Final = (Kind.ORGANISATION, Kind.CONVERSATION, Kind.MEMBERSHIP, Kind.INVITATION, Kind.ORIGIN, Kind.WIDGET,
                Kind.FACTOR, Kind.INCIDENT, Kind.REPORT, Kind.CANNED_RESPONSE, Kind.PRE_CHAT_FIELD,
                Kind.VISITOR_TOKEN, Kind.FORM_PASS, Kind.FORM_TEMPLATE, Kind.PROOF_PASS, Kind.LINK_TOKEN)  # fmt: skip
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
# Ids where no route declares them are tried by those who get furthest there.
INJECTING: Final = {
    Who.OPERATOR: {"operator", "acme's owner"},
    Who.PUBLIC: {"owner of another tenant", "visitor of another tenant"},
    Who.PERSON: {"owner of another tenant", "visitor of another tenant"},
}
UNCOMPARED: Final = frozenset({"x-request-id", "content-length", "date", "set-cookie", "etag", "expires"})


@dataclass(frozen=True)
class Answer:
    """What came back: as it was, and without what differs from request to request."""

    status: int
    raw: str
    normal: tuple[Any, ...]
    changed_victim: bool
    wrote: bool
    # Whether a row that was there is gone or different: more than one that was added.
    lost_rows: bool


@dataclass
class Browser:
    """Sends requests and undoes what they did."""

    world: World

    def __post_init__(self) -> None:
        self.victim_before = fingerprint(self.world.acme)
        self.rows_before = rows_of(self.world.acme)
        self.before_operators = operators_fingerprint(self.world.acme)

    def ask(
        self, actor: Actor, method: str, address: str, *, body: dict[str, str] | None = None,
        headers: dict[str, str] | None = None, hide: tuple[str, ...] = (),
    ) -> Answer:  # fmt: skip
        aliases = connections_of(address)
        with undone(*aliases):
            response = send(actor, method, address, body=body, headers=headers)
            raw = f"{response.headers}\n{response.content.decode('utf-8', 'replace')}"
            wrote = {alias for alias in aliases if _wrote(alias)}
            changed = bool(wrote & {*OWN_ALIASES}) and fingerprint(self.world.acme) != self.victim_before
            changed |= bool(wrote - {*OWN_ALIASES}) and self.operator_changed()
            lost = changed and not self.rows_before <= rows_of(self.world.acme)
        mail.outbox = []
        return Answer(response.status_code, raw, normal(response, hide), changed, bool(wrote), lost)

    def operator_changed(self) -> bool:
        return operators_fingerprint(self.world.acme) != self.before_operators


def connections_of(address: str) -> tuple[str, ...]:
    """Return by which a page may write: an operator's by some of its own, whose rows no other sees before a commit."""
    return tuple(connections) if address.startswith("/admin/") else OWN_ALIASES


def send(
    actor: Actor, method: str, address: str, *, body: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Any:  # fmt: skip
    """Send a request as somebody's browser would."""
    client, name = Client(raise_request_exception=False), resolve_name(address)
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


def resolve_name(address: str) -> str:
    """Return the name of the route behind an address; empty if there is none."""
    try:
        return resolve(address.partition("?")[0]).url_name or ""
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
    if raw is None or raw.info.transaction_status == TransactionStatus.INERROR:
        return False  # whatever it did, a transaction that has failed leaves nothing
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


# --- the probes ----------------------------------------------------------------------------------------------


@dataclass
class PageProof:
    """Probes every route in every way."""

    world: World
    report: Report
    every: int = 1
    # Which of how many processes this is: each takes its share of the routes.
    share: tuple[int, int] = (0, 1)
    # Signed in before: each sign-in is written down.
    people: dict[str, Actor] = field(default_factory=dict)
    counted: int = 0

    def run(self) -> None:
        self.people = self.people or cast(self.world)
        self.browser = Browser(self.world)
        first, of = self.share
        for route in routes()[first::of]:
            if route.rule is None:
                self.report.uncovered[(route.name, "*", "*", "*", "*")] = "it has no rule"
                continue
            self.probe_route(route, route.rule)

    def probe_route(self, route: Route, rule: Rule) -> None:
        allowed = self.control(route, rule)
        injecting = INJECTING.get(rule.who, {actor.name for actor in self.people.values()})
        for actor in actors_for(rule, self.people):
            for method in METHODS:
                for name in route.ids:
                    self.by_path(route, rule, method, name, actor)
                if method in allowed & {"GET", "POST"} and actor.name in injecting:
                    self.by_injection(route, rule, method, actor)

    def control(self, route: Route, rule: Rule) -> set[str]:
        """Ask as who may, with what is right: it must work, and differently from asking for nothing."""
        actor, values = rightful(rule, self.people, self.world), route.own_values(self.world.acme)
        allowed: set[str] = set()
        # A sample of probes needs to know what may be sent, and no more.
        for method in METHODS if self.every == 1 else ("GET", "POST"):
            answer = self.browser.ask(
                actor, method, self.own(route, rule, actor, values), body=self.sample(route, rule, actor)
            )
            self.report.controls += 1
            if answer.status == 405:
                continue
            allowed.add(method)
            # What a script asks, it is told by a status: to sign in first (401), or that nothing was begun (409).
            if answer.status not in {closed_status(route, method), 200, 204, 302, 401, 409, 422}:
                self.report.uncovered[(route.name, method, "*", "*", "*")] = f"the right one gets {answer.status}"
            if method in {"GET", "POST"}:
                self.differs(route, rule, method, actor, answer)
        return allowed

    def differs(self, route: Route, rule: Rule, method: str, actor: Actor, right: Answer) -> None:
        """The right id must be answered otherwise than one of nothing, or the probe could not have failed."""
        if closed_status(route, method):
            return
        for name, kind in route.ids.items():
            other = route.own_values(self.world.acme) | {name: absent(kind)}
            answer = self.browser.ask(
                actor, method, self.own(route, rule, actor, other), body=self.sample(route, rule, actor)
            )
            if answer.normal == right.normal and answer.wrote == right.wrote and not right.changed_victim:
                why = "the right id is answered like one of nothing"
                self.report.uncovered[(route.name, method, f"path:{name}", kind, "*")] = why

    def by_path(self, route: Route, rule: Rule, method: str, name: str, actor: Actor) -> None:
        """Another organisation's id in the path; with its slug come its other ids too."""
        if not self.is_due():
            return
        kind = route.ids[name]
        foreign = route.own_values(self.world.acme)
        base = foreign if kind is Kind.ORGANISATION else route.own_values(actor.side)
        nothing = absent(Kind.ROW if name == "tenant_id" else kind)
        sent = (base | {name: foreign[name]}, base | {name: nothing})
        cell = (route.name, method, f"path:{name}", str(kind), actor.name)
        if actor.side is self.world.acme and kind is Kind.ORGANISATION and rule.who is Who.ORGANISATION:
            # They belong there: what must hold is that they are refused.
            self.refused(cell, actor, method, self.own(route, rule, actor, sent[0]), self.sample(route, rule, actor))
            return
        if rule.who is Who.VISITOR and kind is Kind.WIDGET:
            # The key stands in public pages: what must hold is that it opens nobody's chats.
            word = self.world.acme.words[0]
            # So do the sites, and how else to reach the organisation.
            hide = (foreign[name], f"https://{word}.example", f"Call {word}")
            asked = (actor, method, self.own(route, rule, actor, sent[0]), self.sample(route, rule, actor), None)
            self.compare(cell, [asked, asked], hide)
            return
        urls = [self.own(route, rule, actor, values) for values in sent]
        # What is sent may be sent back: a redirect to the sign-in page holds the whole address.
        hide = (*(foreign[one] for one in route.ids if kind is Kind.ORGANISATION), foreign[name], nothing)
        self.compare(cell, [(actor, method, url, self.sample(route, rule, actor), None) for url in urls], hide)

    def by_injection(self, route: Route, rule: Rule, method: str, actor: Actor) -> None:
        """Ids where the route declares them, and where it does not, in the query, the body and the headers."""
        address = self.own(route, rule, actor, route.own_values(actor.side))
        for kind in ASKED:
            values = (self.value(kind), absent(kind))
            for position in ("query", "body", "header"):
                if position == "body" and method in {"GET", "HEAD"}:
                    continue
                cell: Cell = (route.name, method, position, str(kind), actor.name)
                if (route.label, position, kind) in NAMESPACES or not self.is_due():
                    continue
                asked = [self.injected(route, rule, actor, method, address, position, kind, value) for value in values]
                self.compare(cell, asked, values + ((str(self.world.acme.tenant.id),) if position == "body" else ()))

    def injected(
        self, route: Route, rule: Rule, actor: Actor, method: str, address: str, position: str, kind: Kind, value: str
    ) -> tuple[Any, ...]:
        declared = {"query": rule.query, "body": rule.body, "header": rule.headers}[position]
        names = {name for name, declared_kind in declared.items() if declared_kind is kind} | set(NAMES[kind])
        if rule.one_organisation and kind is Kind.ORGANISATION:
            # The operator chooses an organisation there: that is what the parameter is for.
            names -= {"organisation", "_changelist_filters"}
        given = dict.fromkeys(sorted(names), value)
        if position == "query":
            mark = "&" if "?" in address else "?"
            return (actor, method, address + mark + urlencode(given), self.sample(route, rule, actor), None)
        if position == "body":
            return (actor, method, address, {**self.sample(route, rule, actor), **given}, None)
        headers = {f"X-{kind.value.title().replace('_', '-')}": value, **{n: value for n in declared if n in given}}
        if kind is Kind.VISITOR_TOKEN:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in {**actor.cookies, "__Host-hushdesk": value}.items())
        return (
            actor,
            method,
            address,
            self.sample(route, rule, actor),
            headers | {"Referer": f"http://app.localhost/?{value}"},
        )

    def is_due(self) -> bool:
        """Whether the next probe is among those that are made: with `every`, so manieth."""
        self.counted += 1
        return self.counted % self.every == 0

    def compare(self, cell: Cell, asked: list[tuple[Any, ...]], hide: tuple[str, ...]) -> None:
        foreign, nothing = (
            self.browser.ask(who, method, url, body=body, headers=headers, hide=hide)
            for who, method, url, body, headers in asked
        )
        oracle = "" if foreign.normal == nothing.normal else difference(foreign.normal, nothing.normal)
        self.report.probed(cell, leak=self.leak(cell, foreign, hide, asked[0][0]), oracle=oracle)

    def refused(self, cell: Cell, actor: Actor, method: str, url: str, body: dict[str, str]) -> None:
        answer = self.browser.ask(actor, method, url, body=body)
        leak = "" if answer.status in {403, 405} else f"a member without the capability gets {answer.status}"
        self.report.probed(cell, leak=leak or ("it changed rows" if answer.changed_victim else ""))

    def leak(self, cell: Cell, answer: Answer, hide: tuple[str, ...], actor: Actor) -> str:
        """Say what of Acme came out or changed; nothing if nothing did."""
        if answer.lost_rows or (answer.changed_victim and (cell[0], cell[2]) not in BEGINNINGS):
            return "it changed the other organisation's rows"
        if actor.side is self.world.acme:
            return "" if answer.status in {302, 403, 404, 405} else f"a member without the capability: {answer.status}"
        if answer.status >= 500:
            return f"the service fails with {answer.status}"
        text = answer.raw
        for value in hide:
            text = text.replace(value, "")
        found = [word for word in self.world.secrets if word in text]
        return f"it shows {found[0]}" if found else ""

    def own(self, route: Route, rule: Rule, actor: Actor, values: dict[str, str]) -> str:
        """The address; an operator's pages of one organisation name the one the actor is in."""
        address = route.address(values)
        if not rule.one_organisation:
            return address
        chosen = urlencode({"organisation": actor.side.tenant.slug})
        return f"{address}?{urlencode({'_changelist_filters': chosen}) if 'object_id' in values else chosen}"

    def sample(self, route: Route, rule: Rule, actor: Actor) -> dict[str, str]:
        declared = {name: actor.side.value(kind) for name, kind in rule.body.items()}
        return {**SAMPLES.get(route.label, {}), **declared}

    def value(self, kind: Kind) -> str:
        return self.world.acme.value(kind)


def difference(one: tuple[Any, ...], other: tuple[Any, ...]) -> str:
    """Say where two answers part."""
    if one[0] != other[0]:
        return f"{one[0]} where nothing gives {other[0]}"
    for left, right in zip(one[1:3], other[1:3], strict=True):
        if left != right:
            at = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), 0)
            return f"…{left[max(0, at - 40) : at + 40]!r} where nothing gives …{right[max(0, at - 40) : at + 40]!r}"
    return "other cookies"


def probe_pages(world: World, report: Report, *, every: int, workers: int) -> None:
    """Probe all pages, in as many processes: what each does is undone, so they do not meet."""
    people = cast(world)
    connections.close_all()
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        shares = [pool.submit(_share, world, every, (number, workers), people) for number in range(workers)]
        for share in shares:
            report.add(share.result())


def _share(world: World, every: int, share: tuple[int, int], people: dict[str, Actor]) -> Report:
    report = Report()
    PageProof(world, report, every=every, share=share, people=people).run()
    connections.close_all()
    return report
