"""Pages that belong to no app: landing, health, errors."""

import logging
import sys
from http import HTTPStatus
from typing import Final

import redis
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from helpdesk.core.draining import is_draining
from tenants.guard import UnsafeDatabaseError, check_database_role
from tenants.kms import KeyProviderError

logger = logging.getLogger(__name__)

SERVICE_DOWN: Final = (OperationalError, InterfaceError, redis.RedisError)


@require_safe
def landing(request: HttpRequest) -> HttpResponseBase:
    """What Hushdesk is; the demo also answers for a customer's shop, on that shop's host."""
    if settings.DEMO and request.get_host().split(":")[0] == settings.SHOP_HOST:
        from helpdesk.demo.views import shop  # the demo is no part of a deployment

        return shop(request)
    return render(request, "helpdesk/landing.html")


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """The process can serve: both databases with a safe role, and Valkey; and it is not being emptied for a deploy."""
    if is_draining():
        return JsonResponse({"ready": False, "draining": True}, status=503)
    try:
        check_database_role(with_operators=True)
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2).ping()
    except (DatabaseError, redis.RedisError, UnsafeDatabaseError) as error:
        logger.warning("not ready", extra={"reason": type(error).__name__})
        return JsonResponse({"ready": False}, status=503)
    return JsonResponse({"ready": True})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that makes no sense; under a host's name that is not ours there is nothing at all."""
    status = HTTPStatus.NOT_FOUND if isinstance(exception, DisallowedHost) else HTTPStatus.BAD_REQUEST
    return render(request, "404.html" if status == HTTPStatus.NOT_FOUND else "400.html", status=status)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """An error nobody caught. A lost database or Valkey is told apart: the page asks to come back."""
    error = sys.exc_info()[1]
    if isinstance(error, KeyProviderError):
        return service_down(request, keys=True)
    if isinstance(error, SERVICE_DOWN):
        return service_down(request)
    return render(request, "500.html", status=500)


def service_down(request: HttpRequest, *, keys: bool = False) -> HttpResponse:
    """Return 503 in the form the caller reads, with a time to come back."""
    if request.headers.get("Accept", "").startswith("application/json"):
        response: HttpResponse = JsonResponse(
            {"error": "keys_unavailable" if keys else "unavailable", "retry_ms": 2000}, status=503
        )
    else:
        response = render(request, "503.html", {"keys": keys}, status=503)
    response["Retry-After"] = "2"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is missing or old: say so, as a page to go back from."""
    return render(request, "403.html", {"stale_form": True}, status=403)
