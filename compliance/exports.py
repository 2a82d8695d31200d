"""Readable copies of conversations, for the organisation that owns them; refused where a mode forbids them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from compliance import audit, audit_events, registry
from compliance.models import RecordClass
from tenants import policies
from tenants.actors import Actor
from tenants.models import Membership, Tenant
from tenants.permissions import require
from tenants.policy_names import PLAINTEXT_EXPORT
from tenants.policy_rows.row import MODES
from tenants.roles import Capability

# One request builds the file in memory; more than this needs the sealed archive of a later release.
MAX_CONVERSATIONS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Export:
    """The newest conversations, and how many there are in all: a file that is not complete says so."""

    conversations: list[dict[str, Any]]
    total: int

    @property
    def is_complete(self) -> bool:
        return len(self.conversations) == self.total


class PlaintextExportRefusedError(Exception):
    """A mode of the organisation forbids readable exports; the modes are named."""


def require_plaintext_export(tenant: Tenant) -> None:
    """Let a readable export pass.

    Raises:
        PlaintextExportRefusedError: HIPAA or PCI mode forbids it.
    """
    rule = policies.effective(tenant, PLAINTEXT_EXPORT)
    if rule.value == "refused":
        raise PlaintextExportRefusedError(" and ".join(MODES[mode] for mode in rule.held_by))


def export_conversations(*, membership: Membership, now: datetime, limit: int = MAX_CONVERSATIONS) -> Export:
    """Return what the organisation holds of its conversations, as the member may read it.

    Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The member may not export.
        PlaintextExportRefusedError: A mode forbids it.
    """
    require(membership, Capability.EXPORT_CONVERSATIONS)
    # Read anew and held until the export is done: a mode may have been switched since the request began.
    tenant = Tenant.objects.select_for_update(of=("self",)).get(id=membership.tenant_id)
    require_plaintext_export(tenant)
    store = registry.store_of(RecordClass.CONVERSATION)
    export = Export(list(store.export(membership, limit=limit, now=now)), store.count())
    audit.record(
        Actor.member(membership),
        audit_events.CONVERSATION_EXPORTED,
        tenant,
        at=now,
        conversations=len(export.conversations),
        complete=export.is_complete,
    )
    return export
