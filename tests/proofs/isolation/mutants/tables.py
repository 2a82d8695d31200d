"""Policies, grants and composite keys: probed by plain SQL as the application role, changed by the owner."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import uuid4

import psycopg

from tenants.models import TenantForeignKey
from tests.proofs.isolation.models import KEY_MODELS, TENANT_MODELS
from tests.proofs.isolation.mutants.core import Holds, Mutant
from tests.proofs.isolation.sides import World

OPEN: Final = "USING (true) WITH CHECK (true)"
LOOKED_UP: Final = frozenset({"tenants_membership", "chat_inbox", "compliance_supportgrant", "compliance_auditentry"})
#: What has to be set beside a parent for a row to be one that there may be.
_MEMBER: Final = "(SELECT m.id FROM tenants_membership m WHERE m.tenant_id = {0}.tenant_id ORDER BY m.id LIMIT 1)"
BESIDE: Final[dict[tuple[str, str], dict[str, str]]] = {
    ("compliance_legalhold", "release_asked_by_id"): {"release_asked_at": "now()"},
    ("compliance_legalhold", "released_by_id"): {
        "released_at": "now()", "release_asked_at": "now()", "release_asked_by_id": "placed_by_id",
    },
    ("compliance_modecertificate", "switch_id"): {"number": "number + 1"},
    ("compliance_subjectrequest", "agreed_by_id"): {"decided_by_id": _MEMBER.format("compliance_subjectrequest")},
    ("chat_formrequest", "endpoint_key_id"): {"handling": "'forward'", "key_id": "NULL"},
}  # fmt: skip
FLOOR: Final = "SELECT qual, with_check FROM pg_policies WHERE tablename = %s AND policyname = 'floor'"


@dataclass
class Table:
    """One fenced table, with connections of the application and of the owner."""

    name: str
    model: Any
    world: World
    app: "psycopg.Connection[Any]"
    owner: "psycopg.Connection[Any]"
    unchanging: bool
    append_only: bool
    looked_up: bool

    @property
    def foreign_row(self) -> str:
        return str(self.world.acme.rows[self.model._meta.label])

    @property
    def own_row(self) -> str:
        return str(self.world.globex.rows[self.model._meta.label])

    def ask(self, statement: str, *, tenant: Any, by: str = "app") -> Any:
        """Return a statement's first value, or its error; nothing stays."""
        connection = self.app if by == "app" else self.owner
        try:
            if tenant is not None:
                connection.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant)])
            cursor = connection.execute(statement)
            return cursor.fetchone()[0] if cursor.description else cursor.rowcount
        except psycopg.Error as error:
            return error
        finally:
            connection.rollback()

    def as_globex(self, statement: str) -> Any:
        return self.ask(statement, tenant=self.world.globex.tenant.id)

    # What must hold --------------------------------------------------------------------------------------

    def hides_foreign_rows(self) -> bool:
        seen = self.as_globex(f"SELECT count(*) FROM {self.name} WHERE tenant_id = '{self.world.acme.tenant.id}'")
        return bool(seen == 0)

    def hides_them_from_the_owner(self) -> bool:
        statement = f"SELECT count(*) FROM {self.name} WHERE id = '{self.foreign_row}'"
        return bool(self.ask(statement, tenant=self.world.globex.tenant.id, by="owner") == 0)

    def keeps_them_from_the_owner(self) -> bool:
        """Asked by a write where the owner can read as a member of the lookup role."""
        statement = f"UPDATE {self.name} SET id = id WHERE id = '{self.foreign_row}'"
        if not self.looked_up:
            return self.hides_them_from_the_owner()
        return bool(self.ask(statement, tenant=self.world.globex.tenant.id, by="owner") == 0)

    def refuses_unset(self) -> bool:
        """Without a tenant it is an error, not an empty list."""
        # On a connection of its own: a setting that was ever made there is empty afterwards, not absent.
        with psycopg.connect(self.app.info.dsn) as fresh:
            try:
                fresh.execute(f"SELECT count(*) FROM {self.name}")
            except psycopg.Error:
                return True
        return False

    def refuses_insert(self) -> bool:
        changed = json.dumps({"id": str(uuid4()), "tenant_id": str(self.world.acme.tenant.id)})
        row = f"SELECT (jsonb_populate_record(r, '{changed}')).* FROM {self.name} r WHERE id = '{self.own_row}'"
        return "row-level security" in str(self.as_globex(f"INSERT INTO {self.name} {row}"))

    def refuses_update(self) -> bool:
        to = f"UPDATE {self.name} SET tenant_id = '{self.world.acme.tenant.id}' WHERE id = '{self.own_row}'"
        wanted = "permission denied" if self.unchanging else "row-level security"
        return wanted in str(self.as_globex(to))

    def leaves_foreign_rows(self) -> bool:
        done = self.as_globex(f"DELETE FROM {self.name} WHERE id = '{self.foreign_row}'")
        return "permission denied" in str(done) if self.append_only else bool(done == 0)

    def refuses_truncate(self) -> bool:
        return "permission denied" in str(self.as_globex(f"TRUNCATE {self.name}"))

    def shows_own_rows(self) -> bool:
        seen = self.as_globex(f"SELECT count(*) FROM {self.name} WHERE id = '{self.own_row}'")
        return bool(seen == 1)

    def shows_own_rows_to_the_owner(self) -> bool:
        # By a write: the owner is a member of the lookup role, and that may read some of the tables, and seal and
        # remove entries, but add none.
        does = f"UPDATE {self.name} SET id = id WHERE id = '{self.own_row}'"
        if self.looked_up and self.append_only:
            another = json.dumps({"id": str(uuid4()), "position": None, "hash": "", "sealed_at": None})
            row = f"SELECT (jsonb_populate_record(r, '{another}')).* FROM {self.name} r WHERE id = '{self.own_row}'"
            does = f"INSERT INTO {self.name} {row}"
        done = self.ask(does, tenant=self.world.globex.tenant.id, by="owner")
        return bool(done == 1) or "only added to" in str(done)

    def refuses_foreign_parent(self, column: str, parent: str) -> bool:
        given = {column: f"'{parent}'::uuid", **BESIDE.get((self.name, column), {})}
        changes = ", ".join(f'"{each}" = {value}' for each, value in given.items())
        link = f"UPDATE {self.name} SET {changes} WHERE id = '{self.own_row}'"
        if self.unchanging:
            # What is only added to: the same row once more, with another's parent.
            given |= {"id": "gen_random_uuid()"}
            columns = [field.column for field in self.model._meta.concrete_fields]
            values = ", ".join(given.get(each, f'"{each}"') for each in columns)
            names = ", ".join(f'"{each}"' for each in columns)
            link = f"INSERT INTO {self.name} ({names}) SELECT {values} FROM {self.name} WHERE id = '{self.own_row}'"
        return isinstance(self.as_globex(f"{link}; SET CONSTRAINTS ALL IMMEDIATE"), psycopg.errors.ForeignKeyViolation)


