"""Every route of the table is asked by who may, and what it changes or shows must leave an entry.

Made from the route table with the world of the proof of isolation: one of everything, and words that are Acme's alone.
A request is undone after it was looked at, so that each meets the same rows. What is a record by itself, and what is
no more than a browser's own state, is named with its reason; what is named and no longer needed is said too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from unittest.mock import patch

from django.db import connections

from chat.files.store import DiskStore
from helpdesk.core import clock
from tenants import fresh_factor
from tenants.scoping import set_local_tenant
from tenants.tenancy import Rule, Who
from tests.proofs.audit.exempt import STATE, UNTOLD
from tests.proofs.gate.stage import Figures, Stage, unhindered
from tests.proofs.isolation.asking import connections_of, send, undone
from tests.proofs.isolation.cast import Actor, cast, rightful
from tests.proofs.isolation.pages import PageProof
from tests.proofs.isolation.report import Report
from tests.proofs.isolation.routes import Route, routes
from tests.proofs.isolation.sides import World
from tests.proofs.isolation.world import make_world
from tests.support.progress import say

KEYS: Final = ("routes_without_entry", "routes_asked", "routes_that_change", "routes_that_disclose")
IN_SUITE: Final = False
TRAILS: Final = ("compliance_auditentry", "compliance_operatorentry")
TABLES: Final = """
    SELECT c.relname, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
        AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1
"""
Sums = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """What became of one request: which tables it changed, which words it showed, how many entries it left."""

    status: int
    changed: frozenset[str]
    shown: frozenset[str]
    entries: int


def measure(stage: Stage) -> Figures:
    """Ask them all."""
    del stage
    # A row that is deleted comes back with the rollback; a file would be gone for who asks for it afterwards.
    with unhindered(), patch.object(DiskStore, "delete", lambda *_: None):
        fresh_factor.FRESH = timedelta(days=1)  # type: ignore[misc]
        world = make_world(clock.now())
        people = cast(world)
        untold, counts, needed = [], {"asked": 0, "changing": 0, "disclosing": 0}, set()
        for route, method, seen in asked(world, people):
            counts["asked"] += 1
            counts["changing"] += bool(seen.changed)
            counts["disclosing"] += bool(seen.shown)
            if (seen.changed or seen.shown) and not seen.entries:
                if (route.label, method) in UNTOLD:
                    needed.add((route.label, method))
                else:
                    untold.append(route)
                    say(f"NO ENTRY {method} {route.name}: changed {sorted(seen.changed)}, showed {sorted(seen.shown)}")
        for label, method in sorted(UNTOLD.keys() - needed):
            untold.append(label)
            say(f"NAMED AND NOT NEEDED {method} {label}")
    return {
        "routes_without_entry": len(untold), "routes_asked": counts["asked"], "routes_that_change": counts["changing"],
        "routes_that_disclose": counts["disclosing"],
    }  # fmt: skip


def holds(figures: dict[str, Any]) -> bool:
    """A proof that saw nothing changed or shown has not looked."""
    return figures["routes_that_change"] >= 60 and figures["routes_that_disclose"] >= 10


def asked(world: World, people: dict[str, Actor]) -> Iterator[tuple[Route, str, Seen]]:
    for route in routes():
        if route.rule is None:
            continue
        actor, values = rightful(route.rule, people, world), route.own_values(world.acme)
        for method in ("GET", "POST"):
            yield route, method, look(world, route, route.rule, actor, values, method)


def look(world: World, route: Route, rule: Rule, actor: Actor, values: dict[str, str], method: str) -> Seen:
    """Ask once, as the proof of isolation does, look at what it did, and undo it."""
    proof = PageProof(world, Report())
    address, body = proof.own(route, rule, actor, values), proof.sample(route, rule, actor)
    aliases = connections_of(address)
    with undone(*aliases):
        before = sums(world, aliases)
        answer = send(actor, method, address, body=body)
        after = sums(world, aliases)
    changed = {table for table in after.keys() | before.keys() if before.get(table) != after.get(table)}
    entries = sum(after[table][0] - before[table][0] for table in after if table.partition(" ")[2] in TRAILS)
    names = {table.partition(" ")[2] for table in changed} - {*TRAILS} - STATE.keys()
    # What a visitor is shown is their own.
    shown = set() if rule.who is Who.VISITOR else {word for word in words(world) if word in answer.text}
    return Seen(answer.status_code, frozenset(names), frozenset(shown), entries)


def words(world: World) -> list[str]:
    """What a visitor of Acme has written, or is called and reached by."""
    mine = world.acme.words[0]
    return [f"{mine}-plaintext", f"{mine}-reply", f"Vera {mine}", f"vera@{mine}.example", f"{mine}-answer"]


def sums(world: World, aliases: tuple[str, ...]) -> Sums:
    """Count and sum up every table, by every connection: how many rows of Acme's, or of nobody's, and which."""
    found: Sums = {}
    for alias in aliases:
        with connections[alias].cursor() as cursor:
            cursor.execute(TABLES)
            tables = cursor.fetchall()
            set_local_tenant(world.acme.tenant.id, using=alias)
            for table, _ in tables:
                cursor.execute(f"SELECT count(*), sum(hashtextextended(r::text, 0)) FROM {table} r")
                found[f"{alias} {table}"] = cursor.fetchone()
            set_local_tenant(None, using=alias)
    return found
