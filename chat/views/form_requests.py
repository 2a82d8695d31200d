"""Ask a visitor for a secure form, in a dialog of the workspace, and withdraw it again."""

from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from chat import selectors
from chat.actions import form_keys, form_requests, form_templates
from chat.actions.form_endpoints import NoEndpointError
from chat.actions.form_payments import NoAccountError
from chat.actions.form_requests import (
    MAX_MISSES,
    Asking,
    FormNotFoundError,
    FormUnderWayError,
    NoFormKeyError,
    NotAssignedError,
    TooManyChecksError,
    UnprovenVisitorError,
    UntrainedError,
)
from chat.actions.form_templates import NoSuchFormError
from chat.delivery.sealed import ConversationNotFoundError, ConversationResolvedError
from chat.models import Conversation
from chat.secure_forms.submission import BadSubmissionError, decoded
from chat.views import file_links
from helpdesk.core import clock
from helpdesk.core.machine import Machine
from tenants.http import MemberRequest, member_required
from tenants.roles import Capability
from tenants.sessions import session_of

ASK: Final = "chat/forms/ask.html"
WHY_NOT: Final[dict[type[Exception], str]] = {
    NotAssignedError: "Take this conversation first: what is sent goes to whoever holds it.",
    ConversationResolvedError: "This conversation is resolved. Reopen it first.",
    FormUnderWayError: "One form at a time: another is under way. Withdraw it first.",
    NoFormKeyError: "This browser is not prepared for secure forms yet.",
    NoEndpointError: "Your own system is not connected any more. It is under Settings, Secure forms.",
    NoAccountError: "Your payment provider is not connected any more. It is under Settings, Secure forms.",
    TooManyChecksError: (
        f"What this visitor sent did not match {MAX_MISSES} times within a day. More tries would be guesses; "
        "find another way to know who they are."
    ),
    UntrainedError: "A course that guards secure forms is due. It is under Training.",
    UnprovenVisitorError: (
        "Health data is asked only of visitors who have proven who they are (45 CFR 164.312(d)). "
        "Ask them first: type /verify."
    ),
    NoSuchFormError: "Choose one of the forms.",
}

requester_required = member_required(Capability.REQUEST_FORMS)


@require_http_methods(["GET", "POST"])
@requester_required
def ask(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Choose a form and see it as the visitor will; posted, ask for it."""
    conversation = selectors.conversation(conversation_id)
    if conversation is None:
        raise Http404
    if request.method != "POST":
        return _dialog(request, conversation)
    try:
        form = form_templates.form_named(request.POST.get("template", ""))
        asking = asking_of(request, request.POST.get("key", ""))
        form_requests.request_form(conversation_id=conversation_id, form=form, asking=asking, now=clock.now())
    except ConversationNotFoundError:
        raise Http404 from None
    except tuple(WHY_NOT) as error:
        return _dialog(request, conversation, error)
    url = selectors.conversation_url(request.tenant.slug, conversation_id)
    if "HX-Request" not in request.headers:
        return redirect(url)
    return render(request, "chat/forms/_asked.html", {"form": form})


@require_POST
@requester_required
def cancel(request: MemberRequest, conversation_id: UUID, form_id: UUID) -> HttpResponse:
    """Withdraw a request; what was sent is destroyed."""
    try:
        form_requests.cancel_form(
            conversation_id=conversation_id, form_id=form_id, actor=request.membership, now=clock.now()
        )
    except FormNotFoundError:
        raise Http404 from None
    if "HX-Request" in request.headers:
        return HttpResponse(status=204)
    return redirect(selectors.conversation_url(request.tenant.slug, conversation_id))


def asking_of(request: MemberRequest, key: str) -> Asking:
    """Return who asks, from which browser, for which key: none for what no browser opens.

    Raises:
        NoFormKeyError: The key is none, or nobody is signed in.
    """
    session = session_of(request)
    try:
        fingerprint = decoded(key[:64])
    except BadSubmissionError:
        raise NoFormKeyError from None
    if session is None:
        raise NoFormKeyError
    return Asking(request.membership, session, Machine.of(request).looks, fingerprint)


def with_vault(response: HttpResponse) -> HttpResponse:
    """Let a page of the workspace frame the vault, and show files."""
    told: Any = response
    told._csp_replace = {"frame-src": [settings.VAULT_ORIGIN], **file_links.CSP}
    return response


def vault_context(request: MemberRequest) -> dict[str, Any]:
    """Return what a page needs that speaks with the vault."""
    keys = form_keys.keys_of(request.membership)
    return {
        "vault_url": f"{settings.VAULT_URL}/vault/#{request.membership.id}",
        "vault_origin": settings.VAULT_ORIGIN,
        "enrolled": [bytes(key.fingerprint).hex() for key in keys],
    }


def _dialog(request: MemberRequest, conversation: Conversation, error: Exception | None = None) -> HttpResponse:
    forms = form_templates.forms()
    wanted = request.POST.get("template") or request.GET.get("template", "")
    context = vault_context(request) | {
        "forms": forms.items(),
        "chosen": wanted if wanted in forms else next(iter(forms), ""),
        "url": selectors.conversation_url(request.tenant.slug, conversation.id),
        "why_not": WHY_NOT[type(error)] if error is not None else "",
        "is_unprepared": isinstance(error, NoFormKeyError),
        "organisation": request.tenant,
        "membership": request.membership,
        "section": "inbox",
    }
    template = "chat/forms/_ask.html" if "HX-Request" in request.headers else ASK
    return with_vault(render(request, template, context, status=422 if error is not None else 200))
