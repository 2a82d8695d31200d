"""Pages on origins of their own: a visitor's secure form, and the vault with agents' keys. No cookie is read on either.

The visitor shows a pass (`chat.secure_forms.passes`). What comes in is sealed already; whether it is well made is all
that can be seen of it here.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from http import HTTPStatus
from typing import Any, Final, TypeVar

import redis
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from chat import selectors
from chat.actions import form_payments, form_requests
from chat.actions.form_endings import FormEndedError
from chat.actions.form_payments import NoAccountError
from chat.actions.form_requests import FormNotFoundError
from chat.models import FormRequest, Handling
from chat.secure_forms.facts import facts_of, fingerprint_of, point_of
from chat.secure_forms.outbound import NotReachedError, NotTakenError
from chat.secure_forms.passes import BadPassError, Pass
from chat.secure_forms.submission import (
    MAX_BODY_BYTES,
    BadSubmissionError,
    Submission,
    encoded,
    fingerprint_words,
)
from helpdesk.core import clock
from helpdesk.core.client_address import bucket, client_address
from helpdesk.core.ratelimit import Limit
from tenants.models import AllowedOrigin
from tenants.scoping import tenant_scope

PASS_HEADER: Final = "X-Hushdesk-Form"  # noqa: S105 (a header's name)
STEPS: Final = Limit("chat.form_step_by_address", burst=60, per_s=1)


class TooLongError(Exception):
    """The body is longer than any sealed answer."""


class OtherWayError(Exception):
    """The form is not one that a payment provider takes."""


class NotOwnScriptError(Exception):
    """It is not a script of the page's own origin that asks."""


class TooFastError(Exception):
    """Somebody at this address asks too often."""