@contextmanager
def altered(table: Table, change: list[str], back: list[str]) -> Iterator[None]:
    """Run statements as the owner, and others that put it right again."""
    try:
        for statement in change:
            table.owner.execute(statement)
        table.owner.commit()
        yield
    finally:
        table.owner.rollback()
        for statement in back:
            table.owner.execute(statement)
        table.owner.commit()


def tables(world: World, owner_url: str, owner_keys_url: str) -> list[Table]:
    app = {alias: psycopg.connect(_url(alias)) for alias in ("default", "keys")}
    owner = {"default": psycopg.connect(owner_url), "keys": psycopg.connect(owner_keys_url)}
    found = []
    for model in (*TENANT_MODELS, *KEY_MODELS):
        alias, name = ("keys" if model in KEY_MODELS else "default"), model._meta.db_table
        unchanging, append = (not _may(app[alias], name, verb) for verb in ("UPDATE", "DELETE"))
        ways = (app[alias], owner[alias])
        found.append(Table(name, model, world, *ways, unchanging, append, name in LOOKED_UP))
    return found


def _may(app: "psycopg.Connection[Any]", table: str, verb: str) -> bool:
    row = app.execute("SELECT has_table_privilege(%s, %s)", [table, verb]).fetchone()
    app.rollback()
    return bool(row and row[0])


