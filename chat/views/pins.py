"""What is shown above the composer of a visitor's chat: what they are asked to prove, a secure form, their proof."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from chat.actions import proofs
from chat.delivery.sealed import ConversationNotFoundError
from chat.identity import under_way
from chat.models import Conversation, ProofRequest
from chat.permissions import Visitor
from chat.secure_forms.passes import ProofPass
from chat.selectors import WidgetInbox
from chat.views import form_links
from helpdesk.core import clock
from tenants.scoping import tenant_scope

#: The page may stay open from the asking until the longest that a proof counts.
PASS_LASTS: Final = timedelta(hours=3)


def pinned(visitor: Visitor, widget_key: str) -> dict[str, Any] | None:
    """Return what is shown: its id, and where it is, with a pass for it alone. One at a time, what waits first."""
    if visitor.contact_id is None or visitor.session_id is None:
        return None
    with tenant_scope(visitor.tenant_id):
        proof = under_way.pinned(visitor.contact_id, visitor.session_id, clock.now())
    if proof is not None and proof.is_waiting:
        return _link(proof, visitor.session_id, widget_key)
    form = form_links.pinned(visitor, widget_key)
    return form if form is not None or proof is None else _link(proof, visitor.session_id, widget_key)


def own_data(visitor: Visitor, found: WidgetInbox, *, now: datetime) -> dict[str, Any] | None:
    """Let a visitor prove who they are to see to their own data, or return what is under way; None where nothing is
    stored of them."""
    if visitor.contact_id is None or visitor.session_id is None:
        return None
    try:
        with tenant_scope(visitor.tenant_id):
            begun = Conversation.objects.of_contact(visitor.contact_id).begun().order_by("-created_at", "-id")
            conversation_id: UUID | None = begun.values_list("id", flat=True).first()
            if conversation_id is None:
                return None
            proof = proofs.offer_proof(visitor=visitor, conversation_id=conversation_id, now=now)
    except ConversationNotFoundError:
        return None
    return _link(proof, visitor.session_id, found.inbox.widget_key)


def _link(proof: ProofRequest, session_id: UUID, widget_key: str) -> dict[str, Any]:
    shown = ProofPass(proof.tenant_id, proof.id, proof.contact_id, session_id).issue(until=proof.asked_at + PASS_LASTS)
    path = reverse("chat:proof_page", kwargs={"widget_key": widget_key})
    return {"id": str(proof.id), "url": f"{settings.FORMS_URL}{path}#{shown}"}
