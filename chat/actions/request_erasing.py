"""Carry out an erasure that somebody asked for: everything of one visitor in one transaction, with a certificate.

A worker that is killed leaves all or nothing, and the job is done again. A hold that was placed meanwhile stops it
whole, and the request says so. The certificate has counts by kind and no value; its hash stands in the audit trail,
which is sealed and anchored.
"""

import logging
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from chat import holds, merging
from chat.actions import erasure
from chat.actions.erasure import Counts
from chat.actions.subject_requests import Step, add_step, register_answered
from chat.models import Contact
from compliance import audit, audit_events
from compliance.disposal import HeldRecordError, is_held
from compliance.disposal_lock import disposing
from compliance.lost_jobs import unmoved
from compliance.mode_certificate import digest
from compliance.models import RecordClass, RequestKind, RequestState, SubjectRequest
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.models import Membership, Tenant
from tenants.scoping import tenant_scope
from tenants.tasks_base import tenant_task
from tenants.tenancy import Kind

FORM: Final = "hushdesk erasure certificate 1"
#: After so long a job that carries out an erasure is taken for lost.
LOST_AFTER: Final = timedelta(minutes=5)
_UNDER_WAY: Final = Q(state=RequestState.CARRIED_OUT, kind=RequestKind.ERASURE)

logger = logging.getLogger(__name__)


# Declared here and not with the other jobs: whoever decides sends it on its way.
@tenant_task(name="chat.erase_for_request", scope="by_batch", ids={"request_id": Kind.SUBJECT_REQUEST})
def erase_for_request(tenant: Tenant, *, request_id: str, **_: object) -> None:
    """Erase the visitor of one request that was decided so."""
    carry_out(tenant=tenant, request_id=UUID(request_id), now=clock.now())


def carry_out(*, tenant: Tenant, request_id: UUID, now: datetime) -> SubjectRequest | None:
    """Erase what a request asks for and close it; or, where a hold stands in the way by now, give it back.

    Run twice, or twice at once, it does the same as once. Opens the tenant's scope.

    Returns:
        The request; None where there is nothing to do, any more.
    """
    try:
        with tenant_scope(tenant):
            request = _locked(request_id)
            if request is not None:
                _erase(request, tenant, now)
            return request
    except HeldRecordError:
        with tenant_scope(tenant):
            request = _locked(request_id)
            if request is not None:
                put_back(request)
                add_step(request, Step.HELD, now=now)
                audit.record(Actor.system(), audit_events.REQUEST_HELD, request, at=now)
            return request


def erase_own(*, contact_id: UUID, actor: Actor, now: datetime) -> Counts:
    """Erase a visitor who has proven to be the one, at once, and register that it was asked for and done.

    Call it inside the tenant's scope.

    Raises:
        HeldRecordError: Something forbids to dispose of them, or of a conversation of theirs; nothing is erased.
    """
    contact = Contact.objects.select_related("tenant").get(id=contact_id)
    counts = erasure.erase_contact(contact_id=contact_id, actor=actor, now=now)
    facts = _facts(contact.tenant, contact_id, counts, now)
    certificate = (facts, digest(facts))
    request = register_answered(
        contact=contact, kind=RequestKind.ERASURE, actor=actor, now=now, certificate=certificate
    )
    _record_erased(request, counts, actor, now)
    return counts


def require_not_held(request: SubjectRequest) -> None:
    """Let an erasure be decided.

    Raises:
        HeldRecordError: A legal hold keeps something of the visitor.
    """
    if request.contact_id is not None and is_held(RecordClass.CONTACT, request.contact_id):
        raise HeldRecordError


def is_in_the_way(contact_id: UUID | None) -> bool:
    """Whether a hold keeps something of a visitor. Call it inside the tenant's scope."""
    return contact_id is not None and holds.forbids(RecordClass.CONTACT, contact_id)


def put_back(request: SubjectRequest) -> None:
    """Let what was decided be open again."""
    request.state = RequestState.IN_PROGRESS
    request.outcome, request.refused_for = "", ""
    request.decided_by = request.decided_at = request.agreed_by = None
    request.save()


def close(
    request: SubjectRequest, outcome: RequestState, *, actor: Actor, now: datetime, by: Membership | None = None
) -> None:
    """End a request as it was decided."""
    request.state, request.closed_at = outcome, now
    request.save()
    add_step(request, Step.ANSWERED if outcome == RequestState.ANSWERED else Step.REFUSED, by=by, now=now)
    audit.record(
        actor, audit_events.REQUEST_CLOSED, request, at=now, kind=str(request.kind), outcome=outcome.value,
        in_time=now <= request.due_at, **({"reason": str(request.refused_for)} if request.refused_for else {}),
    )  # fmt: skip


def forgotten(*, now: datetime) -> list[UUID]:
    """Return the requests whose job was lost. Call it inside the tenant's scope."""
    rows = SubjectRequest.objects.filter(_UNDER_WAY, unmoved("decided_at", LOST_AFTER, now=now))
    return list(rows.order_by("decided_at", "id").values_list("id", flat=True))


def _locked(request_id: UUID) -> SubjectRequest | None:
    rows = SubjectRequest.objects.select_for_update(of=("self",)).select_related("decided_by")
    request: SubjectRequest | None = rows.filter(_UNDER_WAY, id=request_id).first()
    return request


def _erase(request: SubjectRequest, tenant: Tenant, now: datetime) -> None:
    actor = Actor.system() if request.decided_by is None else Actor.member(request.decided_by)
    person, counts = _erase_person(request.contact_id, actor, now)
    # Their words went with them, and this row is as it was read.
    request.words = None
    request.certificate = _facts(tenant, request.contact_id, counts, now) | {"request": str(request.id)}
    if also := [str(one) for one in person if one != request.contact_id]:
        request.certificate["merged_with"] = also
    request.certificate_sha256 = digest(request.certificate)
    request.save(update_fields=["words", "certificate", "certificate_sha256"])
    add_step(request, Step.ERASED, now=now)
    _record_erased(request, counts, actor, now)
    close(request, RequestState.ANSWERED, actor=actor, by=request.decided_by, now=now)
    logger.info("a visitor was erased", extra={"count": sum(counts.values())})


def _erase_person(contact_id: UUID | None, actor: Actor, now: datetime) -> tuple[list[UUID], Counts]:
    """Erase a contact and all who are one person with it; return whom, and the counts over all of them."""
    # Before looking who is one person: nobody is merged or parted from here on.
    disposing()
    if contact_id is None or not Contact.objects.filter(id=contact_id).exists():
        return [], {}
    person, counts = merging.one_person(contact_id), Counter[str]()
    for one in person:
        counts.update(erasure.erase_contact(contact_id=one, actor=actor, now=now))
    return person, dict(counts)


def _record_erased(request: SubjectRequest, counts: Mapping[str, int], actor: Actor, now: datetime) -> None:
    audit.record(actor, audit_events.REQUEST_ERASED, request, at=now, sha256=request.certificate_sha256, **counts)


def _facts(tenant: Tenant, contact_id: UUID | None, counts: Mapping[str, int], now: datetime) -> dict[str, Any]:
    return {
        "form": FORM,
        "organisation": {"id": str(tenant.id), "name": tenant.name},
        "visitor": str(contact_id) if contact_id is not None else None,
        "erased_at": now.isoformat(),
        "counts": dict(sorted(counts.items())),
        "backups_until": (now + timedelta(days=settings.BACKUP_KEEP_DAYS)).date().isoformat(),
    }
