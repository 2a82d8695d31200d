"""Probes of the operators' role by plain SQL: what it may reach with all code in front of it out of the way."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import psycopg
from django.apps import apps
from django.db import models

from tests.proofs.isolation.models import KEY_MODELS, TENANT_MODELS
from tests.proofs.isolation.mutants.core import Mutant
from tests.proofs.isolation.report import Report
from tests.proofs.isolation.sides import Side, World

OPERATOR: Final = "hd_operator"
ALL: Final = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
# Of chat an operator sees the times and counts of conversations, and of those not whose they are.
OPEN_IN_CHAT: Final = frozenset(
    {"id", "tenant_id", "status", "last_sequence", "last_public_sequence", "created_at", "last_message_at",
     "waiting_since", "first_reply_at", "resolved_at"}
)  # fmt: skip
NEVER: Final = frozenset({"password"})


@dataclass
class Roles:
    """Connections of a role and of the owner to both databases."""

    world: World
    role: str
    connections: "dict[str, psycopg.Connection[Any]]"
    owners: "dict[str, psycopg.Connection[Any]]"

    def ask(self, alias: str, statement: str, side: Side | None = None) -> Any:
        """Return a statement's rows, or its error; nothing stays."""
        connection = self.connections[alias]
        try:
            if side is not None:
                connection.execute("SELECT set_config('app.tenant', %s, true)", [str(side.tenant.id)])
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else cursor.rowcount
        except psycopg.Error as error:
            return error
        finally:
            connection.rollback()

    def may(self, alias: str, table: str, privilege: str, column: str = "") -> bool:
        """Whether the database lets the role try: asked by doing it to no row."""
        statement = {
            "SELECT": f"SELECT {column or 'count(*)'} FROM {table} WHERE false",
            "INSERT": f"INSERT INTO {table} DEFAULT VALUES",
            "UPDATE": f"UPDATE {table} SET {column} = DEFAULT WHERE false",
            "DELETE": f"DELETE FROM {table} WHERE false",
            "TRUNCATE": f"TRUNCATE {table}",
        }[privilege]
        # Refused for want of a grant; what row security refuses has the same code and another word.
        return "permission denied" not in str(self.ask(alias, statement, self.world.globex))

    def sees(self, alias: str, table: str, of: Side) -> bool:
        """Whether Globex's scope shows rows of a side."""
        counted = self.ask(alias, f"SELECT count(*) FROM {table} WHERE tenant_id = '{of.tenant.id}'", self.world.globex)
        return isinstance(counted, list) and counted[0][0] > 0

    def close(self) -> None:
        for connection in (*self.connections.values(), *self.owners.values()):
            connection.close()

    @contextmanager
    def granted(self, alias: str, what: str, table: str) -> Iterator[None]:
        owner = self.owners[alias]
        owner.execute(f"GRANT {what} ON {table} TO {self.role}")
        owner.commit()
        try:
            yield
        finally:
            owner.execute(f"REVOKE {what} ON {table} FROM {self.role}")
            owner.commit()


def alias_of(model: type[models.Model]) -> str:
    return "keys" if model._meta.app_label == "keyring" else "default"


def quoted(column: str) -> str:
    return f'"{column}"'


def columns_of(model: type[models.Model]) -> list[str]:
    return [quoted(field.column) for field in model._meta.concrete_fields]


def closed_columns(model: type[models.Model]) -> list[str]:
    """Columns that are none of an operator's business: all that is bytes, passwords, and chat but for its counts."""
    if model._meta.app_label == "chat":
        known: frozenset[str] = OPEN_IN_CHAT if model._meta.object_name == "Conversation" else frozenset()
        return [column for column in columns_of(model) if column.strip('"') not in known]
    closed = [one for one in model._meta.concrete_fields if isinstance(one, models.BinaryField) or one.name in NEVER]
    return [quoted(field.column) for field in closed]


def every_model() -> list[type[models.Model]]:
    ours = ("tenants", "keyring", "compliance", "chat")
    return [model for label in ours for model in apps.get_app_config(label).get_models()]


