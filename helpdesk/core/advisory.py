"""Locks on what is no row, or not one yet, held until the transaction ends (PostgreSQL, advisory locks)."""

import hashlib
from uuid import UUID

from django.db import connection


def lock(name: str, tenant_id: UUID, what: bytes = b"", *, is_shared: bool = False) -> None:
    """Wait for everybody who holds it otherwise; any number may share it. Call it inside a transaction."""
    digest = hashlib.sha256(b"|".join((name.encode(), tenant_id.bytes, what))).digest()
    statement = f"SELECT pg_advisory_xact_lock{'_shared' if is_shared else ''}(%s)"
    with connection.cursor() as cursor:
        cursor.execute(statement, [int.from_bytes(digest[:8], "big", signed=True)])
