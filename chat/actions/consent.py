"""What a visitor was told, and whether they agreed: given before the first message, again for a changed text, and
taken back. That no message is taken without is judged as it is stored (`chat.delivery.statement`), and so is whether
the organisation's site has to vouch for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from chat.delivery.sealed import ConsentRequiredError, ConversationNotFoundError, IdentityRequiredError
from chat.models import ConsentEntry, ConsentReceipt, VisitorSession
from chat.permissions import Visitor
from compliance import audit, audit_events, rule_sets
from compliance.actions.notices import version_of
from compliance.notices.in_force import Notices
from compliance.notices.wording import Wording
from helpdesk.core.ids import uuid7
from tenants.actors import Actor
from tenants.scoping import tenant_scope

#: The header of the signal (Global Privacy Control, W3C working draft): its only value says that it is on.
GPC_HEADER: Final = "Sec-GPC"
GPC_ON: Final = "1"


@dataclass(frozen=True, slots=True)
class Given:
    """What a browser says was on its screen: the hash of the text; and by which way it says so."""

    notice: bytes
    gpc: bool
    entry: ConsentEntry


def require_vouched(visitor: Visitor, now: datetime) -> None:
    """Let a conversation begin only if the organisation hears anyone, or its site vouches for the visitor.

    Call it inside the tenant's scope.

    Raises:
        IdentityRequiredError: It does not.
    """
    if not _notices(visitor.tenant_id).signed_only:
        return
    if not VisitorSession.objects.filter(token_hash=visitor.token_hash, signed_until__gt=now).exists():
        raise IdentityRequiredError


def require_told(visitor: Visitor, given: Given | None) -> None:
    """Let a conversation begin only if its visitor has read, or agreed to, what is in force. Nothing is stored.

    Call it inside the tenant's scope.

    Raises:
        ConsentRequiredError: They have not, or what they say they have read is not in force.
    """
    notices = _notices(visitor.tenant_id)
    if given is not None:
        _wording(notices, given)
    elif notices.accepts is not None:
        held = VisitorSession.objects.filter(token_hash=visitor.token_hash).values_list("notice_hash", flat=True)
        if bytes(held.first() or b"") not in notices.accepts:
            raise ConsentRequiredError


def give_consent(*, visitor: Visitor, given: Given, now: datetime) -> ConsentReceipt:
    """Keep the receipt of a text in force; a repeat finds the one that was kept before.

    Raises:
        ConversationNotFoundError: They have begun no conversation; until then nothing is stored of a visitor.
        ConsentRequiredError: The text is not in force, or not any more.
    """
    notices = _notices(visitor.tenant_id)
    shown = _wording(notices, given)
    with tenant_scope(visitor.tenant_id):
        session = VisitorSession.objects.select_for_update().filter(token_hash=visitor.token_hash).first()
        if session is None:
            raise ConversationNotFoundError
        standing = ConsentReceipt.objects.filter(session=session, text_hash=given.notice, withdrawn_at=None)
        before: ConsentReceipt | None = standing.first()
        if before is not None and session.notice_hash is not None and bytes(session.notice_hash) == given.notice:
            return before
        receipt: ConsentReceipt = ConsentReceipt.objects.create(
            id=uuid7(),
            tenant_id=visitor.tenant_id,
            contact_id=session.contact_id,
            session=session,
            notice=version_of(shown, notices, now=now),
            text_hash=shown.digest,
            region=shown.region,
            language=shown.language,
            agreed=shown.asks,
            gpc=given.gpc,
            entry=given.entry,
            given_at=now,
        )
        session.notice_hash = shown.digest
        session.save(update_fields=["notice_hash"])
    return receipt


def withdraw_consent(*, visitor: Visitor, now: datetime) -> None:
    """Take back whatever a browser's visitor agreed to: nothing they write is taken until they agree again.

    Where no receipt is needed, what they write is taken all the same. A repeat changes nothing.

    Raises:
        ConversationNotFoundError: They have begun no conversation, and so have given none.
    """
    with tenant_scope(visitor.tenant_id):
        session = VisitorSession.objects.select_for_update().filter(token_hash=visitor.token_hash).first()
        if session is None:
            raise ConversationNotFoundError
        taken = ConsentReceipt.objects.filter(session=session, withdrawn_at=None).update(withdrawn_at=now)
        if session.notice_hash is None and not taken:
            return
        session.notice_hash = None
        session.save(update_fields=["notice_hash"])
        by = Actor.visitor(session.id)
        audit.record(by, audit_events.CONSENT_WITHDRAWN, session, at=now, contact=session.contact_id, receipts=taken)


def _notices(tenant_id: UUID) -> Notices:
    notices = rule_sets.current(tenant_id).notices
    if notices is None:
        raise ConsentRequiredError
    return notices


def _wording(notices: Notices, given: Given) -> Wording:
    shown = notices.with_hash(given.notice)
    if shown is None:
        raise ConsentRequiredError
    return shown
