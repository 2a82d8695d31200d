"""Reads for the privacy page. Call them inside the tenant's scope."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from compliance.models import AuditEntry, JobKind, JobRun
from helpdesk.core.ids import reference
from tenants.actors import ActorKind
from tenants.models import Membership

AUDIT_SHOWN: Final = 50
#: Of one entry: how all controls stand is a long line.
MOST_FACTS: Final = 16


@dataclass(frozen=True, slots=True)
class AuditLine:
    """An audit entry as a person reads it."""

    at: datetime
    event: str
    actor: str
    subject: str
    facts: str


def latest_runs(kind: JobKind, limit: int = 5) -> list[JobRun]:
    """Return the newest runs of a job."""
    return list(JobRun.objects.filter(kind=kind).order_by("-started_at", "-id")[:limit])


def audit_trail(limit: int = AUDIT_SHOWN) -> list[AuditLine]:
    """Return the newest audit entries, with the names of members."""
    return lines_of(AuditEntry.objects.order_by("-at", "-id")[:limit])


def lines_of(found: Iterable[AuditEntry]) -> list[AuditLine]:
    """Return entries as people read them."""
    entries = list(found)
    names = _member_names([entry.actor_id for entry in entries if entry.actor_kind == ActorKind.MEMBER])
    return [_line(entry, names) for entry in entries]


def _line(entry: AuditEntry, names: dict[UUID, str]) -> AuditLine:
    told = [f"{name.replace('_', ' ')}: {_in_words(fact)}" for name, fact in entry.facts.items()]
    more = [f"and {len(told) - MOST_FACTS} more"] if len(told) > MOST_FACTS else []
    facts = ", ".join([*told[:MOST_FACTS], *more])
    kind = entry.object_kind.rpartition(".")[2]
    subject = f"{kind} {reference(entry.object_id)}" if entry.object_id else kind
    return AuditLine(entry.at, entry.event, _actor(entry, names), subject, facts)


def _in_words(fact: str | int | bool | None) -> str | int:
    if fact is None or isinstance(fact, bool):
        return {None: "none", True: "yes", False: "no"}[fact]
    return fact


def _actor(entry: AuditEntry, names: dict[UUID, str]) -> str:
    if entry.actor_kind == ActorKind.MEMBER:
        return names.get(entry.actor_id, "A former member") if entry.actor_id else "A former member"
    return {"operator": "Hushdesk operator", "visitor": "Visitor", "system": "Hushdesk"}[entry.actor_kind]


def _member_names(ids: Sequence[Any]) -> dict[UUID, str]:
    members = Membership.objects.filter(id__in=set(ids)).select_related("user")
    return {member.id: member.user.name for member in members}