def probe_roles(world: World, report: Report, roles: Roles) -> None:
    """Ask as the operators' role for every closed column, and for rows of the organisation that is not chosen."""
    for model in every_model():
        alias, table = alias_of(model), model._meta.db_table
        for column in closed_columns(model):
            open_ = roles.may(alias, table, "SELECT", column)
            cell = (f"table:{table}", "SELECT", f"column:{column}", "row", roles.role)
            report.probed(cell, leak="the operators' role reads it" if open_ else "")
    for model in (*TENANT_MODELS, *KEY_MODELS):
        alias, table = alias_of(model), model._meta.db_table
        for privilege, leak in _crossings(roles, model):
            report.probed((f"table:{table}", privilege, "row", "row", roles.role), leak=leak)
        report.controls += 1
        if roles.may(alias, table, "SELECT") and not roles.sees(alias, table, world.globex):
            report.uncovered[(f"table:{table}", "SELECT", "row", "row", roles.role)] = "its own rows are not seen"


def _crossings(roles: Roles, model: type[models.Model]) -> Iterator[tuple[str, str]]:
    """Each verb on the other organisation's rows, and what it did that it may not."""
    alias, table, acme = alias_of(model), model._meta.db_table, roles.world.acme
    yield "SELECT", "it sees the other organisation's rows" if roles.sees(alias, table, acme) else ""
    where = f"WHERE tenant_id = '{acme.tenant.id}'"
    for verb, statement in (
        ("UPDATE", f"UPDATE {table} SET tenant_id = tenant_id {where}"),
        ("DELETE", f"DELETE FROM {table} {where}"),
    ):
        done = roles.ask(alias, statement, roles.world.globex)
        yield verb, "it reaches the other organisation's rows" if isinstance(done, int) and done else ""
    done = roles.ask(alias, f"INSERT INTO {table} (id, tenant_id) VALUES (gen_random_uuid(), '{acme.tenant.id}')",
                     roles.world.globex)  # fmt: skip
    yield "INSERT", "" if isinstance(done, psycopg.errors.InsufficientPrivilege) else f"it may insert: {done}"
    yield "TRUNCATE", "it may truncate" if roles.may(alias, table, "TRUNCATE") else ""


def role_mutants(roles: Roles) -> list[Mutant]:
    """Every grant the role does not have, given."""
    found: list[Mutant] = []
    for model in every_model():
        alias, table = alias_of(model), model._meta.db_table
        for privilege in ALL:
            for column in columns_of(model) if privilege in {"SELECT", "UPDATE"} else [""]:
                if roles.may(alias, table, privilege, column):
                    continue
                what = f"{privilege} ({column})" if column else privilege
                refused = partial(_refused, roles, alias, table, privilege, column)
                found.append(
                    Mutant("operator", f"{table}: {what}", partial(roles.granted, alias, what, table), [refused])
                )
    return found


def role_policy_mutants(roles: Roles, policy: str) -> list[Mutant]:
    """Of each table the role reads: the floor, or what lets the role in, opened; the other has to be out of the way."""
    found: list[Mutant] = []
    for model in (*TENANT_MODELS, *KEY_MODELS):
        alias, table = alias_of(model), model._meta.db_table
        if not roles.may(alias, table, "SELECT", "tenant_id"):
            continue
        query = "SELECT qual, with_check FROM pg_policies WHERE tablename = %s AND policyname = %s"
        row = roles.owners[alias].execute(query, [table, policy]).fetchone()
        roles.owners[alias].rollback()
        assert row is not None
        change = f"ALTER POLICY {policy} ON {table} USING (true)"
        back = f"ALTER POLICY {policy} ON {table} USING ({row[0]})"
        hides = partial(_hides, roles, alias, table)
        missing = partial(_altered, roles.owners[alias], change, back)
        found.append(Mutant("operator", f"{table}: {policy} opened", missing, [hides]))
    return found


def _hides(roles: Roles, alias: str, table: str) -> bool:
    return roles.sees(alias, table, roles.world.globex) and not roles.sees(alias, table, roles.world.acme)


def _refused(roles: Roles, alias: str, table: str, privilege: str, column: str) -> bool:
    return not roles.may(alias, table, privilege, column)


@contextmanager
def _altered(owner: "psycopg.Connection[Any]", change: str, back: str) -> Iterator[None]:
    owner.execute(change)
    owner.commit()
    try:
        yield
    finally:
        owner.execute(back)
        owner.commit()


def operators(world: World, urls: dict[str, str], owner_urls: dict[str, str]) -> Roles:
    """The operators' role on both databases."""
    opened = {alias: psycopg.connect(url) for alias, url in urls.items()}
    return Roles(world, OPERATOR, opened, {alias: psycopg.connect(url) for alias, url in owner_urls.items()})
