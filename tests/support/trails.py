"""Chains of audit entries, as they are hashed."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import connection, transaction

from compliance import audit_chain
from compliance.verifier.entries import BrokenError, Entry, Walk
from tenants.models import Tenant
from tenants.scoping import set_local_tenant


def chain_of(owner: Tenant | UUID) -> list[Entry]:
    """Return the sealed entries of an organisation, or of a chain."""
    chain = owner if isinstance(owner, UUID) else owner.id
    with transaction.atomic(), connection.cursor() as cursor:
        set_local_tenant(chain)
        found = list(audit_chain.entries(cursor, chain))
        set_local_tenant(None)
    return found


def first_bad(entries: Iterable[Entry], *, anchored: Mapping[int, bytes] | None = None) -> int | None:
    """Return the position of the first bad entry; None for a chain that is whole."""
    known = list(entries)
    walk = Walk(known[0].chain, anchored=anchored)
    try:
        for entry in known:
            walk.take(entry)
        walk.end()
    except BrokenError as broken:
        return broken.position
    return None