def _url(alias: str) -> str:
    import os

    return os.environ["DATABASE_URL" if alias == "default" else "KEYS_DATABASE_URL"]


def policy_mutants(table: Table) -> list[Mutant]:
    """The floor of a table removed, each half of it opened, forcing and row security taken off, grants added."""
    row = table.owner.execute(FLOOR, [table.name]).fetchone()
    table.owner.rollback()
    if row is None:
        return [Mutant("policy", f"{table.name}: no floor", partial(altered, table, [], []), [])]
    name, (using, check) = table.name, row
    floor = f"CREATE POLICY floor ON {name} AS RESTRICTIVE USING ({using}) WITH CHECK ({check})"
    whole = f"ALTER POLICY floor ON {name} USING ({using}) WITH CHECK ({check})"
    missing_ok = using.replace("current_setting('app.tenant'::text)", "current_setting('app.tenant'::text, true)")
    writes: list[Holds] = [table.refuses_insert, *([] if table.unchanging else [table.refuses_update])]
    found: list[tuple[str, list[str], list[str], list[Holds]]] = [
        ("floor", [f"DROP POLICY floor ON {name}"], [floor], [table.hides_foreign_rows]),
        ("floor, for writing", [f"DROP POLICY floor ON {name}"], [floor], writes),
        ("floor, reading half", [f"ALTER POLICY floor ON {name} USING (true)"], [whole], [table.hides_foreign_rows]),
        ("floor, writing half", [f"ALTER POLICY floor ON {name} WITH CHECK (true)"], [whole], writes),
        ("floor forgives an unset tenant", [f"ALTER POLICY floor ON {name} USING ({missing_ok})"], [whole],
         [table.refuses_unset]),
        ("forced", [f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY"],
         [f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"], [table.hides_them_from_the_owner]),
        ("row security", [f"ALTER TABLE {name} DISABLE ROW LEVEL SECURITY"],
         [f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"], [table.hides_foreign_rows]),
        ("no TRUNCATE", [f"GRANT TRUNCATE ON {name} TO hd_app"], [f"REVOKE TRUNCATE ON {name} FROM hd_app"],
         [table.refuses_truncate]),
    ]  # fmt: skip
    for privilege, holds, is_refused in (
        ("UPDATE", table.refuses_update, table.unchanging), ("DELETE", table.leaves_foreign_rows, table.append_only),
    ):  # fmt: skip
        if is_refused:
            found.append((f"no {privilege}", [f"GRANT {privilege} ON {name} TO hd_app"],
                          [f"REVOKE {privilege} ON {name} FROM hd_app"], [holds]))  # fmt: skip
    if not table.append_only:
        opened = [f"ALTER POLICY floor ON {name} USING (true)"]
        found.append(("floor, against deleting", opened, [whole], [table.leaves_foreign_rows]))
    return [Mutant("policy", f"{name}: {what}", partial(altered, table, change, back), probes)
            for what, change, back, probes in found]  # fmt: skip


def admission_mutants(table: Table) -> list[Mutant]:
    """What lets a role in: removed, its own rows are gone; opened, with the floor out of the way, others' are seen."""
    name, found = table.name, []
    writes: list[Holds] = [table.refuses_insert, *([] if table.unchanging else [table.refuses_update])]
    probes: dict[str, tuple[list[Holds], Holds]] = {
        "app": ([table.hides_foreign_rows, *writes], table.shows_own_rows),
        "owner": ([table.keeps_them_from_the_owner], table.shows_own_rows_to_the_owner),
    }
    for policy, (hides, shows) in probes.items():
        using, check = _conditions(table, policy)
        role = {"app": "hd_app", "owner": "hd_owner"}[policy]
        again = f"CREATE POLICY {policy} ON {name} TO {role} USING ({using}) WITH CHECK ({check})"
        whole = f"ALTER POLICY {policy} ON {name} USING ({using}) WITH CHECK ({check})"
        changes = [(f"{policy} removed", f"DROP POLICY {policy} ON {name}", again, shows)]
        changes += [
            (
                f"{policy}: {probe.__name__}",
                f"ALTER POLICY {policy} ON {name} USING (true) WITH CHECK (true)",
                whole,
                probe,
            )
            for probe in hides
        ]
        found += [Mutant("policy", f"{name}: {what}", partial(altered, table, [change], [back]), [probe])
                  for what, change, back, probe in changes]  # fmt: skip
    return found


def _conditions(table: Table, policy: str) -> tuple[str, str]:
    query = "SELECT qual, with_check FROM pg_policies WHERE tablename = %s AND policyname = %s"
    row = table.owner.execute(query, [table.name, policy]).fetchone()
    table.owner.rollback()
    assert row is not None
    return row[0], row[1]


def key_mutants(table: Table) -> list[Mutant]:
    """Each composite key removed, and each with a plain one in its place."""
    found: list[Mutant] = []
    for field in table.model._meta.fields:
        if not isinstance(field, TenantForeignKey):
            continue
        parent: Any = field.related_model
        name, column, target = table.name, field.column, parent._meta.db_table
        key, plain = f"{name}_{column}_same_tenant", f"{name}_{column}_plain"
        probe: Callable[[], bool] = partial(
            table.refuses_foreign_parent, column, str(table.world.acme.rows[parent._meta.label])
        )
        drop = f"ALTER TABLE {name} DROP CONSTRAINT {key}"
        unforce, force = (f"ALTER TABLE {target} {word} ROW LEVEL SECURITY" for word in ("NO FORCE", "FORCE"))
        add = f"ALTER TABLE {name} ADD CONSTRAINT {key} FOREIGN KEY (tenant_id, {column})"
        late = "DEFERRABLE INITIALLY DEFERRED NOT VALID"
        again = [unforce, f"{add} REFERENCES {target} (tenant_id, id) {late}", force]
        add_plain = f"ALTER TABLE {name} ADD CONSTRAINT {plain} FOREIGN KEY ({column})"
        loose = [drop, unforce, f"{add_plain} REFERENCES {target} (id) {late}", force]
        found += [
            Mutant("composite key", f"{name}.{column} removed", partial(altered, table, [drop], again), [probe]),
            Mutant("composite key", f"{name}.{column} made plain",
                   partial(altered, table, loose, [f"ALTER TABLE {name} DROP CONSTRAINT {plain}", *again]), [probe]),
        ]  # fmt: skip
    return found


@contextmanager
def opened(all_tables: list[Table], *names: str) -> Iterator[None]:
    """Take policies of these names out of the way on every table, to see the other fences by themselves."""
    held: list[tuple[Table, str, str, str]] = []
    query = "SELECT policyname, qual, with_check FROM pg_policies WHERE tablename = %s AND policyname = ANY(%s)"
    for table in all_tables:
        for policy, using, check in table.owner.execute(query, [table.name, list(names)]).fetchall():
            held.append((table, policy, using, check))
            table.owner.execute(f"ALTER POLICY {policy} ON {table.name} USING (true) WITH CHECK (true)")
        table.owner.commit()
    try:
        yield
    finally:
        for table, policy, using, check in held:
            table.owner.execute(f"ALTER POLICY {policy} ON {table.name} USING ({using}) WITH CHECK ({check})")
            table.owner.commit()


__all__ = ["admission_mutants", "key_mutants", "opened", "policy_mutants", "tables"]
