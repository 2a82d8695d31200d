"""What hangs on an organisation's incident, and its controls."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from chat.models import Message
from compliance import rule_sets
from compliance.controls.table import OF_TENANTS, TOLD
from compliance.masking import MaskingPolicy, mask
from compliance.models import (
    AccessReview,
    AccessReviewLine,
    Agreement,
    AgreementKind,
    ControlRun,
    FoundBy,
    Incident,
    IncidentClock,
    IncidentContact,
    IncidentLine,
    IncidentRecord,
    LineDecision,
    LineKind,
    RestoreDrill,
    ServiceControl,
    SubProcessor,
    SubProcessorNotice,
)
from compliance.sealed_text import seal_masked
from tenants.models import Membership, Tenant
from tests.support.drills import a_drill, as_owner

FIRM: Final = "compliance.SubProcessor"
#: Of a control's last time: so that no job has one to note, and only what it is for counts as done by it.
AHEAD: Final = timedelta(days=3650)


def register_of(
    tenant: Tenant, incident: Incident, message: Message, members: dict[str, Membership], word: str, now: datetime
) -> None:
    """A text, a deadline, a task of the owner's, somebody on the list; every control, done; a review under way."""
    owner = members["owner"]
    IncidentRecord.objects.create(
        tenant=tenant, incident=incident, record_kind="chat_message.body", record_id=message.id, entity="CARD",
        conversation_id=message.conversation_id, count=1, let_pass=1,
    )  # fmt: skip
    IncidentClock.objects.create(
        tenant=tenant, incident=incident, regime="pci_brands", started_at=now, due_at=now + timedelta(days=9)
    )
    task = IncidentLine(
        tenant=tenant, incident=incident, kind=LineKind.TASK, at=now, by=owner.id, assignee=owner,
        masked_with=rule_sets.current(tenant).number,
    )  # fmt: skip
    task.text = seal_masked(IncidentLine.slot(tenant.id, task.id), mask(word, MaskingPolicy.named("all")))
    task.save()
    # Of nobody who has a conversation: whom a list by the records finds is new on it.
    IncidentContact.objects.create(
        tenant=tenant, incident=incident, contact_id=owner.id, conversation_id=message.conversation_id, added_at=now,
        found_by=FoundBy.QUERY,
    )  # fmt: skip
    ControlRun.objects.bulk_create([
        ControlRun(tenant=tenant, control=one.key, since=now, last_ok_at=now + AHEAD) for one in (*OF_TENANTS, *TOLD)
    ])  # fmt: skip
    _review_of(tenant, members, now)
    _agreements_of(tenant, owner, word, now)


def _review_of(tenant: Tenant, members: dict[str, Membership], now: datetime) -> None:
    """A review under way that can be signed: everybody was looked at."""
    review = AccessReview.objects.create(tenant=tenant, due_at=now, begun_at=now, begun_by=members["owner"].id)
    for member in members.values():
        AccessReviewLine.objects.create(
            tenant=tenant, review=review, membership=member, role=member.role, used_at=now, has_factor=True,
            decision=LineDecision.KEEP, decided_at=now, decided_by=members["owner"].id,
        )  # fmt: skip


def _agreements_of(tenant: Tenant, owner: Membership, word: str, now: datetime) -> None:
    """One in force, and that they were told who else handles data for the service."""
    Agreement.objects.create(
        tenant=tenant, kind=AgreementKind.OTHER, counterparty=f"Firm {word}", reference=word, signed_on=now.date(),
        recorded_at=now, recorded_by=owner.id,
    )  # fmt: skip
    SubProcessorNotice.objects.create(tenant=tenant, subprocessor_id=of_everybody(now)[FIRM], told_at=now)


def of_everybody(now: datetime) -> dict[str, UUID]:
    """What operators keep for all organisations: who works for the service, a control of it, a restore drill."""
    facts = {"purpose": "Mail", "place": "Ireland", "starts_on": now.date(), "announced_at": now}
    firm, _ = SubProcessor.objects.get_or_create(name="A firm", defaults=facts)
    control, _ = ServiceControl.objects.get_or_create(control="seal", defaults={"since": now})
    if (drill := RestoreDrill.objects.first()) is None:
        with as_owner():
            drill = a_drill(at=now)
    return {FIRM: firm.id, "compliance.ServiceControl": control.id, "compliance.RestoreDrill": drill.id}
