"""Readable copies of conversations, for the organisation that owns them; refused where a mode forbids them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from compliance import audit, audit_events, modes, registry
from tenants.actors import Actor
from tenants.models import Membership, Tenant
from tenants.permissions import require
from tenants.roles import Capability


class PlaintextExportRefusedError(Exception):
    """A mode of the organisation forbids readable exports; the modes are named."""


def require_plaintext_export(tenant: Tenant) -> None:
    """Let a readable export pass.

    Raises:
        PlaintextExportRefusedError: HIPAA or PCI mode forbids it.
    """
    rule = modes.effective(tenant, modes.PLAINTEXT_EXPORT)
    if rule.value == "refused":
        raise PlaintextExportRefusedError(" and ".join(modes.MODES[mode] for mode in rule.held_by))


def export_conversations(*, membership: Membership, now: datetime) -> list[dict[str, Any]]:
    """Return what the organisation holds of its conversations, as the member may read it.

    Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The member may not export.
        PlaintextExportRefusedError: A mode forbids it.
    """
    require(membership, Capability.EXPORT_CONVERSATIONS)
    # Read anew: a mode may have been switched since the request began.
    tenant = Tenant.objects.select_for_update(of=("self",)).get(id=membership.tenant_id)
    require_plaintext_export(tenant)
    records = list(_records(membership, now))
    audit.record(
        Actor.member(membership), audit_events.CONVERSATION_EXPORTED, tenant, at=now, conversations=len(records)
    )
    return records


def _records(membership: Membership, now: datetime) -> Iterator[dict[str, Any]]:
    for store in registry.stores():
        yield from store.export(membership, now=now)
