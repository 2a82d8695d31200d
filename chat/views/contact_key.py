"""The key of one visitor: seal everything of theirs again under a new one, after a compromise. For owners."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from chat import selectors
from chat.models import Conversation
from compliance.actions import keys
from helpdesk.core import clock
from tenants import fresh_factor, kms
from tenants.actors import Actor
from tenants.fresh_factor import FreshCodeForm
from tenants.http import MemberRequest, member_required
from tenants.keyring import rotation
from tenants.keyring.models import RotationState
from tenants.keyring.ring import KeyUnavailableError
from tenants.roles import Capability

NO_PROVIDER: Final = "The key provider did not answer. Nothing was changed; please try again."
GONE: Final = "This visitor was erased: there is no key any more."


@require_http_methods(["GET", "POST"])
@member_required(Capability.MANAGE_KEYS)
def contact_key(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Show how old the key is and how far a renewal has come; posted to with a present code, begin one."""
    conversation = selectors.conversation(conversation_id)
    if conversation is None:
        raise Http404
    form = FreshCodeForm(request.POST or None)
    if request.method == "POST" and fresh_factor.accept(form, request, now=clock.now()):
        _renew(request, conversation)
        return redirect("chat:contact_key", slug=request.tenant.slug, conversation_id=conversation.id)
    template = "_contact_key.html" if "HX-Request" in request.headers else "contact_key.html"
    context = _context(request, conversation) | {"form": form}
    return render(request, f"chat/agent/{template}", context, status=422 if form.is_bound else 200)


def _renew(request: MemberRequest, conversation: Conversation) -> None:
    actor = Actor.member(request.membership)
    try:
        keys.renew_contact_key(tenant=request.tenant, contact_id=conversation.contact_id, actor=actor, now=clock.now())
    except rotation.RotationRunningError:
        messages.info(request, "This is under way already.")
    except KeyUnavailableError:
        messages.error(request, GONE)
    except kms.KeyProviderError:
        messages.error(request, NO_PROVIDER)
    else:
        messages.success(request, "There is a new key. What is written from now on is sealed with it.")


def _context(request: MemberRequest, conversation: Conversation) -> dict[str, Any]:
    tenant_id, contact_id = conversation.tenant_id, conversation.contact_id
    last = rotation.latest_of_contact(tenant_id, contact_id)
    is_running = last is not None and last.state != RotationState.DONE
    return {
        "organisation": request.tenant,
        "membership": request.membership,
        "section": "inbox",
        "url": selectors.conversation_url(request.tenant.slug, conversation.id),
        "reference": conversation.contact.reference,
        "key": rotation.contact_key_of(tenant_id, contact_id),
        "last": last,
        "is_running": is_running,
        "is_moved": last is not None and not (is_running and rotation.remains(last)),
    }
