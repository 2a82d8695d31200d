"""A tenant context that SQL alone cannot make: `app.tenant` carries a MAC, and the floor verifies it.

Row security reads a setting that any statement may set, so an injected statement could name another organisation.
With TENANT_CONTEXT_KEY set the setting is `<tenant>.<HMAC-SHA256 in hex>` and every policy goes through
`verified_tenant()`, whose key lies in a table that the application role cannot read. `migrate_all` brings both
databases to what is set; `sign_context on` and `off` do so by hand. Costs some 18 µs for each query.
"""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from tenants.rls import (
    APP_ROLE,
    EXPIRER,
    FLOOR,
    LETTING_IN,
    LOOKED_UP_FLOOR,
    LOOKUP_ROLE,
    OPERATOR_ROLE,
    OWNER_ROLE,
    SEALER,
)

BLOCK_BYTES: Final = 64
MIN_KEY_LENGTH: Final = 32
VERIFIED: Final = "tenant_id = (SELECT verified_tenant())"
FENCED: Final = """
    SELECT p.tablename, 'lookup' = ANY(others.names),
           ARRAY(SELECT unnest(others.names) INTERSECT SELECT unnest(%s::text[]))
    FROM pg_policies p, LATERAL (
        SELECT array_agg(l.policyname::text) FROM pg_policies l WHERE l.tablename = p.tablename
    ) AS others (names) WHERE p.policyname = 'floor' ORDER BY 1
"""
LET_THROUGH: Final = "SELECT tablename, policyname FROM pg_policies WHERE policyname = ANY(%s)"
KEY_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS tenant_context_key (inner_pad bytea NOT NULL, outer_pad bytea NOT NULL)",
    "ALTER TABLE tenant_context_key ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE tenant_context_key FORCE ROW LEVEL SECURITY",
    "DROP POLICY IF EXISTS owner ON tenant_context_key",
    f"CREATE POLICY owner ON tenant_context_key TO {OWNER_ROLE} USING (true) WITH CHECK (true)",
    "DELETE FROM tenant_context_key",
)
# HMAC by its definition (RFC 2104, section 2), since pgcrypto may not be there: H(K^opad | H(K^ipad | text)).
FUNCTION: Final = """
CREATE OR REPLACE FUNCTION verified_tenant() RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $body$
DECLARE
    given text := current_setting('app.tenant');
    claimed text := split_part(given, '.', 1);
    expected bytea;
BEGIN
    SELECT sha256(outer_pad || sha256(inner_pad || convert_to(claimed, 'UTF8'))) INTO STRICT expected
    FROM tenant_context_key;
    IF encode(expected, 'hex') IS DISTINCT FROM split_part(given, '.', 2) THEN
        RAISE EXCEPTION 'the tenant context is not signed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN claimed::uuid;
END
$body$
"""
GRANTS: Final = (
    "REVOKE ALL ON FUNCTION verified_tenant() FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION verified_tenant() TO {APP_ROLE}, {OPERATOR_ROLE}, {LOOKUP_ROLE}",
)

Execute = Callable[..., Any]


class WeakKeyError(Exception):
    """The key is missing or shorter than 32 characters."""


def signed(tenant_id: UUID, key: str) -> str:
    """Return what `app.tenant` is set to: the tenant and its MAC."""
    return f"{tenant_id}.{hmac.new(_key(key), str(tenant_id).encode(), hashlib.sha256).hexdigest()}"


def verifies(connection: Any) -> bool:
    """Return whether a database takes signed contexts only."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regproc('public.verified_tenant') IS NOT NULL")
        return bool(cursor.fetchone()[0])


def switch_on(execute: Execute, key: str) -> int:
    """Make every floor of a database verify, as its owner and in one transaction; returns how many there are.

    Raises:
        WeakKeyError: The key is too short.
    """
    if len(key) < MIN_KEY_LENGTH:
        raise WeakKeyError
    for statement in (*KEY_TABLE, FUNCTION, *GRANTS):
        execute(statement)
    padded = _key(key).ljust(BLOCK_BYTES, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in padded) for pad in (0x36, 0x5C))
    execute("INSERT INTO tenant_context_key VALUES (%s, %s)", [inner, outer])
    return _alter(execute, VERIFIED)


def switch_off(execute: Execute) -> int:
    """Make every floor read the plain setting again."""
    altered = _alter(execute, FLOOR)
    execute("DROP FUNCTION IF EXISTS verified_tenant()")
    execute("DROP TABLE IF EXISTS tenant_context_key")
    return altered


def _alter(execute: Execute, floor: str) -> int:
    tables = execute(FENCED, [[*LETTING_IN, SEALER]]).fetchall()
    for table, looked_up, letting_in in tables:
        wanted = LOOKED_UP_FLOOR.replace(FLOOR, floor) if looked_up else floor
        execute(f"ALTER POLICY floor ON {table} USING ({wanted}) WITH CHECK ({wanted})")
        for policy in letting_in:
            execute(f"ALTER POLICY {policy} ON {table} USING ({floor}) WITH CHECK ({floor})")
    for table, policy in execute(LET_THROUGH, [["support", EXPIRER]]).fetchall():
        execute(f"ALTER POLICY {policy} ON {table} USING ({floor})")
    return len(tables)


def _key(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
