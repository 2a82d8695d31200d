"""Refuse to run where row security could be seen past: by the role, by a table, by the server's log.

Called where a server or worker starts, not as a system check: those do not run under an ASGI server and would
refuse `migrate`.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.db import connections

from tenants.operator_role import OPERATOR_VARIABLES, OPERATORS, OWN_ALIASES
from tenants.rls import GLOBAL_TABLES
from tenants.signed_context import verifies

# Of the role and of every role it could become by SET ROLE.
ROLE_QUERY: Final = """
    SELECT bool_or(rolsuper), bool_or(rolbypassrls) FROM pg_roles WHERE pg_has_role(current_user, oid, 'MEMBER')
"""
OWNED_QUERY: Final = """
    SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND pg_has_role(current_user, c.relowner, 'MEMBER')
"""
UNFORCED_QUERY: Final = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
      AND NOT (c.relrowsecurity AND c.relforcerowsecurity) ORDER BY 1
"""

# A table that lets rows through where nothing restricts them to the organisation in scope.
UNFLOORED_QUERY: Final = """
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relrowsecurity
      AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
      AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND NOT p.polpermissive
                      AND p.polcmd = '*' AND p.polroles = '{0}') ORDER BY 1
"""
# What is sealed is kept in bytes, as are the hashes of tokens: an operator reads none of it.
SEALED_QUERY: Final = """
    SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.atttypid = 'bytea'::regtype
      AND a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege(c.oid, a.attnum, 'SELECT') ORDER BY 1
"""
APART_QUERY: Final = "SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = %s"
SETTINGS_QUERY: Final = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"
# What each setting must be, so that no row's values and no statement's reach PostgreSQL's log: a row that fails a
# constraint is printed whole in the error's DETAIL, and Django puts values into the statement's text, so a
# statement must not be logged for failing or for being slow either.
SILENT: Final[Mapping[str, frozenset[str]]] = {
    "log_error_verbosity": frozenset({"terse"}),
    "log_parameter_max_length_on_error": frozenset({"0"}),
    "log_statement": frozenset({"none", "ddl"}),
    "log_min_error_statement": frozenset({"fatal", "panic"}),
    "log_min_duration_statement": frozenset({"-1"}),
    "log_min_duration_sample": frozenset({"-1"}),
    "log_transaction_sample_rate": frozenset({"0"}),
    "log_duration": frozenset({"off"}),
}


class UnsafeDatabaseError(Exception):
    """The database role, a table or the server's log would let one organisation's data be seen by others."""


def check_database_role(*, with_operators: bool = False) -> None:
    """Look at both databases, by each role that this process signs in as.

    Args:
        with_operators: Whether this process serves the operators' pages and must have their role.

    Raises:
        UnsafeDatabaseError: A role is a superuser, bypasses row security or owns tables, or could become one that
            does; the operators' role is missing, could become the application's or reads what is sealed; a table that
            is not listed as global lacks forced row security; or the server's log could show values.
    """
    roles = [check_alias(alias) for alias in OWN_ALIASES]
    for (own, role), alias in zip(zip(OWN_ALIASES, roles, strict=True), OPERATORS.values(), strict=True):
        if alias in connections:
            _check_operators(alias, role)
        elif with_operators:
            raise UnsafeDatabaseError(f"{own}: no role for operators; set {' and '.join(OPERATOR_VARIABLES)}")


def check_alias(alias: str) -> str:
    """Refuse an unsafe role, table or log of one connection; return the role's name.

    Raises:
        UnsafeDatabaseError: As `check_database_role`.
    """
    with connections[alias].cursor() as cursor:
        cursor.execute(ROLE_QUERY)
        superuser, bypass = cursor.fetchone()
        cursor.execute(OWNED_QUERY)
        (owned,) = cursor.fetchone()
        cursor.execute(UNFORCED_QUERY)
        unforced = sorted({row[0] for row in cursor.fetchall()} - GLOBAL_TABLES.keys())
        cursor.execute(UNFLOORED_QUERY)
        unfloored = [name for (name,) in cursor.fetchall()]
        talkative = talkative_settings(cursor)
        signs = verifies(connections[alias])
        cursor.execute("SELECT current_user")
        (role,) = cursor.fetchone()
    if superuser or bypass:
        raise UnsafeDatabaseError(f"{alias}: the role is a superuser or bypasses row security")
    if owned:
        raise UnsafeDatabaseError(f"{alias}: the role owns tables; run the service as the application role")
    if unforced:
        raise UnsafeDatabaseError(f"{alias}: no forced row security on {', '.join(unforced)}")
    if unfloored:
        raise UnsafeDatabaseError(f"{alias}: no floor under {', '.join(unfloored)}")
    if signs != bool(settings.TENANT_CONTEXT_KEY):
        raise UnsafeDatabaseError(f"{alias}: {'wants' if signs else 'takes no'} signed contexts; run the migrate step")
    if talkative:
        raise UnsafeDatabaseError(f"{alias}: PostgreSQL could log values; look at {', '.join(talkative)}")
    return str(role)


def _check_operators(alias: str, application: str) -> None:
    check_alias(alias)
    with connections[alias].cursor() as cursor:
        cursor.execute(APART_QUERY, [application])
        if cursor.fetchone() == (True,):
            raise UnsafeDatabaseError(f"{alias}: operators have to have a role of their own")
        cursor.execute(SEALED_QUERY)
        if sealed := [name for (name,) in cursor.fetchall()]:
            raise UnsafeDatabaseError(f"{alias}: the operators' role reads {', '.join(sealed)}")


def talkative_settings(cursor: Any) -> list[str]:
    """Return the settings of this session by which PostgreSQL's log would show rows or parameters."""
    cursor.execute(SETTINGS_QUERY, [list(SILENT)])
    settings = dict(cursor.fetchall())
    return sorted(name for name, allowed in SILENT.items() if settings.get(name) not in allowed)
