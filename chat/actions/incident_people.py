"""List whom an incident concerns: ids alone, by the texts that were found or by a search of conversations."""

from datetime import datetime
from typing import Final
from uuid import UUID

from chat.holds import HoldQuery
from chat.models import Conversation
from compliance import audit, audit_events
from compliance.actions.incidents import IncidentClosedError, UnknownIncidentError
from compliance.models import FoundBy, Incident, IncidentContact, IncidentRecord, IncidentState
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability

#: More is not a list any more: they are told by a notice to all.
MOST: Final = 20_000


class NobodyFoundError(LookupError):
    """The search finds nobody, or the incident names no text of anybody's."""


class TooManyPeopleError(ValueError):
    """The search finds more people than a list holds."""


class BadSearchError(ValueError):
    """A search that says nothing, or whose last day is before its first."""


def list_people(*, incident_id: UUID, query: HoldQuery | None, actor: Membership, now: datetime) -> int:
    """Put people on an incident's list, each once; return how many are new. Call it inside the tenant's scope.

    Args:
        query: Whose conversations; None: those in which something was found.

    Raises:
        NotPermittedError: The actor does not keep the register.
        UnknownIncidentError, IncidentClosedError, BadSearchError, NobodyFoundError, TooManyPeopleError: As they say.
    """
    require(actor, Capability.MANAGE_INCIDENTS)
    incident: Incident | None = Incident.objects.select_for_update().filter(id=incident_id).first()
    if incident is None:
        raise UnknownIncidentError
    if incident.state == IncidentState.CLOSED:
        raise IncidentClosedError
    before = IncidentContact.objects.filter(incident=incident).count()
    found = _found(incident, query)
    IncidentContact.objects.bulk_create(
        [
            IncidentContact(
                tenant_id=incident.tenant_id, incident=incident, contact_id=contact_id, added_at=now,
                conversation_id=conversation_id, found_by=FoundBy.RECORDS if query is None else FoundBy.QUERY,
            )
            for contact_id, conversation_id in found
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )  # fmt: skip
    added: int = IncidentContact.objects.filter(incident=incident).count() - before
    audit.record(
        Actor.member(actor), audit_events.INCIDENT_PEOPLE_LISTED, incident, at=now, added=added,
        by="records" if query is None else "query", **({} if query is None else query.stored()),
    )  # fmt: skip
    return added


def _found(incident: Incident, query: HoldQuery | None) -> list[tuple[UUID, UUID]]:
    rows = Conversation.objects.all()
    if query is None:
        named = IncidentRecord.objects.filter(incident=incident).exclude(conversation_id=None)
        rows = rows.filter(id__in=named.values("conversation_id"))
    else:
        if not query or (query.began_from and query.began_until and query.began_from > query.began_until):
            raise BadSearchError
        rows = rows.filter(query.condition())
    newest = rows.order_by("contact_id", "-created_at", "-id").distinct("contact_id")
    found = list(newest.values_list("contact_id", "id")[: MOST + 1])
    if not found:
        raise NobodyFoundError
    if len(found) > MOST:
        raise TooManyPeopleError
    return found
