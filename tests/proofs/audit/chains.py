"""Chains to be tampered with, and to be timed: entries of every shape, sealed, and anchored as they grow."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg

from compliance import audit_chain
from compliance.anchoring import anchor as anchoring
from compliance.anchoring.places import Folder
from compliance.verifier.entries import OPERATORS
from helpdesk.core import clock
from helpdesk.embedded.layout import SUPERUSER, DataDirectory
from tenants.models import Tenant
from tests.factories.tenants import make_person, make_tenant

ENTRIES: Final = 24
ROUNDS: Final = 4
EVENTS: Final = ("conversation.disclosed", "member.signed_in", "retention.purged", "form.viewed", "policy.chosen")
#: What a database superuser does first: no constraint, index or trigger stands in the way of the rest.
OPENED: Final = (
    "ALTER TABLE compliance_auditentry DROP CONSTRAINT audit_entry_sealed_or_not",
    "ALTER TABLE compliance_operatorentry DROP CONSTRAINT operator_entry_sealed_or_not",
    "ALTER TABLE compliance_auditentry DROP CONSTRAINT compliance_auditentry_position_check",
    "ALTER TABLE compliance_operatorentry DROP CONSTRAINT compliance_operatorentry_position_check",
    "DROP INDEX audit_entry_in_place",
    "DROP INDEX operator_entry_in_place",
    "SET LOCAL session_replication_role = replica",
)


@dataclass
class Trails:
    """Three chains, the files of their anchors, and a superuser's connection to all of it."""

    tenants: list[Tenant]
    folder: Folder
    database: psycopg.Connection[Any]
    random: Random
    chains: list[UUID] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chains = [*(tenant.id for tenant in self.tenants), OPERATORS]

    def table(self, chain: UUID) -> str:
        return "compliance_operatorentry" if chain == OPERATORS else "compliance_auditentry"

    def own(self, chain: UUID) -> str:
        return "true" if chain == OPERATORS else f"tenant_id = '{chain}'"

    def run(self, sql: str, *values: Any) -> list[Any]:
        cursor = self.database.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def superuser() -> psycopg.Connection[Any]:
    """Sign in as who may everything: the chain has to hold against whoever rules the database."""
    return psycopg.connect(DataDirectory.default().database_url(SUPERUSER), autocommit=True)


@contextmanager
def trails(folder: Path, seed: int) -> Iterator[Trails]:
    """Make the chains, seal and anchor them, and open the database to be tampered with."""
    now = clock.now()
    tenants = [
        make_tenant(
            name, owner=make_person(f"Owner of {name}", email=f"owner@{name.lower()}.example", now=now), now=now
        )
        for name in ("Chained", "Linked")
    ]
    random = Random(seed)
    with superuser() as database:
        made = Trails(tenants, Folder(folder / f"anchors-{seed}"), database, random)
        for number in range(ROUNDS):
            for tenant in tenants:
                fill(database, tenant.id, ENTRIES, random)
            fill_operators(database, tenants[0].id, ENTRIES, random)
            for chain in made.chains:
                audit_chain.seal(chain)
            anchoring.anchor(now=now + timedelta(minutes=5 * number), folder=made.folder)
        # All that is done to them is taken back at the end, so that the databases are as they were.
        with database.transaction(force_rollback=True):
            for statement in OPENED:
                database.execute(statement)
            yield made


def fill(database: psycopg.Connection[Any], tenant_id: UUID, count: int, random: Random) -> None:
    """Add entries that wait, of every shape there is."""
    with database.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO compliance_auditentry (id, tenant_id, event, actor_kind, actor_id, object_kind, object_id, "
            "facts, at, hash) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, '')",
            [
                (
                    _id(number), tenant_id, random.choice(EVENTS), random.choice(("member", "operator", "visitor")),
                    random.choice((uuid4(), None)), "chat.conversation", random.choice((uuid4(), uuid4(), None)),
                    json.dumps(_facts(random)), _at(random),
                )
                for number in range(count)
            ],
        )  # fmt: skip


def fill_operators(database: psycopg.Connection[Any], tenant_id: UUID, count: int, random: Random) -> None:
    """Add entries of operators that wait."""
    with database.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO compliance_operatorentry (id, operator_id, organisation_id, event, object_kind, object_id, "
            "facts, at, hash) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '')",
            [
                (
                    _id(number), random.choice((uuid4(), None)), random.choice((tenant_id, None)),
                    random.choice(EVENTS), "tenants.tenant", uuid4(), json.dumps(_facts(random)), _at(random),
                )
                for number in range(count)
            ],
        )  # fmt: skip


def _id(number: int) -> UUID:
    from helpdesk.core.ids import uuid7_at

    return UUID(int=uuid7_at(clock.now()).int + (number << 40) + uuid4().int % (1 << 40))


def _at(random: Random) -> datetime:
    return clock.now() - timedelta(microseconds=random.randrange(10**12))


def _facts(random: Random) -> dict[str, Any]:
    possible: dict[str, Any] = {
        "count": random.randrange(10_000), "active": random.random() < 0.5, "before": None, "state": "öpened",
        "grant": str(uuid4()),
    }  # fmt: skip
    return {name: possible[name] for name in possible if random.random() < 0.6}
