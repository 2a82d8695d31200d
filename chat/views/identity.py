"""Where a visitor's browser shows the token that its site gave it, and where it signs out.

Over HTTP alone: the browser is known by another token from then on, which a socket could not put into its cookie.
"""

from http import HTTPStatus
from typing import Any, Final

import psycopg
import redis
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from chat import authentication
from chat.actions import identifying
from chat.actions.consent import Given
from chat.delivery.sealed import ConsentRequiredError, VisitorBlockedError
from chat.identity.tokens import TokenRefusedError
from chat.models import ConsentEntry
from chat.protocol.codec import BadFrameError
from chat.protocol.commands import ToldNotice
from chat.protocol.errors import ErrorCode
from chat.views import widget
from chat.views.answers import fields_of
from chat.views.told import sends_gpc
from compliance.masking import MaskingError
from helpdesk.core import clock
from helpdesk.core.client_address import bucket, client_address
from helpdesk.core.ratelimit import Limit
from tenants.keyring.ring import KeyUnavailableError
from tenants.kms.protocol import KeyProviderError

IDENTITIES_BY_ADDRESS: Final = Limit("chat.identity_by_address", burst=30, per_s=1 / 2)
_AWAY: Final = (DatabaseError, psycopg.Error, redis.RedisError, KeyProviderError, KeyUnavailableError, MaskingError)


# Exempt from the token check as the session is (`widget.session`), and behind the same gate.
@csrf_exempt
@require_POST
@sensitive_variables()
def identify(request: HttpRequest, widget_key: str) -> HttpResponse:
    """Bind the browser's session to whom the organisation's site vouches for; or say by name why not."""
    if not widget.is_same_origin(request):
        return _answer({"error": "not_allowed"}, HTTPStatus.FORBIDDEN)
    try:
        if (wait_s := IDENTITIES_BY_ADDRESS.wait_s(bucket(client_address(request)))) > 0:
            return widget.later("too_fast", HTTPStatus.TOO_MANY_REQUESTS, int(wait_s) + 1)
        return _identify(request, widget_key, fields_of(request))
    except (TokenRefusedError, ConsentRequiredError, VisitorBlockedError) as refused:
        return _answer(_why(refused))
    except BadFrameError:
        return _answer({"error": "bad_frame"}, HTTPStatus.BAD_REQUEST)
    except _AWAY:
        return widget.later("unavailable", HTTPStatus.SERVICE_UNAVAILABLE, widget.RETRY_S)


# Exempt from the token check as the session is.
@csrf_exempt
@require_POST
def forget(request: HttpRequest, widget_key: str) -> HttpResponse:
    """End the browser's session: somebody has signed out of the site."""
    if not widget.is_same_origin(request):
        return _answer({"error": "not_allowed"}, HTTPStatus.FORBIDDEN)
    try:
        found = widget.inbox_of(widget_key)
        token, visitor = widget.visitor_of(request, found)
        if token == widget.offered(request):
            identifying.forget_visitor(visitor=visitor, now=clock.now())
    except _AWAY:
        return widget.later("unavailable", HTTPStatus.SERVICE_UNAVAILABLE, widget.RETRY_S)
    response = _answer({})
    widget.take_cookie(response)
    return response


@sensitive_variables()
def _identify(request: HttpRequest, widget_key: str, fields: dict[str, Any]) -> HttpResponse:
    found, now = widget.inbox_of(widget_key), clock.now()
    _, visitor = widget.visitor_of(request, found)
    fresh = authentication.new_token()
    done = identifying.identify_visitor(
        visitor=visitor,
        token=fields.get("token"),
        fresh_hash=authentication.token_hash(found.tenant.id, fresh),
        begins=fields.get("begins") is True,
        given=_given(request, fields.get("consent")),
        now=now,
    )
    response = _answer(
        {
            "until": done.until.isoformat(),
            "bound": done.is_bound,
            "another": done.is_another,
            "session": fresh if done.is_rotated else None,
        }
    )
    if done.is_rotated:
        widget.remember(response, fresh)
    return response


def _given(request: HttpRequest, said: object) -> Given | None:
    """Return which notice was read or agreed to, as a frame says it."""
    if said is None:
        return None
    try:
        told = ToldNotice.model_validate(said)
    except ValueError:
        raise BadFrameError(ErrorCode.BAD_FRAME) from None
    return Given(bytes.fromhex(told.notice), told.gpc or sends_gpc(request), ConsentEntry.HTTP)


def _why(refused: Exception) -> dict[str, Any]:
    """Say in the page's terms why nobody is known now."""
    if isinstance(refused, TokenRefusedError):
        return {"refused": refused.refusal, "claim": refused.claim}
    return {"refused": "blocked" if isinstance(refused, VisitorBlockedError) else "consent_required"}


def _answer(said: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    response = JsonResponse(said, status=status)
    response["Cache-Control"] = "no-store"
    return response
