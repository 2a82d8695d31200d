"""One random scenario: an organisation, its policy and holds, a run that is killed and disturbed, and its end."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID

from chat.actions import erasure, legal_holds
from chat.actions.legal_holds import UnknownTargetError
from chat.holds import HoldQuery
from compliance import job_runs, purge
from compliance.actions.retention import set_policy
from compliance.models import HoldKind, JobKind, JobRun, RecordClass
from compliance.retention_rehearsal import rehearse
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.keyring import ring
from tenants.scoping import tenant_scope
from tests.proofs.retention.oracle import Days, Held, covered, gone
from tests.proofs.retention.stock import Stock, make_stock

SPANS: Final = (1, 5, 10, 20, 30, 40, 50, 70)
#: A killed run is taken up when it has been still for so long.
LATER: Final = timedelta(minutes=2)


class KilledError(BaseException):
    """The worker is gone: nothing of the product catches this."""


@dataclass
class Found:
    """What a scenario showed: violations in words, and how often it was killed."""

    violations: list[str] = field(default_factory=list)
    kills: int = 0


@dataclass
class Scene:
    """The state of one scenario while it runs."""

    chance: Random
    stock: Stock
    now: datetime
    days: dict[RecordClass, int] = field(default_factory=dict)
    # Every policy there was, and what each hold that stood from then on kept.
    policies: list[Days] = field(default_factory=list)
    holds: dict[UUID, Held] = field(default_factory=dict)
    promised: dict[UUID, set[UUID]] = field(default_factory=dict)
    first_holds: list[Held] = field(default_factory=list)

    def choose(self, record_class: RecordClass, days: int | None) -> None:
        set_policy(
            tenant=self.stock.tenant, record_class=record_class, keep_days=days, actor=Actor.member(self.stock.owner),
            now=self.now,
        )  # fmt: skip
        self.days.pop(record_class, None)
        if days is not None:
            self.days[record_class] = days
        self.policies.append(dict(self.days))

    def place(self) -> None:
        """Hold something, whether it is there still or not."""
        kind, target, held = _some_target(self.chance, self.stock)
        try:
            with tenant_scope(self.stock.tenant):
                hold = legal_holds.place_hold(
                    kind=kind, target=target, reason="A proof", actor=self.stock.owner, now=self.now
                )
        except UnknownTargetError:
            if target in self.stock.there():
                raise
            return
        self.holds[hold.id] = held
        self.promised[hold.id] = covered(self.stock, [held]) & self.stock.there()

    def release(self) -> None:
        """Release one of the holds, by two people."""
        if not self.holds:
            return
        hold_id = self.chance.choice(sorted(self.holds))
        with tenant_scope(self.stock.tenant):
            legal_holds.ask_release(hold_id=hold_id, actor=self.stock.owner, now=self.now)
            legal_holds.release_hold(hold_id=hold_id, actor=self.stock.officer, now=self.now)
        if (held := self.holds.pop(hold_id)) in self.first_holds:
            self.first_holds.remove(held)
        del self.promised[hold_id]


def play(number: int, seed: int) -> Found:
    """Play one scenario and judge it. Half of them are disturbed by nothing but the end of their worker."""
    chance = Random(f"{seed}:{number}")
    scene = Scene(chance, make_stock(number, chance, now := clock.now()), now)
    scene.choose(RecordClass.CONVERSATION, chance.choice(SPANS))
    for record_class in RecordClass:
        if record_class != RecordClass.CONVERSATION and chance.random() < 0.5:
            scene.choose(record_class, chance.choice(SPANS))
    scene.policies = scene.policies[-1:]
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        scene.place()
    scene.first_holds = list(scene.holds.values())
    is_quiet = number % 2 == 0
    with tenant_scope(scene.stock.tenant):
        rehearsed = rehearse(scene.stock.tenant, at=now).rows
    found = Found()
    until = _run_to_the_end(scene, found, is_disturbed=not is_quiet)
    _judge(scene, found, until)
    if is_quiet:
        _judge_quiet(scene, found, until, rehearsed)
    return found


def _run_to_the_end(scene: Scene, found: Found, *, is_disturbed: bool) -> datetime:
    """Kill the run a few times, then let it end, and run once more; return the instant of the last run."""
    at = scene.now
    for _ in range(scene.chance.choice((0, 1, 1, 2, 3))):
        try:
            with killed_at(scene.chance.randint(1, 25)):
                _purge(scene, at, is_disturbed=is_disturbed)
        except KilledError:
            found.kills += 1
        at += LATER
    _purge(scene, at, is_disturbed=is_disturbed)
    if is_disturbed:
        # What was decided while the last batches ran is the next night's to do.
        at += LATER
        _purge(scene, at, is_disturbed=False)
    with tenant_scope(scene.stock.tenant):
        if JobRun.objects.filter(kind=JobKind.PURGE).exclude(state="done").exists():
            found.violations.append("a run never ended")
    return at


def _purge(scene: Scene, at: datetime, *, is_disturbed: bool) -> None:
    def now() -> datetime:
        # A clock that goes back and forth while it runs.
        return at + timedelta(seconds=scene.chance.randint(-90, 90)) if is_disturbed and begun else at

    def pause(_: float) -> None:
        begun.append(True)
        if is_disturbed and scene.chance.random() < 0.4:
            disturb: list[Callable[[], None]] = [
                scene.place, scene.release,
                partial(scene.choose, RecordClass.CONVERSATION, scene.chance.choice((*SPANS, None))),
                partial(scene.choose, RecordClass.FORM, scene.chance.choice((*SPANS, None))),
            ]  # fmt: skip
            scene.chance.choice(disturb)()

    begun: list[bool] = []
    purge.purge_expired(scene.stock.tenant.id, now=now, batch_size=scene.chance.choice((1, 2, 3)), pause=pause)


def _judge(scene: Scene, found: Found, until: datetime) -> None:
    """Nothing past its time unless held, nothing held gone, nothing gone before its time, a repeat changes nothing."""
    stock, there = scene.stock, scene.stock.there()
    days = scene.policies[-1]
    # What a policy of before has taken already has taken people along who would else be there without their chats.
    taken = stock.all() - there
    must = gone(stock, days, list(scene.holds.values()), until)
    may = set[UUID]()
    for policy in scene.policies:
        may |= gone(stock, policy, scene.first_holds, until)
    found.violations += [f"past its time and there: {_named(stock, one)}" for one in must & there]
    found.violations += [f"gone before its time: {_named(stock, one)}" for one in taken - may]
    for kept in scene.promised.values():
        found.violations += [f"held and gone: {_named(stock, one)}" for one in kept - there]
    found.violations += ["a person without a key, or a key of nobody" for _ in there - stock.all()]
    _purge(scene, until + LATER, is_disturbed=False)
    if scene.stock.there() & stock.all() != there & stock.all():
        found.violations.append("repeated, it ends otherwise")


def _judge_quiet(scene: Scene, found: Found, until: datetime, rehearsed: dict[str, int]) -> None:
    """Undisturbed it ends as if it had not been killed, and what went is what was rehearsed."""
    stock = scene.stock
    if stock.all() - stock.there() != gone(stock, scene.days, list(scene.holds.values()), until):
        found.violations.append("killed, it ends otherwise")
    counted: Counter[str] = Counter()
    with tenant_scope(stock.tenant):
        for counts in JobRun.objects.filter(kind=JobKind.PURGE).values_list("counts", flat=True):
            counted.update(counts)
    went = {name: count for name, count in counted.items() if count and name != "keys"}
    if went != rehearsed:
        found.violations.append(f"rehearsed {rehearsed}, and {went} went")


@contextmanager
def killed_at(step: int) -> Iterator[None]:
    """End the worker at one of the steps of its work, before or after it is done."""
    steps = 0

    def doomed(real: Callable[..., Any], *given: Any, **options: Any) -> Any:
        nonlocal steps
        steps += 1
        if steps == step:
            raise KilledError
        done = real(*given, **options)
        steps += 1
        if steps == step:
            raise KilledError
        return done

    with ExitStack() as stack:
        for module, name in (
            (erasure, "_delete"), (ring, "destroy_contact_keys"), (job_runs, "add"), (job_runs, "finish"),
            (purge._Purge, "_batch"),
        ):  # fmt: skip
            real = getattr(module, name)
            replacement: Any = partial(doomed, real)
            if isinstance(module, type):
                replacement = lambda *given, real=real, **options: doomed(real, *given, **options)  # noqa: E731
            stack.enter_context(patch.object(module, name, replacement))
        yield


def _some_target(chance: Random, stock: Stock) -> tuple[HoldKind, Any, Held]:
    kind = chance.choice(list(HoldKind)) if stock.said else HoldKind.CONTACT
    if kind == HoldKind.CONTACT:
        contact = chance.choice(sorted(stock.contacts))
        return kind, contact, Held(contact=contact)
    said = stock.said[chance.choice(sorted(stock.said))]
    if kind == HoldKind.CONVERSATION:
        return kind, said.id, Held(conversation=said.id)
    query = chance.choice((
        HoldQuery(inbox_id=said.inbox, began_until=said.began.date()),
        HoldQuery(began_from=said.began.date(), began_until=said.began.date()),
        HoldQuery(member_id=chance.choice(stock.agents).id),
        HoldQuery(began_from=said.began.date(), inbox_id=said.inbox, member_id=chance.choice(stock.agents).id),
    ))  # fmt: skip
    return kind, query, Held(query=query)


def _named(stock: Stock, one: UUID) -> str:
    if one in stock.said:
        return "conversation"
    return stock.rows[one].record_class.value if one in stock.rows else "contact"
