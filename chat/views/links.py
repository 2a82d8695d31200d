"""Where a mailed link leads: a page that asks for a code, and lets in whoever types it; and a transcript to print.

The link's token stands in the fragment, which no server and no log sees; the page's script sends it in a header.
"""

import json
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from chat import authentication, letters, selectors
from chat.actions import link_codes
from chat.actions.link_codes import CODES_BY_LINK, LinkGoneError, LinkLockedError, Tried
from chat.disclosure import for_viewer
from chat.letters import TooManyCodesError
from chat.models import LinkKind, MailedLink
from chat.permissions import Visitor
from chat.selectors import WidgetInbox
from chat.views import widget
from helpdesk.core import clock
from helpdesk.core.client_address import bucket, client_address
from helpdesk.core.patience import AWAY
from helpdesk.core.ratelimit import Limit
from tenants.mail import MailNotSentError
from tenants.scoping import tenant_scope

LINK_HEADER: Final = "X-Hushdesk-Link"
STEPS: Final = Limit("chat.link_step_by_address", burst=30, per_s=1 / 10)
MAX_BODY_BYTES: Final = 1024
MAX_TOKEN: Final = 128
#: Messages a transcript shows: the last ones of a longer conversation.
MOST: Final = 2000
#: What is told of a refusal; whoever may not go on learns nothing else.
REFUSED: Final = (LinkGoneError, LinkLockedError, TooManyCodesError, MailNotSentError, *AWAY)
CODES_AGAIN_S: Final = 900

Step = Callable[[HttpRequest, WidgetInbox, str], HttpResponse]


@require_safe
def page(request: HttpRequest, widget_key: str) -> HttpResponse:
    """The page of a link: nobody's until its script has shown a token and its reader a code."""
    found = _inbox(widget_key)
    steps = {step: reverse(f"chat:link_{step}", kwargs={"widget_key": widget_key}) for step in ("code", "open")}
    context = {"organisation_name": found.tenant.name, "steps": steps, "header": LINK_HEADER}
    return _private(render(request, "chat/links/page.html", context))


def _step(step: Step) -> Callable[..., HttpResponse]:
    """Make a view of one step: by a script of our own origin, with a token."""

    # Exempt from the token check as the widget's session is: nothing is done in the name of a cookie.
    @csrf_exempt
    @require_POST
    @sensitive_variables()
    @wraps(step)
    def view(request: HttpRequest, widget_key: str) -> HttpResponse:
        if not widget.is_same_origin(request):
            return _told("not_allowed", HTTPStatus.FORBIDDEN)
        try:
            if (wait_s := STEPS.wait_s(bucket(client_address(request)))) > 0:
                return _later(wait_s)
            return step(request, _inbox(widget_key), _token(request))
        except REFUSED as error:
            return _refusal(error)

    return view


def _refusal(error: Exception) -> HttpResponse:
    if isinstance(error, LinkGoneError):
        return _told("gone", HTTPStatus.NOT_FOUND)
    if isinstance(error, LinkLockedError):
        return _later((error.until - clock.now()).total_seconds(), "locked")
    if isinstance(error, TooManyCodesError):
        return _later(CODES_AGAIN_S)
    return _told("unavailable", HTTPStatus.SERVICE_UNAVAILABLE)


def _token(request: HttpRequest) -> str:
    token = request.headers.get(LINK_HEADER, "")
    if len(request.body) > MAX_BODY_BYTES or not 0 < len(token) <= MAX_TOKEN:
        raise LinkGoneError
    return token


@_step
def code(request: HttpRequest, found: WidgetInbox, token: str) -> HttpResponse:
    """Send a code to where the link went."""
    if (wait_s := CODES_BY_LINK.wait_s(token, found.tenant.id)) > 0:
        return _later(wait_s)
    _, contact, made = link_codes.make_code(tenant_id=found.tenant.id, token=token, now=clock.now())
    letters.send_code(contact, found.tenant, made)
    return _private(JsonResponse({"sent": True}))


@_step
def open_(request: HttpRequest, found: WidgetInbox, token: str) -> HttpResponse:
    """Take a code; who has the right one goes on as the visitor, in this browser."""
    browser = authentication.new_token()
    tried = link_codes.open_link(
        tenant_id=found.tenant.id,
        token=token,
        code=_code(request),
        session_hash=authentication.token_hash(found.tenant.id, browser),
        now=clock.now(),
    )
    if tried.outcome != "opened":
        answer = JsonResponse({"error": tried.outcome, "left": tried.left}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        return _private(answer)
    response = JsonResponse({"next": _next(tried, found)})
    widget.remember(response, browser)
    return _private(response)


@require_safe
def transcript(request: HttpRequest, widget_key: str, conversation_id: UUID) -> HttpResponse:
    """What was said, as it is stored, for the browser that opened a link to it, as long as that is good."""
    found = _inbox(widget_key)
    visitor = _visitor(request, found)
    now = clock.now()
    with tenant_scope(found.tenant):
        conversation = selectors.conversation(conversation_id)
        opened = MailedLink.objects.filter(
            conversation_id=conversation_id, kind=LinkKind.TRANSCRIPT, session_id=visitor.session_id, expires_at__gt=now
        )
        if conversation is None or conversation.contact_id != visitor.contact_id or not opened.exists():
            raise Http404
        last = conversation.last_public_sequence
        entries = selectors.entries_after(conversation, max(0, last - MOST), MOST, public=True)
        context = {
            "organisation_name": found.tenant.name,
            "conversation": conversation,
            "messages_said": [for_viewer(entry, visitor) for entry in entries],
            "left_out": max(0, last - MOST),
            "chat": reverse("chat:widget", kwargs={"widget_key": widget_key}),
            "printed_at": now,
        }
    return _private(render(request, "chat/links/transcript.html", context))


def _inbox(widget_key: str) -> WidgetInbox:
    found = selectors.inbox_for_widget(widget_key)
    if found is None:
        raise Http404
    return found


def _visitor(request: HttpRequest, found: WidgetInbox) -> Visitor:
    token = widget.offered(request)
    if token is None:
        raise Http404
    hashed = authentication.token_hash(found.tenant.id, token)
    visitor = authentication.visitor_of(found.tenant.id, found.inbox.id, hashed, "", clock.now())
    if visitor is None or visitor.session_id is None:
        raise Http404
    return visitor


def _code(request: HttpRequest) -> str:
    """What was typed; nothing where the body is none of ours."""
    try:
        given: Any = json.loads(request.body)
        typed = given["code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return typed if isinstance(typed, str) else ""


def _next(tried: Tried, found: WidgetInbox) -> str:
    key = found.inbox.widget_key
    if tried.link.kind == LinkKind.TRANSCRIPT:
        return reverse("chat:transcript", kwargs={"widget_key": key, "conversation_id": tried.link.conversation_id})
    return reverse("chat:widget", kwargs={"widget_key": key})


def _told(error: str, status: HTTPStatus) -> HttpResponse:
    return _private(JsonResponse({"error": error}, status=status))


def _later(wait_s: float, error: str = "too_fast") -> HttpResponse:
    response = _told(error, HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = str(int(wait_s) + 1)
    return response


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
