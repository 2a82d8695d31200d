"""Read what a visitor sent by a secure form: once, after a second factor given just now, in the vault's frame.

The page asks for the factor and hands the sealed answer to the vault, which alone can open it and tells nothing back.
"""

import json
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import redis
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from chat import selectors
from chat.actions import form_reading
from chat.actions.form_endings import FormEndedError
from chat.actions.form_reading import SHOWN_FOR, AnotherBrowserError
from chat.actions.form_requests import FormNotFoundError, NoFormKeyError, UntrainedError
from chat.models import FormRequest, Handling, Match
from chat.secure_forms.facts import facts_of
from chat.views.form_requests import asking_of, requester_required, vault_context, with_vault
from helpdesk.core import clock
from tenants import fresh_factor
from tenants.fresh_factor import FreshCodeForm
from tenants.http import MemberRequest
from tenants.permissions import NotPermittedError

REFUSED: Final = {
    "transfer": "The conversation is no longer with you, so what was sent was destroyed.",
    "moved": "You are at another place than where you asked, so what was sent was destroyed.",
    "revoked": "You may not read it any more, so what was sent was destroyed.",
    "lost": "What was sent was lost before it could be read. Nobody has seen it; please ask again.",
    "unread": "It was not read in time, so it was destroyed. Please ask again.",
}
ENDED: Final = "There is nothing to read any more."
NOT_NOW: Final[dict[type[Exception], tuple[dict[str, str], HTTPStatus]]] = {
    NotPermittedError: ({"error": "not_yours", "text": "Only who asked for it can read it."}, HTTPStatus.CONFLICT),
    NoFormKeyError: ({"error": "another_browser"}, HTTPStatus.CONFLICT),
    AnotherBrowserError: ({"error": "another_browser"}, HTTPStatus.CONFLICT),
    UntrainedError: ({"error": "untrained"}, HTTPStatus.FORBIDDEN),
    FormEndedError: ({"error": "ended", "text": ENDED}, HTTPStatus.CONFLICT),
}


@require_http_methods(["GET", "POST"])
@requester_required
def read(request: MemberRequest, conversation_id: UUID, form_id: UUID) -> HttpResponse:
    """Ask for a factor, then show the frame in which it is read."""
    form = _found(conversation_id, form_id)
    code = FreshCodeForm(request.POST or None)
    if request.method == "POST" and fresh_factor.accept(code, request, now=clock.now()):
        return redirect(request.path)
    context = vault_context(request) | {
        "form": form,
        "is_mine": form.recipient_id == request.membership.id,
        "code": code,
        "is_fresh": fresh_factor.fresh_until(request, now=clock.now()) is not None,
        "url": selectors.conversation_url(request.tenant.slug, conversation_id),
        "is_check": form.handling == Handling.CHECK,
        "asked": json.dumps({"name": form.name, "fields": form.fields}),
        "shown_s": int(SHOWN_FOR.total_seconds()),
        "organisation": request.tenant,
        "membership": request.membership,
        "section": "inbox",
    }
    return with_vault(render(request, "chat/forms/read.html", context, status=422 if code.is_bound else 200))


@require_POST
@requester_required
def take(request: MemberRequest, conversation_id: UUID, form_id: UUID) -> HttpResponse:
    """Hand the sealed answer over, once; or say why not."""
    _found(conversation_id, form_id)
    if fresh_factor.fresh_until(request, now=clock.now()) is None:
        return _told({"error": "factor"}, HTTPStatus.CONFLICT)
    try:
        form, sealed = form_reading.view_form(
            conversation_id=conversation_id, form_id=form_id, now=clock.now(),
            reader=asking_of(request, request.POST.get("key", "")),
        )  # fmt: skip
    except FormNotFoundError:
        raise Http404 from None
    except tuple(NOT_NOW) as error:
        why_not, status = NOT_NOW[type(error)]
        return _told(why_not, status)
    except redis.RedisError:
        return _told({"error": "unavailable"}, HTTPStatus.SERVICE_UNAVAILABLE)
    if sealed is None:
        return _told({"error": "ended", "text": REFUSED.get(form.why, ENDED)}, HTTPStatus.GONE)
    told: dict[str, Any] = {
        "sealed": sealed.decode(),
        "facts": facts_of(form),
        "fields": form.fields,
        "name": form.name,
        "handling": form.handling,
    }
    return _told(told, HTTPStatus.OK)


@require_POST
@requester_required
def hidden(request: MemberRequest, conversation_id: UUID, form_id: UUID) -> HttpResponse:
    """Take the vault's word that it is on no screen any more."""
    try:
        form_reading.hide_form(
            conversation_id=conversation_id, form_id=form_id, actor=request.membership, now=clock.now()
        )
    except FormNotFoundError:
        raise Http404 from None
    except NotPermittedError:
        return _told(*NOT_NOW[NotPermittedError])
    return HttpResponse(status=204)


@require_POST
@requester_required
def checked(request: MemberRequest, conversation_id: UUID, form_id: UUID) -> HttpResponse:
    """Take the vault's word whether what it opened is what the reader typed there."""
    try:
        match = Match(request.POST.get("outcome", ""))
        form_reading.tell_match(
            conversation_id=conversation_id, form_id=form_id, match=match, actor=request.membership, now=clock.now()
        )
    except (FormNotFoundError, ValueError):
        raise Http404 from None
    except (NotPermittedError, FormEndedError) as error:
        why_not, status = NOT_NOW[type(error)]
        return _told(why_not, status)
    return HttpResponse(status=204)


def _found(conversation_id: UUID, form_id: UUID) -> FormRequest:
    rows = FormRequest.objects.filter(id=form_id, conversation_id=conversation_id)
    form: FormRequest | None = rows.select_related("recipient__user", "key").first()
    if form is None:
        raise Http404
    return form


def _told(told: dict[str, Any], status: HTTPStatus) -> HttpResponse:
    response = JsonResponse(told, status=status)
    response["Cache-Control"] = "no-store"
    return response
