"""What a visitor asked about their data: under way, with words and a note; and the same while it is being erased."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chat.files import sealed
from chat.models import UNDO_FOR, Contact, ContactMerge, Conversation, DataArchive
from compliance import rule_sets
from compliance.masking import MaskingPolicy, mask
from compliance.models import RequestStep, SubjectRequest
from compliance.sealed_text import seal_masked
from helpdesk.core.ids import uuid7
from tenants.keyring import ring
from tenants.models import Membership
from tenants.scoping import tenant_scope

if TYPE_CHECKING:
    from tests.proofs.isolation.sides import Side


def a_request(conversation: Conversation, owner: Membership, word: str, now: datetime) -> None:
    """One for erasure by somebody who has proven to be the one, with what an earlier one would have left."""
    tenant, number = owner.tenant, rule_sets.current(owner.tenant).number
    made = SubjectRequest(
        tenant=tenant, kind="erasure", regime="gdpr", state="progress", contact_id=conversation.contact_id,
        by_visitor=True, received_at=now, due_at=now + timedelta(days=30), identity="proof", identity_at=now,
        masked_with=number, certificate={"counts": {}, "organisation": word}, mailed_stage=1000,
    )  # fmt: skip
    slot = SubjectRequest.slot(tenant.id, conversation.contact_id, made.id)
    made.words = seal_masked(slot, mask(f"Words of {word}", MaskingPolicy.named("default")))
    made.save()
    step = RequestStep(tenant=tenant, request=made, number=1, step="note", at=now, by=owner, masked_with=number)
    slot = RequestStep.slot(tenant.id, step.id)
    step.note = seal_masked(slot, mask(word, MaskingPolicy.named("all")))
    step.save()
    archive = DataArchive(
        id=uuid7(), tenant=tenant, request=made, contact_id=conversation.contact_id, run=uuid7(), moved_at=now,
        built_at=now, expires_at=now + timedelta(days=300), total=1, bytes=len(word), sha256="0" * 64,
    )  # fmt: skip
    archive.stored, archive.key = sealed.put_archive(archive, iter([word.encode()]))
    archive.save(force_insert=True)


def a_merge(conversation: Conversation, owner: Membership, now: datetime) -> None:
    """Somebody of whom nothing is known but that they are the visitor as well."""
    tenant = owner.tenant
    other = Contact.objects.create(tenant=tenant, created_at=now)
    ring.create_contact_key(tenant.id, other.id, now=now)
    ContactMerge.objects.create(
        tenant=tenant, kept_id=conversation.contact_id, merged=other, made_by=owner, made_at=now,
        undo_until=now + UNDO_FOR,
    )  # fmt: skip


def leave_to_hand_out(side: "Side", now: datetime) -> None:
    """Let it be one for access that the owner has decided, and nobody have begun."""
    with tenant_scope(side.tenant):
        DataArchive.objects.all().delete()
        SubjectRequest.objects.update(kind="access")
    leave_to_erase(side, now)


def leave_to_erase(side: "Side", now: datetime) -> None:
    """Let the erasure have been decided by the owner, and its job be lost."""
    with tenant_scope(side.tenant):
        SubjectRequest.objects.update(
            state="carrying", outcome="answered", decided_by=side.members["owner"], decided_at=now - timedelta(hours=1)
        )