REFUSALS: Final[dict[type[Exception], tuple[str, HTTPStatus]]] = {
    BadPassError: ("not_found", HTTPStatus.NOT_FOUND),
    FormNotFoundError: ("not_found", HTTPStatus.NOT_FOUND),
    BadSubmissionError: ("bad_form", HTTPStatus.BAD_REQUEST),
    TooLongError: ("too_long", HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    OtherWayError: ("other_way", HTTPStatus.UNPROCESSABLE_ENTITY),
}

Later = Callable[[], HttpResponse]
Step = Callable[[HttpRequest, Pass], HttpResponse | Later]
P = TypeVar("P", bound=Pass)


@require_safe
@xframe_options_exempt
def page(request: HttpRequest, widget_key: str) -> HttpResponse:
    """The form's page: nobody's until its script has shown a pass. Framed by the chat, on the organisation's sites."""
    found = selectors.inbox_for_widget(widget_key)
    if found is None:
        raise Http404
    with tenant_scope(found.tenant):
        sites = sorted(AllowedOrigin.objects.values_list("origin", flat=True))
    names = ("open", "submit", "pay", "decline")
    steps = {step: reverse(f"chat:form_{step}", kwargs={"widget_key": widget_key}) for step in names}
    response = render(
        request,
        "chat/forms/page.html",
        {"steps": steps, "pass_header": PASS_HEADER, "site_origin": settings.SITE_ORIGIN},
    )
    return framed(response, settings.SITE_ORIGIN, *sites)


@require_safe
@xframe_options_exempt
def vault(request: HttpRequest) -> HttpResponse:
    """Where a browser's key for secure forms lives, and what was sealed for it is shown. Framed by the workspace."""
    return framed(render(request, "chat/forms/vault.html", {"site_origin": settings.SITE_ORIGIN}), settings.SITE_ORIGIN)


def framed(response: HttpResponse, *by: str, images: str = "'none'") -> HttpResponse:
    """Let a page be framed by some origins; it keeps nothing, tells nobody where it is, and shows no `images`."""
    shown: Any = response
    shown._csp_replace = {
        "frame-ancestors": [*by],
        "img-src": [images],
        "font-src": ["'none'"],
        "form-action": ["'none'"],
    }
    response["Cache-Control"] = "no-store"
    response["Cross-Origin-Resource-Policy"] = "same-site"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _step(step: Step) -> Callable[..., HttpResponse]:
    """Make a view of one thing a visitor does with a form: by a script of the form's own origin, with a pass."""

    @csrf_exempt
    @require_POST
    @sensitive_variables()
    @wraps(step)
    def view(request: HttpRequest, widget_key: str) -> HttpResponse:
        try:
            with passed(request, widget_key, Pass, PASS_HEADER) as shown:
                made = step(request, shown)
            # What waits for somebody else's system does so outside of every transaction.
            return made if isinstance(made, HttpResponse) else made()
        except NotOwnScriptError:
            return told("not_allowed", HTTPStatus.FORBIDDEN)
        except TooFastError:
            return told("too_fast", HTTPStatus.TOO_MANY_REQUESTS)
        except FormEndedError as ended:
            return told("ended", HTTPStatus.CONFLICT, state=ended.state)
        except tuple(REFUSALS) as refused:
            return told(*REFUSALS[type(refused)])
        except (redis.RedisError, NoAccountError, NotReachedError, NotTakenError):
            return told("unavailable", HTTPStatus.SERVICE_UNAVAILABLE)

    return view


@_step
def open_(request: HttpRequest, shown: Pass) -> HttpResponse:
    """Say what is asked, by whom, and for which key it is to be sealed."""
    form = form_requests.open_form(form_id=shown.request_id, contact_id=shown.contact_id, now=clock.now())
    return answer(_asked(form))


@_step
def submit(request: HttpRequest, shown: Pass) -> HttpResponse:
    """Take the sealed answer."""
    if len(request.body) > MAX_BODY_BYTES:
        raise TooLongError
    try:
        sealed = Submission.of(json.loads(request.body))
    except (ValueError, RecursionError):
        raise BadSubmissionError from None
    form = form_requests.submit_form(
        form_id=shown.request_id, contact_id=shown.contact_id, sealed=sealed, now=clock.now()
    )
    return answer({"state": form.state, "until": form.expires_at.isoformat(), "minutes": form.unread_s // 60})


@_step
def pay(request: HttpRequest, shown: Pass) -> Later:
    """Say where the payment provider's page is on which the card is typed."""
    form = form_requests.open_form(form_id=shown.request_id, contact_id=shown.contact_id, now=clock.now())
    if form.handling != Handling.PAY:
        raise OtherWayError
    back = f"{settings.FORMS_ORIGIN}{request.path.removesuffix('pay')}taken"

    def begin() -> HttpResponse:
        return answer({"url": form_payments.begin(tenant_id=shown.tenant_id, form_id=form.id, back=back).url})

    return begin


@require_safe
def taken(request: HttpRequest, widget_key: str) -> HttpResponse:
    """Where the payment provider's page leads when it is done, in a tab of its own: nowhere."""
    if selectors.inbox_for_widget(widget_key) is None:
        raise Http404
    return framed(render(request, "chat/forms/taken.html"), "'none'")


@_step
def decline(request: HttpRequest, shown: Pass) -> HttpResponse:
    """Send nothing."""
    form = form_requests.decline_form(form_id=shown.request_id, contact_id=shown.contact_id, now=clock.now())
    return answer({"state": form.state})


def _asked(form: FormRequest) -> dict[str, Any]:
    return {
        "state": form.state,
        "handling": form.handling,
        "name": form.name,
        "fields": form.fields,
        "agent": form.recipient.user.name,
        "organisation": form.recipient.tenant.name,
        "by_visitor": form.by_visitor,
        "minutes": form.unread_s // 60,
        "until": form.expires_at.isoformat(),
    } | ({} if form.handling == Handling.PAY else _sealed_for(form))


def _sealed_for(form: FormRequest) -> dict[str, Any]:
    return {
        "point": encoded(point_of(form)),
        "fingerprint": fingerprint_words(fingerprint_of(form)),
        "facts": facts_of(form),
    }


@contextmanager
def passed(request: HttpRequest, widget_key: str, kind: type[P], header: str) -> Iterator[P]:
    """Yield the pass that a page of a visitor's shows in a header, inside the scope of its organisation.

    Raises:
        NotOwnScriptError, TooFastError: As their names say.
        BadPassError: The pass is none, or is of another widget's organisation.
        redis.RedisError: Valkey does not answer.
    """
    if not _is_own_script(request):
        raise NotOwnScriptError
    if STEPS.wait_s(bucket(client_address(request))) > 0:
        raise TooFastError
    shown = kind.of(request.headers.get(header, ""), now=clock.now())
    found = selectors.inbox_for_widget(widget_key)
    if found is None or found.tenant.id != shown.tenant_id:
        raise BadPassError
    with tenant_scope(found.tenant):
        yield shown


def _is_own_script(request: HttpRequest) -> bool:
    fetched_by = request.headers.get("Sec-Fetch-Site", "same-origin")
    return request.headers.get("Origin") == settings.FORMS_ORIGIN and fetched_by == "same-origin"


def answer(facts: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    """Answer a script, for it alone."""
    response = JsonResponse(facts, status=status)
    response["Cache-Control"] = "no-store"
    return response


def told(code: str, status: HTTPStatus, **more: str) -> HttpResponse:
    """Tell a script why not."""
    return answer({"error": code, **more}, status)
