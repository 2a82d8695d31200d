"""Refuse to run where row security could be seen past: by the role, by a table, by the server's log.

Called where a server or worker starts, not as a system check: those do not run under an ASGI server and would
refuse `migrate`.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.db import connections

from tenants.rls import GLOBAL_TABLES

ROLE_QUERY: Final = "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
OWNED_QUERY: Final = """
    SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND pg_get_userbyid(c.relowner) = current_user
"""
UNFORCED_QUERY: Final = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
      AND NOT (c.relrowsecurity AND c.relforcerowsecurity) ORDER BY 1
"""

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


def check_database_role() -> None:
    """Look at both databases.

    Raises:
        UnsafeDatabaseError: The role is a superuser, bypasses row security or owns tables, a table that is not
            listed as global lacks forced row security, or the server's log could show values.
    """
    for alias in ("default", "keys"):
        with connections[alias].cursor() as cursor:
            cursor.execute(ROLE_QUERY)
            superuser, bypass = cursor.fetchone()
            cursor.execute(OWNED_QUERY)
            (owned,) = cursor.fetchone()
            cursor.execute(UNFORCED_QUERY)
            unforced = sorted({row[0] for row in cursor.fetchall()} - GLOBAL_TABLES.keys())
            talkative = talkative_settings(cursor)
        if superuser or bypass:
            raise UnsafeDatabaseError(f"{alias}: the role is a superuser or bypasses row security")
        if owned:
            raise UnsafeDatabaseError(f"{alias}: the role owns tables; run the service as the application role")
        if unforced:
            raise UnsafeDatabaseError(f"{alias}: no forced row security on {', '.join(unforced)}")
        if talkative:
            raise UnsafeDatabaseError(f"{alias}: PostgreSQL could log values; look at {', '.join(talkative)}")


def talkative_settings(cursor: Any) -> list[str]:
    """Return the settings of this session by which PostgreSQL's log would show rows or parameters."""
    cursor.execute(SETTINGS_QUERY, [list(SILENT)])
    settings = dict(cursor.fetchall())
    return sorted(name for name, allowed in SILENT.items() if settings.get(name) not in allowed)
