"""What restore drills work on: two organisations with sealed chats and anchored trails, a backup of them, restored."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
from django.db import connections

from chat.models import Conversation
from compliance import audit, audit_chain, audit_events
from compliance.anchoring import anchor as anchoring
from compliance.anchoring.places import Folder
from compliance.drill import archives, programs, scratch
from compliance.drill.found import ALIASES, Pair
from compliance.drill.scratch import Server
from compliance.drill.standing_in import Restored
from compliance.models import RestoreDrill
from compliance.verifier.entries import OPERATORS
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation
from tests.factories.tenants import make_person, make_tenant

SECRET = "the treasure lies under the oak"
VARIABLES = ("SUPERUSER_DATABASE_URL", "SUPERUSER_KEYS_DATABASE_URL")
EARLIER = timedelta(minutes=10)


@dataclass(frozen=True)
class Stage:
    """What is there, the backup of it, and what that was restored to."""

    acme: Tenant
    globex: Tenant
    erased: Conversation
    kept: Conversation
    anchors: Path
    server: Server
    backup: Pair
    contents: Pair
    urls: Pair


def server_url() -> str:
    """The server that all databases of the tests are on, as a superuser."""
    return psycopg.conninfo.make_conninfo(os.environ[VARIABLES[0]], dbname="postgres")


def live() -> Pair:
    """The names of the databases that are backed up."""
    return Pair(*(str(connections[alias].settings_dict["NAME"]) for alias in ALIASES))


@contextmanager
def as_owner() -> Iterator[None]:
    """Work on the live databases as the migrate step does."""
    owner = Restored({alias: {"USER": "hd_owner"} for alias in ALIASES})
    try:
        with owner.in_place():
            yield
    finally:
        owner.close()


def a_drill(*, at: datetime) -> RestoreDrill:
    """One that held, of an empty service. As the owner, for nobody else may write it."""
    counted = ("restored_ms", "databases", "tenants", "rows", "entries", "anchor", "opened", "withheld", "unreadable")
    counts = dict.fromkeys(counted, 0)
    return RestoreDrill.objects.create(started_at=at, ended_at=at, is_own=True, held=True, faults="", **counts)


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """Store, anchor, back up and restore, once for all that look at it."""
    now = clock.now()
    acme = make_tenant("Acme", owner=make_person("Olive", now=now), now=now)
    globex = make_tenant("Globex", owner=make_person("Gustav", now=now), now=now)
    erased = store_conversation(acme, [SECRET, "and nobody knows"], at=now)
    kept = store_conversation(acme, ["Is it shipped?"], at=now)
    store_conversation(globex, ["of another organisation"], at=now)
    anchors = _anchored(folder / "anchors", (acme, globex), now - EARLIER)
    with scratch.reached(server_url()) as server:
        names = Pair(*(f"{name}_seen" for name in live()))
        with scratch.scratch(server, names):
            tools = [programs.find(name, major=server.major) for name in (programs.DUMP, programs.RESTORE)]
            backup = Pair(folder / "content.dump", folder / "keys.dump")
            for name, archive, into in zip(live(), backup, names, strict=True):
                archives.make(tools[0], server.url_of(name), archive)
                scratch.restore(tools[1], server, archive, into)
            contents = Pair(*(archives.look_into(tools[1], archive) for archive in backup))
            urls = Pair(*map(server.url_of, names))
            yield Stage(acme, globex, erased, kept, anchors, server, backup, contents, urls)


def _anchored(path: Path, tenants: tuple[Tenant, ...], at: datetime) -> Path:
    for tenant in tenants:
        with tenant_scope(tenant):
            for number in range(3):
                audit.record(Actor.system(), audit_events.RETENTION_PURGED, tenant, at=at, number=number)
    for chain in (*(tenant.id for tenant in tenants), OPERATORS):
        audit_chain.seal(chain)
    assert anchoring.anchor(now=at, folder=Folder(path)) == 1
    return path


@contextmanager
def changed(url: str, change: str, back: str, *values: object) -> Iterator[None]:
    """Change a restored database as somebody who rules it would, past every trigger; and put it back."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        touched = connection.execute(change, values)
        assert touched.rowcount == 1
        try:
            yield
        finally:
            connection.execute(back, values)


@contextmanager
def without(url: str, table: str, where: str, *values: object) -> Iterator[None]:
    """Take rows out of a restored database for a while."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM {table} WHERE {where}", values)
        assert connection.execute(f"DELETE FROM {table} WHERE {where}", values).rowcount
        try:
            yield
        finally:
            connection.execute(f"INSERT INTO {table} SELECT * FROM kept")


def databases(server: Server) -> set[str]:
    """The scratch databases of drills of what this process backs up: another's may be at one, on the same server."""
    ours = [f"{name}{scratch.SUFFIX}" for name in live()]
    found = server.connection.execute("SELECT datname FROM pg_database WHERE datname = ANY(%s)", [ours])
    return {name for (name,) in found}
