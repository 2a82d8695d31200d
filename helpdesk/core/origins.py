"""Which pages answer under which host: secure forms, agents' keys and files that were sent have origins of their own,
and nothing else there.

A script of the chat, or of the workspace, can therefore not reach into a form, nor use a key behind its owner's back.
"""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]
#: By the beginning of an address.
FORMS: Final = "/forms/"
VAULT: Final = "/vault/"
FILES: Final = "/files/"


class OriginsMiddleware:
    """Answers a page under its own host alone. Files under /static/ are the same everywhere."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_at_home(request.get_host(), request.path_info):
            return self.get_response(request)
        request.urlconf = "helpdesk.core.nothing"  # type: ignore[attr-defined]
        return self.get_response(request)


def origin_of(path: str) -> str:
    """Return the one origin under which an address is answered."""
    own = {FORMS: settings.FORMS_ORIGIN, VAULT: settings.VAULT_ORIGIN, FILES: settings.FILES_ORIGIN}
    return next((origin for start, origin in own.items() if path.startswith(start)), settings.SITE_ORIGIN)


def is_at_home(host: str, path: str) -> bool:
    """Whether an address may be asked for under a host."""
    if path.startswith(settings.STATIC_URL):
        return True
    own = {_host(origin) for origin in (settings.FORMS_ORIGIN, settings.VAULT_ORIGIN, settings.FILES_ORIGIN)}
    home = _host(origin_of(path))
    # Everything else answers under whatever names the service has besides.
    return host == home if home in own else host not in own


def _host(origin: str) -> str:
    return origin.partition("://")[2]
