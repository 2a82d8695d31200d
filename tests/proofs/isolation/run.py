"""The parts of the proof, one after the other, and its figures."""

import argparse
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.conf import settings
from django.core import mail

from chat.files.store import DiskStore
from chat.models import Conversation
from helpdesk.core import clock
from helpdesk.core.ratelimit import Limit
from helpdesk.embedded.layout import OPERATOR_ROLE, SUPERUSER
from tenants import fresh_factor
from tenants.actions import sessions
from tenants.models import Tenant
from tenants.rls import LETTING_IN
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation
from tests.factories.tenants import make_person, make_tenant
from tests.proofs.isolation.hearing import listen
from tests.proofs.isolation.jobs import probe_jobs
from tests.proofs.isolation.main import SHORT_EVERY
from tests.proofs.isolation.mutants.checks import check_mutants
from tests.proofs.isolation.mutants.core import Verdict
from tests.proofs.isolation.mutants.gates import gate_mutants
from tests.proofs.isolation.mutants.managers import manager_mutants
from tests.proofs.isolation.mutants.tables import admission_mutants, key_mutants, opened, policy_mutants, tables
from tests.proofs.isolation.pages import probe_pages
from tests.proofs.isolation.race import race, race_mutant
from tests.proofs.isolation.report import Report
from tests.proofs.isolation.roles import Roles, operators, probe_roles, role_mutants, role_policy_mutants
from tests.proofs.isolation.sides import World
from tests.proofs.isolation.sockets import probe_sockets
from tests.proofs.isolation.world import make_world
from tests.proofs.isolation.world_endings import endings
from tests.support.progress import say

RACE: Final = 100_000
RACE_SHORT: Final = 4_000

if TYPE_CHECKING:
    from helpdesk.launch.prove import Scratch


def run(options: argparse.Namespace, scratch: "Scratch") -> dict[str, Any]:
    """Run the parts that were asked for."""
    unhinder()
    world = make_world(clock.now())
    report = Report()
    parts = options.only.split(",")
    every = options.every or (SHORT_EVERY if options.short else 1)
    if "pages" in parts:
        # A sample is for a machine that has other work, and is taken by one process.
        probe_pages(world, report, scratch, every=every, workers=min(4, os.cpu_count() or 1) if every == 1 else 1)
        say(f"pages: {report.figures()} {report.by_position()}")
    if "sockets" in parts:
        probe_sockets(world, report)
    if "jobs" in parts:
        probe_jobs(world, report, is_sample=every > 1)
    if "roles" in parts:
        with endings(world, superusers(scratch)):
            probe_roles(world, report, roles := operators_of(world, scratch))
        roles.close()
    result = report.told()
    result |= {"mutants": 0, "mutants_caught": 0, "race_transactions": 0, "race_wrong": 0}
    if "race" in parts:
        wanted = options.transactions or (RACE_SHORT if options.short else RACE)
        result |= race(scratch, racers(world), wanted)
        result["ok"] = result["ok"] and result["race_wrong"] == 0 and result["race_transactions"] >= wanted
        say(f"race: {result['race_ways']}, not run: {result['race_not_run']}")
    if options.mutate:
        verdict = mutate(world, scratch)
        result |= {"mutants": verdict.tried, "mutants_caught": verdict.caught, "by_family": verdict.by_family}
        result["ok"] = result["ok"] and verdict.caught == verdict.tried
    return result


def operators_of(world: World, scratch: "Scratch") -> Roles:
    """The operators' role, signed in to both databases."""
    data = scratch.data
    urls = {"default": data.database_url(OPERATOR_ROLE), "keys": data.keys_database_url(OPERATOR_ROLE)}
    return operators(world, urls, {"default": scratch.owner_url(), "keys": scratch.owner_keys_url()})


def racers(world: World) -> dict[str, int]:
    """Return the organisations that race: the two there are, and ten more of different sizes."""
    now = clock.now()
    if found := list(Tenant.objects.filter(slug__startswith="racer").values_list("id", flat=True)):
        return {str(tenant_id): conversations_of(tenant_id) for tenant_id in found}
    counts = {str(side.tenant.id): 2 for side in (world.acme, world.globex)}
    for number in range(10):
        owner = make_person(f"Racer {number}", email=f"racer{number}@races.example", now=now)
        tenant = make_tenant(f"Racer{number}", owner=owner, now=now)
        for _ in range(1 + number % 4):
            store_conversation(tenant, (), at=now)
        counts[str(tenant.id)] = 1 + number % 4
    return counts


def conversations_of(tenant_id: UUID) -> int:
    with tenant_scope(tenant_id):
        return int(Conversation.objects.count())


def mutate(world: World, scratch: "Scratch") -> Verdict:
    """Take each fence away in turn."""
    verdict = Verdict()
    with endings(world, superusers(scratch)):
        mutate_tables(world, scratch, verdict)
    verdict.judge(check_mutants(world))
    say(f"checks: {verdict.by_family}")
    verdict.judge(gate_mutants(world))
    verdict.judge([race_mutant(scratch, racers(world))])
    for survivor in verdict.survivors:
        say(f"SURVIVED {survivor}")
    return verdict


def mutate_tables(world: World, scratch: "Scratch", verdict: Verdict) -> None:
    """What stands in the database, and the managers in front of it: each with the others out of the way."""
    fenced = tables(world, scratch.owner_url(), scratch.owner_keys_url())
    roles = operators_of(world, scratch)
    with opened(fenced, *LETTING_IN):
        for table in fenced:
            verdict.judge(policy_mutants(table))
        verdict.judge(role_policy_mutants(roles, "floor"))
    with opened(fenced, "floor"):
        for table in fenced:
            verdict.judge(admission_mutants(table))
        verdict.judge(role_policy_mutants(roles, "operator"))
    say(f"policies: {verdict.by_family}")
    verdict.judge(role_mutants(roles))
    for table in fenced:
        verdict.judge(key_mutants(table))
    with opened(fenced, "floor", *LETTING_IN):
        verdict.judge(manager_mutants(world))
    roles.close()
    say(f"grants, keys, managers: {verdict.by_family}")


def superusers(scratch: "Scratch") -> dict[str, str]:
    return {"default": scratch.superuser_url(), "keys": scratch.data.keys_database_url(SUPERUSER)}


def unhinder() -> None:
    """Let nothing be too often, mail nobody, and keep files: limits are tested by themselves."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.ALLOWED_HOSTS = ["*"]
    mail.outbox = []
    listen()

    async def at_once(*_: Any, **__: Any) -> float:
        return 0.0

    # Factors are given once, when the browsers are made: what asks for one is reached for as long as this takes.
    fresh_factor.FRESH = timedelta(days=1)  # type: ignore[misc]
    # Nor is it noted anew that somebody is active: undone with each request, it would be due, and written, in each.
    sessions.ACTIVE_TO_THE = timedelta(days=1)  # type: ignore[misc]
    # Rows that a probe takes away are put back by its rollback; what lies on the disk would be gone for the next one.
    DiskStore.delete = lambda *_: None  # type: ignore[method-assign]
    settings.CHAT_LIMITS_TIMES = 1000
    Limit._run = lambda *_, **__: 0.0  # type: ignore[method-assign]
    Limit.await_s = at_once  # type: ignore[method-assign]
