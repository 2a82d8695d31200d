"""The privacy card: what is true for one conversation, for the visitor whose it is. Nothing said in it is opened."""

from collections import Counter
from typing import Final
from uuid import UUID

from django.db.models import Count

from chat import holds, selectors
from chat.delivery.sealed import ConversationNotFoundError
from chat.models import ConsentReceipt, Conversation, Finding
from chat.permissions import Visitor
from chat.protocol.events import CardKept, CardKey, CardMasked, CardOpened, CardReader, CardReceipt
from compliance import audit_events, trail_expiry
from compliance.key_inventory import sealing_key_of
from compliance.models import AuditEntry
from tenants.actors import ActorKind
from tenants.models import Membership
from tenants.roles import Role
from tenants.scoping import tenant_scope

FORMER: Final = "former member"


def card_of(*, visitor: Visitor, conversation_id: UUID) -> CardOpened:
    """Return the card of a conversation.

    Raises:
        ConversationNotFoundError: It is not this visitor's.
    """
    with tenant_scope(visitor.tenant_id):
        conversation = selectors.conversation(conversation_id)
        if conversation is None or visitor.contact_id is None or conversation.contact_id != visitor.contact_id:
            raise ConversationNotFoundError
        return CardOpened(
            conversation=conversation.id,
            status="open" if conversation.is_open else "resolved",
            masked=_masked(conversation),
            key=_key(conversation),
            kept=_kept(conversation),
            readers=_readers(conversation),
            readers_since=trail_expiry.known_since(conversation.created_at),
            receipt=_receipt(visitor),
        )


def _masked(conversation: Conversation) -> list[CardMasked]:
    """What was hidden in what both sides see; in notes the visitor has no part."""
    of_public = Finding.objects.filter(message__conversation_id=conversation.id, message__public_sequence__isnull=False)
    counted = of_public.values_list("entity").annotate(count=Count("id")).order_by("-count", "entity")
    return [CardMasked(entity=entity, count=count) for entity, count in counted]


def _key(conversation: Conversation) -> CardKey | None:
    key = sealing_key_of(conversation.tenant_id, conversation.contact_id)
    if key is None:
        return None
    return CardKey(version=key.version, made_at=key.made_at, locked_by=key.fingerprint, is_own=key.is_own)


def _kept(conversation: Conversation) -> CardKept:
    disposal = holds.disposal(conversation)
    return CardKept(due_at=disposal.due_at, is_held=disposal.is_held)


def _readers(conversation: Conversation) -> list[CardReader]:
    """Who opened it, by role and never by name: from the audit trail, which every opening writes to."""
    entries = AuditEntry.objects.filter(
        event=audit_events.CONVERSATION_DISCLOSED, object_id=conversation.id, actor_kind=ActorKind.MEMBER
    )
    times = dict(entries.values_list("actor_id").annotate(count=Count("id")).order_by())
    roles = dict(Membership.objects.filter(id__in=times).values_list("id", "role"))
    counted: Counter[str] = Counter()
    for member, count in times.items():
        counted[str(Role(roles[member]).label).lower() if member in roles else FORMER] += count
    return [CardReader(role=role, times=count) for role, count in counted.most_common()]


def _receipt(visitor: Visitor) -> CardReceipt | None:
    receipts = ConsentReceipt.objects.filter(session_id=visitor.session_id, withdrawn_at=None).select_related("notice")
    latest: ConsentReceipt | None = receipts.order_by("-given_at", "-id").first()
    if latest is None:
        return None
    return CardReceipt(
        number=latest.notice.number,
        language=latest.language,
        agreed=latest.agreed,
        gpc=latest.gpc,
        given_at=latest.given_at,
        hash=bytes(latest.text_hash).hex(),
        text=latest.notice.text,
    )
