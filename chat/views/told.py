"""What a browser says of itself when the widget asks for a session, and the notice it is answered with."""

import json
from dataclasses import dataclass
from typing import Any, Final, Self

from django.http import HttpRequest

from chat.actions.consent import GPC_HEADER, GPC_ON, require_vouched
from chat.delivery.sealed import IdentityRequiredError
from chat.models import VisitorSession
from chat.permissions import Visitor
from compliance import rule_sets
from compliance.notices.wording import said_to
from helpdesk.core import clock
from tenants.scoping import tenant_scope

MAX_BODY: Final = 4096
MAX_LANGUAGES: Final = 10
MAX_NAME: Final = 64


@dataclass(frozen=True, slots=True)
class Browser:
    """Time zone (IANA) and languages (BCP 47), the preferred first: read for the notice and not kept."""

    timezone: str = ""
    languages: tuple[str, ...] = ()

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """Return what a request says; what can't be read is nothing, and then the stricter text holds."""
        try:
            said = json.loads(request.body) if len(request.body) <= MAX_BODY else {}
        except ValueError:
            said = {}
        given = said if isinstance(said, dict) else {}
        languages = given.get("languages")
        named = languages if isinstance(languages, list) else ()
        return cls(_name(given.get("timezone")), tuple(filter(None, map(_name, named[:MAX_LANGUAGES]))))


def sends_gpc(request: HttpRequest) -> bool:
    """Whether the browser sends Global Privacy Control."""
    return request.headers.get(GPC_HEADER) == GPC_ON


def notice_for(visitor: Visitor, browser: Browser) -> dict[str, Any]:
    """Return the notice a visitor is to read. `given`: they have a receipt of this very text."""
    with tenant_scope(visitor.tenant_id):
        notices = rule_sets.current(visitor.tenant_id).notices
        session = VisitorSession.objects.filter(token_hash=visitor.token_hash).only("notice_hash").first()
    if notices is None:
        raise LookupError
    shown = notices.for_browser(browser.timezone, browser.languages)
    held = session is not None and session.notice_hash is not None and bytes(session.notice_hash) == shown.digest
    words = {name: said_to(shown.language, name, notices.facts) for name in ("agree", "decline", "instead", "again")}
    other_ways = notices.other_ways or said_to(shown.language, "elsewhere", notices.facts)
    return words | {
        "hash": shown.digest.hex(),
        "language": shown.language,
        "paragraphs": shown.paragraphs,
        "asks": shown.asks,
        "given": held,
        "ways": other_ways,
    }


def must_be_known(visitor: Visitor) -> bool:
    """Whether the organisation hears only visitors for whom its site vouches, and it does not vouch for this one."""
    with tenant_scope(visitor.tenant_id):
        try:
            require_vouched(visitor, clock.now())
        except IdentityRequiredError:
            return True
    return False


def _name(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= MAX_NAME else ""
