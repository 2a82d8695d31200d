"""Ask a visitor to prove who they are, in a dialog of the workspace; withdraw that, or end what was proven."""

from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from chat import selectors
from chat.actions import proofs
from chat.actions.form_requests import NotAssignedError
from chat.actions.proof_codes import has_address
from chat.actions.proofs import AddressUnsureError, NoScopeError, ProofNotFoundError, ProofUnderWayError
from chat.delivery.sealed import ConversationNotFoundError, ConversationResolvedError
from chat.models import Conversation
from chat.models.proof import MAX_SCOPE
from compliance.masking import MaskingError
from helpdesk.core import clock
from tenants import policies
from tenants.http import MemberRequest, member_required
from tenants.policy_names import PROOF_LASTS
from tenants.roles import Capability

ASK: Final = "chat/proofs/ask.html"
WHY_NOT: Final[dict[type[Exception], str]] = {
    NotAssignedError: "Take this conversation first: who asks is who holds it.",
    ConversationResolvedError: "This conversation is resolved. Reopen it first.",
    ProofUnderWayError: "The visitor is asked already. Withdraw that first.",
    NoScopeError: f"Say what it is for, in at most {MAX_SCOPE} characters.",
    AddressUnsureError: "Look at the address first, and say that you have.",
    MaskingError: "This could not be checked, so nobody was asked. Please try again.",
}

answerer_required = member_required(Capability.ANSWER_CONVERSATIONS)


@sensitive_post_parameters("scope")
@require_http_methods(["GET", "POST"])
@answerer_required
def ask(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Say what it is for; posted, ask the visitor."""
    conversation = selectors.conversation(conversation_id)
    if conversation is None:
        raise Http404
    if request.method != "POST":
        return _dialog(request, conversation)
    try:
        proofs.request_proof(
            conversation_id=conversation_id, scope=request.POST.get("scope", ""),
            address_checked="checked" in request.POST, actor=request.membership, now=clock.now(),
        )  # fmt: skip
    except ConversationNotFoundError:
        raise Http404 from None
    except tuple(WHY_NOT) as error:
        return _dialog(request, conversation, error)
    if "HX-Request" not in request.headers:
        return redirect(selectors.conversation_url(request.tenant.slug, conversation_id))
    return render(request, "chat/proofs/_asked.html")


@require_POST
@answerer_required
def end(request: MemberRequest, conversation_id: UUID, proof_id: UUID) -> HttpResponse:
    """Withdraw what waits, or end what was proven."""
    try:
        proofs.end_proof(conversation_id=conversation_id, proof_id=proof_id, actor=request.membership, now=clock.now())
    except ProofNotFoundError:
        raise Http404 from None
    if "HX-Request" in request.headers:
        return HttpResponse(status=204)
    return redirect(selectors.conversation_url(request.tenant.slug, conversation_id))


def _dialog(request: MemberRequest, conversation: Conversation, error: Exception | None = None) -> HttpResponse:
    contact = conversation.contact
    context: dict[str, Any] = {
        "url": selectors.conversation_url(request.tenant.slug, conversation.id),
        "scope": request.POST.get("scope", "")[: 2 * MAX_SCOPE],
        "most": MAX_SCOPE,
        "lasts": policies.in_force(request.tenant, PROOF_LASTS).words,
        "has_address": has_address(contact),
        "replaced_at": contact.email_replaced_at,
        "why_not": WHY_NOT[type(error)] if error is not None else "",
        "organisation": request.tenant,
        "membership": request.membership,
        "section": "inbox",
    }
    template = "chat/proofs/_ask.html" if "HX-Request" in request.headers else ASK
    return render(request, template, context, status=422 if error is not None else 200)
