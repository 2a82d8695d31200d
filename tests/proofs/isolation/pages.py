"""Probes of pages: the same request with an id of another organisation and with one of nothing, answers compared."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from tenants.tenancy import Kind, Rule, Who
from tests.proofs.isolation.asking import Answer, Browser
from tests.proofs.isolation.cast import Actor, actors_for, cast, rightful
from tests.proofs.isolation.clones import clones, move_to
from tests.proofs.isolation.forked import forked
from tests.proofs.isolation.report import Cell, Report
from tests.proofs.isolation.routes import Route, absent, routes
from tests.proofs.isolation.samples import BEGINNINGS, NAMES, NAMESPACES, SAMPLES, closed_status
from tests.proofs.isolation.sides import World

if TYPE_CHECKING:
    from helpdesk.launch.prove import Scratch

METHODS: Final = ("GET", "POST", "PUT", "DELETE")
ASKED: Final = (Kind.ORGANISATION, Kind.CONVERSATION, Kind.MEMBERSHIP, Kind.INVITATION, Kind.ORIGIN, Kind.WIDGET,
                Kind.FACTOR, Kind.INCIDENT, Kind.REPORT, Kind.CANNED_RESPONSE, Kind.PRE_CHAT_FIELD,
                Kind.VISITOR_TOKEN, Kind.FORM_PASS, Kind.FORM_TEMPLATE, Kind.PROOF_PASS, Kind.LINK_TOKEN)  # fmt: skip
# Ids where no route declares them are tried by those who get furthest there.
INJECTING: Final = {
    Who.OPERATOR: {"operator", "acme's owner"},
    Who.PUBLIC: {"owner of another tenant", "visitor of another tenant"},
    Who.PERSON: {"owner of another tenant", "visitor of another tenant"},
}


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
            ask = partial(self.browser.ask, actor, method, body=self.sample(route, rule, actor))
            answer = ask(self.own(route, rule, actor, values), watched=False)
            self.report.controls += 1
            if answer.status == 405:
                continue
            allowed.add(method)
            # What a script asks, it is told by a status: to sign in first (401), or that nothing was begun (409).
            if answer.status not in {closed_status(route, method), 200, 204, 302, 401, 409, 422}:
                self.report.uncovered[(route.name, method, "*", "*", "*")] = (
                    f"the right one gets {answer.status} ({answer.why})"
                )
            if method in {"GET", "POST"}:
                self.differs(route, method, answer, lambda these: self.own(route, rule, actor, these), ask)
        return allowed

    def differs(
        self, route: Route, method: str, right: Answer, address: Callable[[dict[str, str]], str],
        ask: Callable[..., Answer],
    ) -> None:  # fmt: skip
        """The right id must be answered otherwise than one of nothing, or the probe could not have failed."""
        if closed_status(route, method):
            return
        values = route.own_values(self.world.acme)
        # In a sample, the last one: those before it lead there, and the same guard stands on them in every route.
        for name, kind in list(route.ids.items())[0 if self.every == 1 else -1 :]:
            other = ask(address(values | {name: absent(kind)}), watched=False)
            if other.is_like(right) and other.wrote == right.wrote and not ask(address(values)).changed_victim:
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
            for position in ("query", "body", "header"):
                if position == "body" and method in {"GET", "HEAD"}:
                    continue
                cell: Cell = (route.name, method, position, str(kind), actor.name)
                if (route.label, position, kind) in NAMESPACES or not self.is_due():
                    continue
                values = (self.value(kind), absent(kind))
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
        oracle = "" if foreign.is_like(nothing) else difference(foreign.normal, nothing.normal)
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


def probe_pages(world: World, report: Report, scratch: "Scratch", *, every: int, workers: int) -> None:
    """Probe all pages, in as many processes."""
    people = cast(world)
    with clones(scratch, workers) as names:
        for share in forked(_share, [(world, every, (at, workers), people, name) for at, name in enumerate(names)]):
            report.add(share)


def _share(world: World, every: int, share: tuple[int, int], people: dict[str, Actor], name: str) -> Report:
    report = Report()
    move_to(name)
    PageProof(world, report, every=every, share=share, people=people).run()
    return report
