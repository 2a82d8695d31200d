"""What a customer's site loads: the loader, the chat's frame, and a ticket for the frame's socket."""

import hashlib
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from http.cookies import Morsel
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition, require_POST, require_safe

from chat import authentication, selectors, small_texts
from chat.actions import sessions
from chat.actions.ratings import was_over_lately
from chat.models.contact import SESSION_LIFETIME
from chat.permissions import Visitor
from chat.protocol.errors import CommandError, ErrorCode
from chat.selectors import WidgetInbox
from chat.small_texts import Question
from chat.views import file_links, form_links, pins, told
from helpdesk.core import clock
from helpdesk.core.client_address import bucket, client_address
from helpdesk.core.patience import AWAY, waiting_out
from helpdesk.core.ratelimit import Limit
from tenants import policies
from tenants.models import AllowedOrigin
from tenants.policy_names import BROWSER_OUTBOX
from tenants.scoping import tenant_scope

COOKIE: Final = "__Host-hushdesk"
HEADER: Final = "X-Hushdesk-Session"
LOADER: Final = "chat/widget/loader.js"
LOADER_KEPT_S: Final = 3600
# What crashed is back in a second; whoever is refused again waits longer, at random (shared/socket.js).
RETRY_S: Final = 1
SESSIONS_BY_ADDRESS: Final = Limit("chat.session_by_address", burst=60, per_s=1)

# Python before 3.14 doesn't know the attribute that keeps a cookie apart for each site around the frame.
Morsel._reserved.setdefault("partitioned", "Partitioned")  # type: ignore[attr-defined]
Morsel._flags.add("partitioned")  # type: ignore[attr-defined]


@cache
def _loader() -> tuple[bytes, str]:
    """Read the loader once: its bytes and their hash."""
    found = finders.find(LOADER)
    if not isinstance(found, str):
        raise FileNotFoundError(LOADER)
    content = Path(found).read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:24]}"'


