"""Which support access is in force, and what was looked at by it. It is changed by `compliance.actions.support`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from compliance import audit_events
from compliance.models import AuditEntry, SupportEnd, SupportGrant, SupportState
from helpdesk.core.ids import reference
from tenants.models import Tenant, TenantStatus
from tenants.scoping import tenant_scope

OPERATOR: Final = "app.operator"
_GRANTS: Final = "SELECT grant_id, tenant_id, is_live FROM support_grants(%s)"
#: So many of the ended ones a page lists.
PAST: Final = 20


@dataclass(frozen=True, slots=True)
class Access:
    """One question of an operator's: in which organisation, and whether it is answered and in force at this moment."""

    grant_id: UUID
    tenant_id: UUID
    is_live: bool


@dataclass(frozen=True, slots=True)
class Look:
    """One thing that was looked at: when, what, how many entries of it."""

    at: datetime
    page: str
    conversation_id: UUID | None
    count: int

    @property
    def reference(self) -> str:
        """What the conversation is called; empty where it was none."""
        return "" if self.conversation_id is None else reference(self.conversation_id)


def accesses_of(operator_id: UUID) -> dict[UUID, Access]:
    """Return everything an operator has asked for, in whichever organisation, by the grant's id.

    What is in force is the database's word, by its clock: the same by which its policies let messages through.
    """
    with connection.cursor() as cursor:
        cursor.execute(_GRANTS, [operator_id])
        return {row[0]: Access(*row) for row in cursor.fetchall()}


@contextmanager
def support_scope(tenant_id: UUID, operator_id: UUID) -> Iterator[None]:
    """Open an organisation's scope for one operator: without a grant in force it is as if there were no messages."""
    with tenant_scope(tenant_id):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", [OPERATOR, str(operator_id)])
        yield


def grants(now: datetime) -> dict[str, list[SupportGrant]]:
    """Return the organisation's grants by their state, newest first; of those that are over the last ones."""
    rows = SupportGrant.objects.select_related("operator", "approved_by__user").defer("operator__password")
    found: dict[str, list[SupportGrant]] = {state.value: [] for state in SupportState}
    for grant in rows.order_by("-asked_at", "-id")[: PAST + 10]:
        found[grant.state(now).value].append(grant)
    return found


def looks_of(grant: SupportGrant) -> list[Look]:
    """Return what was looked at under a grant, first things first, as the audit trail has it."""
    entries = AuditEntry.objects.filter(event=audit_events.SUPPORT_READ, facts__grant=str(grant.id))
    return [
        Look(
            entry.at,
            entry.facts["page"],
            entry.object_id if entry.facts["page"] == "conversation" else None,
            entry.facts.get("count", 0),
        )
        for entry in entries.filter(at__gte=grant.asked_at).order_by("at", "id")
    ]


def ended_words(grant: SupportGrant) -> str:
    """Say how a grant that is over has ended; nobody may have written it down yet."""
    if grant.ended_as:
        return SupportEnd(grant.ended_as).label
    return SupportEnd.BY_TIME.label if grant.until is not None else "Nobody answered"


def is_open_to_support(tenant: Tenant) -> bool:
    """Whether operators may ask: of an organisation that is suspended or closing nothing is shown."""
    return bool(tenant.status == TenantStatus.ACTIVE)
