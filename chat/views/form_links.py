"""Where a visitor's chat finds the form that is asked of them, if there is one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from chat.actions import form_requests, form_templates
from chat.actions.form_endpoints import NoEndpointError
from chat.actions.form_payments import NoAccountError
from chat.actions.form_requests import FormUnderWayError, NoFormKeyError, NotAssignedError
from chat.actions.form_templates import NoSuchFormError
from chat.delivery.sealed import ConversationNotFoundError, ConversationResolvedError
from chat.models import OPEN_TO_VISITOR, Conversation, FormKind, FormRequest
from chat.permissions import Visitor
from chat.secure_forms.passes import Pass
from chat.selectors import WidgetInbox
from helpdesk.core import clock
from tenants.scoping import tenant_scope


def pinned(visitor: Visitor, widget_key: str) -> dict[str, Any] | None:
    """Return the form that waits for a visitor to fill it in: its id, and where it is, with a pass for it alone."""
    if visitor.contact_id is None:
        return None
    with tenant_scope(visitor.tenant_id):
        waiting = FormRequest.objects.filter(
            conversation__contact_id=visitor.contact_id, state__in=OPEN_TO_VISITOR
        ).order_by("-requested_at")
        form = waiting.filter(expires_at__gt=clock.now()).select_related("conversation").first()
    return None if form is None else _link(form, widget_key)


def offered(visitor: Visitor, found: WidgetInbox, *, now: datetime) -> dict[str, Any] | None:
    """Begin a card's form at a visitor's own wish, or return the one that waits already; None where nobody could read
    what is sent."""
    if visitor.contact_id is None:
        return None
    try:
        with tenant_scope(visitor.tenant_id):
            begun = Conversation.objects.of_contact(visitor.contact_id).begun().open().order_by("-created_at", "-id")
            conversation_id: UUID | None = begun.values_list("id", flat=True).first()
            if conversation_id is None:
                return None
            card = form_templates.form_named(FormKind.CARD)
            form = form_requests.offer_form(visitor=visitor, conversation_id=conversation_id, form=card, now=now)
    except FormUnderWayError:
        return pinned(visitor, found.inbox.widget_key)
    except (
        NotAssignedError, NoFormKeyError, NoEndpointError, NoAccountError, NoSuchFormError, ConversationNotFoundError,
        ConversationResolvedError,
    ):  # fmt: skip
        return None
    return _link(form, found.inbox.widget_key)


def _link(form: FormRequest, widget_key: str) -> dict[str, Any]:
    shown = Pass(form.tenant_id, form.id, form.conversation.contact_id).issue(until=form.expires_at)
    path = reverse("chat:form_page", kwargs={"widget_key": widget_key})
    return {"id": str(form.id), "url": f"{settings.FORMS_URL}{path}#{shown}"}
