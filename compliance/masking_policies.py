"""The masking policy in force for an organisation: what it has chosen, never below the floors of its modes.

Everything that masks an organisation's texts gets its policy from here, by way of `compliance.rule_sets.current`, which
keeps it in the process for seconds. Call these inside the tenant's scope.
"""

from typing import Final
from uuid import UUID

from compliance import modes
from compliance.masking import MaskingPolicy
from compliance.masking_choice import MaskingChoice
from compliance.models import MaskingRevision
from tenants.models import Tenant

#: Policies kept in the process, so that what the engine has planned for one is not planned again every few seconds.
KEPT: Final = 1024
_made: Final[dict[tuple[UUID, str, str], MaskingPolicy]] = {}


def latest() -> MaskingRevision | None:
    """Return the newest revision; None while the organisation has chosen nothing."""
    found: MaskingRevision | None = MaskingRevision.objects.order_by("-number").first()
    return found


def effective(tenant: Tenant) -> MaskingPolicy:
    """Return the policy in force. The modes are those of the row given, so the caller reads it anew."""
    revision = latest()
    if revision is None:
        return modes.masking_policy(tenant)
    key = _key(tenant, revision.id)
    policy = _made.get(key)
    if policy is None:
        policy = modes.masking_policy(tenant, MaskingChoice.of(revision), revision=int(revision.number))
        if len(_made) >= KEPT:
            _made.clear()
        _made[key] = policy
    return policy


def of_revision(tenant: Tenant, revision_id: UUID | None) -> MaskingPolicy:
    """Return the same by the newest revision's id, so that it is read only where the process does not know it."""
    if revision_id is None:
        return modes.masking_policy(tenant)
    return _made.get(_key(tenant, revision_id)) or effective(tenant)


def _key(tenant: Tenant, revision_id: UUID) -> tuple[UUID, str, str]:
    # A revision never changes, so it needs no life span here.
    return revision_id, tenant.hipaa_state, tenant.pci_state


def chosen(revision: MaskingRevision | None) -> MaskingChoice:
    """Return what a revision holds; without one, nothing."""
    return MaskingChoice() if revision is None else MaskingChoice.of(revision)