@require_safe
@condition(etag_func=lambda _: _loader()[1])
def loader(request: HttpRequest) -> HttpResponse:
    """The one script that runs on a customer's page, under an address that never changes."""
    response = HttpResponse(_loader()[0], content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = f"public, max-age={LOADER_KEPT_S}"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
@xframe_options_exempt
def frame(request: HttpRequest, widget_key: str) -> HttpResponse:
    """The chat itself, framed by the sites the organisation has named and by no other."""
    found = inbox_of(widget_key)
    origins = _sites_of(found)
    site = sessions.site_of(request.headers.get("Referer", ""))
    # Our own test page is no site of the customer's.
    if site and site != settings.SITE_ORIGIN:
        _note_seen(found, site)
    context = {
        "organisation_name": found.tenant.name,
        "greeting": found.inbox.greeting,
        "questions": _questions(found),
        "widget_key": widget_key,
        "session_url": _session_url(widget_key, site if site in origins else ""),
        "socket_url": "/ws/visitor/",
        "outbox": policies.effective(found.tenant, BROWSER_OUTBOX).value,
        "files": file_links.offer_of(found.tenant),
        "files_url": file_links.handed_over_at(),
        "files_style": static(file_links.STYLE),
    }
    response: Any = render(request, "chat/widget/frame.html", context)
    # X-Frame-Options can't name several sites; frame-ancestors is what browsers follow.
    ancestors = [settings.SITE_ORIGIN, *sorted(origins - {settings.SITE_ORIGIN})]
    response._csp_replace = {"frame-ancestors": ancestors, "frame-src": [settings.FORMS_ORIGIN], **file_links.CSP}
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response  # type: ignore[no-any-return]


# Exempt from the token check: the cookie may be missing in a frame on another site, and no act is done in anyone's
# name. What stands in its place is that only a script of our own origin may ask.
@csrf_exempt
@require_POST
def session(request: HttpRequest, widget_key: str) -> HttpResponse:
    """A ticket for one socket, and what the chat begins with. Nothing is stored for a visitor who is new."""
    if not is_same_origin(request):
        return JsonResponse({"error": "not_allowed"}, status=HTTPStatus.FORBIDDEN)
    try:
        wait_s = waiting_out(lambda: SESSIONS_BY_ADDRESS.wait_s(bucket(client_address(request))))
        if wait_s > 0:
            return later("too_fast", HTTPStatus.TOO_MANY_REQUESTS, int(wait_s) + 1)
        return waiting_out(lambda: _session(request, inbox_of(widget_key)))
    except AWAY:
        return later("unavailable", HTTPStatus.SERVICE_UNAVAILABLE, RETRY_S)


# Exempt from the token check as the session is.
@csrf_exempt
@require_POST
def offer(request: HttpRequest, widget_key: str) -> HttpResponse:
    """Begin a secure form at the visitor's own wish: a card number was typed, and is to go this way instead."""
    return _pin(request, widget_key, form_links.offered)


@csrf_exempt
@require_POST
def own(request: HttpRequest, widget_key: str) -> HttpResponse:
    """Let a visitor see to what is kept of them, once they have proven who they are."""
    return _pin(request, widget_key, pins.own_data)


def _pin(request: HttpRequest, widget_key: str, begin: Callable[..., dict[str, Any] | None]) -> HttpResponse:
    """Answer with what is shown above the composer from now on."""
    if not is_same_origin(request):
        return JsonResponse({"error": "not_allowed"}, status=HTTPStatus.FORBIDDEN)
    try:
        wait_s = SESSIONS_BY_ADDRESS.wait_s(bucket(client_address(request)))
        if wait_s > 0:
            return later("too_fast", HTTPStatus.TOO_MANY_REQUESTS, int(wait_s) + 1)
        found = inbox_of(widget_key)
        token, visitor = visitor_of(request, found)
        link = begin(visitor, found, now=clock.now()) if token == offered(request) else None
    except AWAY:
        return later("unavailable", HTTPStatus.SERVICE_UNAVAILABLE, RETRY_S)
    if link is None:
        return JsonResponse({"error": "nobody"}, status=HTTPStatus.CONFLICT)
    response = JsonResponse({"form": link})
    response["Cache-Control"] = "no-store"
    return response


def _session(request: HttpRequest, found: WidgetInbox) -> HttpResponse:
    token, visitor = visitor_of(request, found)
    is_new = token != offered(request)
    latest = _latest(visitor)
    answer = {
        "ticket": authentication.issue_ticket(visitor),
        "session": token if is_new else None,
        "conversation": latest,
        "files": file_links.files_for_visitor(visitor, latest, now=clock.now()),
        "form": pins.pinned(visitor, found.inbox.widget_key),
        "notice": told.notice_for(visitor, told.Browser.of(request)),
        "unknown": told.must_be_known(visitor),
        "greeting": found.inbox.greeting,
        "organisation": found.tenant.name,
    }
    response = JsonResponse(answer)
    response["Cache-Control"] = "no-store"
    remember(response, token)
    return response


def remember(response: HttpResponse, token: str) -> None:
    """Let a browser keep its token, apart for each site around the frame."""
    response.set_cookie(COOKIE, token, max_age=SESSION_LIFETIME, path="/", secure=True, httponly=True, samesite="None")
    response.cookies[COOKIE]["partitioned"] = True


def take_cookie(response: HttpResponse) -> None:
    """Let the browser forget it; one that keeps it apart for each site is told so in the same words."""
    remember(response, "")
    response.cookies[COOKIE]["max-age"] = 0


def visitor_of(request: HttpRequest, found: WidgetInbox) -> tuple[str, Visitor]:
    """Return the browser's token and its visitor; a token that is not ours, or whose session ran out, is replaced."""
    now = clock.now()
    site = sessions.site_of(request.GET.get("site", ""))
    origin = site if site in _sites_of(found) else ""
    token = offered(request)
    if token is not None:
        hashed = authentication.token_hash(found.tenant.id, token)
        visitor = authentication.visitor_of(found.tenant.id, found.inbox.id, hashed, origin, now)
        if visitor is not None:
            return token, visitor
    token = authentication.new_token()
    hashed = authentication.token_hash(found.tenant.id, token)
    return token, Visitor(found.tenant.id, found.inbox.id, hashed, origin)


def sender_of(request: HttpRequest, widget_key: str) -> Visitor:
    """Return whose token comes with a request; the session gives one to a browser that has none.

    Raises:
        CommandError: There is none, or it has run out.
    """
    found = selectors.inbox_for_widget(widget_key)
    token = offered(request)
    if found is None or token is None:
        raise CommandError(ErrorCode.NOT_PERMITTED)
    hashed = authentication.token_hash(found.tenant.id, token)
    visitor = authentication.visitor_of(found.tenant.id, found.inbox.id, hashed, "", clock.now())
    if visitor is None:
        raise CommandError(ErrorCode.NOT_PERMITTED)
    return visitor


def offered(request: HttpRequest) -> str | None:
    """Return the token a browser brings; the header stands in where the frame may keep no cookie."""
    for token in (request.COOKIES.get(COOKIE), request.headers.get(HEADER)):
        if token and authentication.is_ours(token):
            return token
    return None


def _latest(visitor: Visitor) -> dict[str, Any] | None:
    if visitor.contact_id is None:
        return None
    with tenant_scope(visitor.tenant_id):
        latest = selectors.latest_of_contact(visitor.contact_id)
    if latest is None:
        return None
    return {
        "id": str(latest.id),
        "last_sequence": latest.last_public_sequence,
        "status": latest.status,
        # Whether there is more to tell than what was said.
        "asks": latest.waiting_since is not None if latest.is_open else was_over_lately(latest, clock.now()),
        "reachable": latest.contact.email is not None,
    }


def inbox_of(widget_key: str) -> WidgetInbox:
    """Return the inbox of a public key, with its organisation; a 404 if there is none, or it is suspended."""
    found = selectors.inbox_for_widget(widget_key)
    if found is None:
        raise Http404
    return found


def _sites_of(found: WidgetInbox) -> set[str]:
    """Return where the chat may be: the sites that the organisation names, and our own test page."""
    with tenant_scope(found.tenant):
        return {settings.SITE_ORIGIN, *AllowedOrigin.objects.values_list("origin", flat=True)}


def _questions(found: WidgetInbox) -> list[Question]:
    with tenant_scope(found.tenant):
        return small_texts.pre_chat_questions(found.inbox)


def _note_seen(found: WidgetInbox, site: str) -> None:
    with tenant_scope(found.tenant):
        sessions.note_widget_seen(found.inbox, origin=site, now=clock.now())


def _session_url(widget_key: str, site: str) -> str:
    address = reverse("chat:widget_session", kwargs={"widget_key": widget_key})
    return f"{address}?{urlencode({'site': site})}" if site else address


def is_same_origin(request: HttpRequest) -> bool:
    """Whether a script of our own origin asks: the frame's, wherever it is shown."""
    fetched_by = request.headers.get("Sec-Fetch-Site", "same-origin")
    return request.headers.get("Origin") == settings.SITE_ORIGIN and fetched_by == "same-origin"


def later(code: str, status: HTTPStatus, wait_s: int) -> HttpResponse:
    """Say that the same may succeed after some seconds."""
    response = JsonResponse({"error": code, "retry_ms": wait_s * 1000}, status=status)
    response["Retry-After"] = str(wait_s)
    return response
