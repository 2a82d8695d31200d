"""Of chats: who holds them, what visitors were told, asked and said at the end, and when somebody is there."""

from datetime import datetime, timedelta
from uuid import uuid4

from chat.actions.identity_keys import make_shared_key
from chat.actions.mailed_links import token_hash
from chat.models import (
    BusinessHours,
    ClosedDay,
    ConsentReceipt,
    Contact,
    Conversation,
    MailedLink,
    Message,
    ProofRequest,
    Rating,
    Team,
    TeamMember,
    UsedToken,
    VisitorFactor,
    VisitorPasskey,
)
from compliance import rule_sets
from compliance.masking import MaskingPolicy, mask
from compliance.models import NoticeDraft, NoticeSetting, NoticeVersion, TrailView
from compliance.sealed_text import seal_masked
from tenants.models import Membership, Tenant
from tests.proofs.isolation.forms import make_form
from tests.proofs.isolation.world_evidence import a_pack
from tests.proofs.isolation.world_files import a_file
from tests.proofs.isolation.world_requests import a_merge, a_request


def a_team(tenant: Tenant, agent: Membership, held: Conversation, word: str, now: datetime) -> None:
    """One with a member, who holds a conversation of it."""
    team = Team.objects.create(tenant=tenant, name=f"Desk {word}", created_at=now)
    TeamMember.objects.create(tenant=tenant, team=team, membership=agent, joined_at=now)
    Conversation.objects.filter(id=held.id).update(assignee=agent, team=team)
    held.refresh_from_db()


def told(tenant: Tenant, conversation: Conversation, owner: Membership, word: str, now: datetime) -> None:
    """What visitors are told, that one of them has read it, and a file of theirs."""
    a_file(Message.objects.filter(conversation=conversation).latest("sequence"), conversation.contact_id, word, now)
    said = f"Notice of {word}"
    version = NoticeVersion.objects.create(
        tenant=tenant, region="us", language="en", number=1, origin="own", is_published=True, body=said, text=said,
        text_hash=uuid4().bytes * 2, published_by=owner.id, published_at=now,
    )  # fmt: skip
    NoticeDraft.objects.create(tenant=tenant, region="us", language="en", body=f"Draft of {word}", changed_at=now)
    TrailView.objects.create(tenant=tenant, membership=owner, query="who=system", saved_at=now)
    a_pack(owner, word, now)
    NoticeSetting.objects.create(tenant=tenant, other_ways=f"Call {word}", changed_at=now)
    ConsentReceipt.objects.create(
        tenant=tenant, contact_id=conversation.contact_id, session_id=conversation.started_by_id, notice=version,
        text_hash=version.text_hash, region="us", language="en", agreed=False, gpc=False, entry="socket", given_at=now,
    )  # fmt: skip


def asked(conversation: Conversation, owner: Membership, word: str, now: datetime) -> None:
    """What the owner has asked of the visitor."""
    make_form(conversation, owner, word, now)
    _a_proof(conversation, owner, word, now)
    a_request(conversation, owner, word, now)
    a_merge(conversation, owner, now)


def _vouched_for(conversation: Conversation, owner: Membership, now: datetime) -> None:
    """A key with which the site signs, and a token of it that was used."""
    make_shared_key(actor=owner, now=now)
    UsedToken.objects.create(
        tenant=owner.tenant, jti_hash=uuid4().bytes * 2, session_id=conversation.started_by_id, expires_at=now
    )


def _a_proof(conversation: Conversation, owner: Membership, word: str, now: datetime) -> None:
    """Asked for by the owner, and proven by the visitor at the second try."""
    tenant = owner.tenant
    made = ProofRequest(
        tenant=tenant, conversation=conversation, contact_id=conversation.contact_id, asked_by=owner, asked_at=now,
        expires_at=now + timedelta(days=1), masked_with=rule_sets.current(tenant).number, state="proven",
        method="mail", proven_at=now, session_id=conversation.started_by_id,
    )  # fmt: skip
    slot = ProofRequest.slot(tenant.id, made.contact_id, made.id)
    made.scope = seal_masked(slot, mask(f"Scope {word}", MaskingPolicy.named("default")))
    made.save(force_insert=True)
    VisitorFactor.objects.create(tenant=tenant, contact_id=conversation.contact_id, tries=1, tried_at=now)
    VisitorPasskey.objects.create(
        tenant=tenant, contact_id=conversation.contact_id, credential_id=f"A key {word}".encode(), public_key=b"half",
        made_at=now,
    )  # fmt: skip
    _vouched_for(conversation, owner, now)


def away(tenant: Tenant, conversation: Conversation, word: str, now: datetime) -> None:
    """When they are there: set once, and off, so that nobody is told; and a link that was mailed."""
    _a_link(conversation, now)
    row = Rating(
        tenant=tenant, conversation=conversation, contact_id=conversation.contact_id, scale="five", value=2,
        rated_at=now, changed_at=now, masked_with=rule_sets.current(tenant).number,
    )  # fmt: skip
    slot = Rating.slot(tenant.id, conversation.contact_id, row.id)
    row.comment = seal_masked(slot, mask(f"Comment of {word}", MaskingPolicy.named("default")))
    row.save()
    week = [[[540, 1020]]] * 7
    BusinessHours.objects.create(tenant=tenant, is_on=False, zone="Europe/Berlin", week=week, changed_at=now)
    ClosedDay.objects.create(tenant=tenant, day=now.date() + timedelta(days=30), name=f"Day of {word}")


def _a_link(conversation: Conversation, now: datetime) -> None:
    """One that was mailed, with a code on its way, and opened by the visitor's browser before."""
    tenant, contact = conversation.tenant, Contact.objects.get(id=conversation.contact_id)
    MailedLink.objects.create(
        tenant=tenant, conversation=conversation, contact=contact, kind="transcript", created_at=now, mailed_at=now,
        expires_at=now + timedelta(days=300), token_hash=token_hash(tenant.id, f"link-of-{tenant.slug}"),
        address_token=bytes(contact.email_token or b""), session_id=conversation.started_by_id, code_hash=b"h" * 32,
        code_until=now + timedelta(days=300),
    )  # fmt: skip
