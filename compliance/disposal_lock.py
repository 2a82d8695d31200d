"""Who disposes of records and who decides about it do not overlap.

`disposing()` is held by any number of those who erase, each for one batch. `deciding()` waits until none is at it, and
keeps the next one from beginning. So from the moment at which a hold stands, or records are to be kept for longer,
nothing goes by what was decided before.
"""

import hashlib

from django.db import connection

from tenants.scoping import current_tenant_id


def disposing() -> None:
    """Begin to erase, until the transaction ends. Call it inside the tenant's scope, before looking for what goes."""
    _lock("SELECT pg_advisory_xact_lock_shared(%s)")


def deciding() -> None:
    """Begin to decide what is kept, until the transaction ends. Call it inside the tenant's scope, first of all."""
    _lock("SELECT pg_advisory_xact_lock(%s)")


def _lock(statement: str) -> None:
    # A lock of its own and not the organisation's row: that one is wanted by everyone who writes a message.
    digest = hashlib.sha256(b"disposal|" + current_tenant_id().bytes).digest()
    with connection.cursor() as cursor:
        cursor.execute(statement, [int.from_bytes(digest[:8], "big", signed=True)])
