"""Refuse to run with a database role that could see past row security.

Called where a server or worker starts, not as a system check: those do not run under an ASGI server and would
refuse `migrate`.
"""

from typing import Final

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


class UnsafeDatabaseError(Exception):
    """The database role or a table would let one organisation see another's rows."""


def check_database_role() -> None:
    """Look at both databases.

    Raises:
        UnsafeDatabaseError: The role is a superuser, bypasses row security or owns tables, or a table that is
            not listed as global lacks forced row security.
    """
    for alias in ("default", "keys"):
        with connections[alias].cursor() as cursor:
            cursor.execute(ROLE_QUERY)
            superuser, bypass = cursor.fetchone()
            cursor.execute(OWNED_QUERY)
            (owned,) = cursor.fetchone()
            cursor.execute(UNFORCED_QUERY)
            unforced = sorted({row[0] for row in cursor.fetchall()} - GLOBAL_TABLES.keys())
        if superuser or bypass:
            raise UnsafeDatabaseError(f"{alias}: the role is a superuser or bypasses row security")
        if owned:
            raise UnsafeDatabaseError(f"{alias}: the role owns tables; run the service as the application role")
        if unforced:
            raise UnsafeDatabaseError(f"{alias}: no forced row security on {', '.join(unforced)}")
