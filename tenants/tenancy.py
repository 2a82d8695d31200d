"""To whom a page, a socket or a command belongs, and where ids stand in it: declared beside it.

    route("o/<slug:slug>/inbox/", agent.inbox, organisation(Capability.READ_CONVERSATIONS), name="inbox")

`prove isolation` builds its probes from these rules, and a test is red for whatever has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from django.urls import URLPattern, path

from tenants.roles import Capability


class Who(StrEnum):
    """Who may come at all."""

    PUBLIC = "public"
    PERSON = "person"
    ACCOUNT = "account"
    ORGANISATION = "organisation"
    VISITOR = "visitor"
    OPERATOR = "operator"


class Kind(StrEnum):
    """What an id names; each belongs to one organisation or one person, or is one."""

    ORGANISATION = "organisation"
    CONVERSATION = "conversation"
    MEMBERSHIP = "membership"
    INVITATION = "invitation"
    FACTOR = "factor"
    ORIGIN = "origin"
    REPORT = "report"
    INCIDENT = "incident"
    INCIDENT_LINE = "incident_line"
    REVIEW_LINE = "review_line"
    AGREEMENT = "agreement"
    WIDGET = "widget"
    CANNED_RESPONSE = "canned_response"
    PRE_CHAT_FIELD = "pre_chat_field"
    VISITOR_TOKEN = "visitor_token"  # noqa: S105  (the name of a kind)
    STAFF_SESSION = "staff_session"
    STAFF_DEVICE = "staff_device"
    TRAINING_DUTY = "training_duty"
    COURSE = "course"
    TEAM = "team"
    SUPPORT_GRANT = "support_grant"
    ATTACHMENT = "attachment"
    FILE_PASS = "file_pass"  # noqa: S105  (the name of a kind)
    TRAIL_VIEW = "trail_view"
    EVIDENCE_PACK = "evidence_pack"
    FORM = "form"
    FORM_KEY = "form_key"
    FORM_TEMPLATE = "form_template"
    IDENTITY_KEY = "identity_key"
    ENDPOINT_KEY = "endpoint_key"
    FORM_PASS = "form_pass"  # noqa: S105  (the name of a kind)
    HOLD = "hold"
    SUBJECT_REQUEST = "subject_request"
    CLOSED_DAY = "closed_day"
    LINK_TOKEN = "link_token"  # noqa: S105  (the name of a kind)
    PROOF = "proof"
    PROOF_PASS = "proof_pass"  # noqa: S105  (the name of a kind)
    ROW = "row"


# A path's parameters, by name. An unknown name is refused by `route()`.
PATH_KINDS: Final[Mapping[str, Kind]] = {
    "slug": Kind.ORGANISATION,
    "tenant_id": Kind.ORGANISATION,
    "conversation_id": Kind.CONVERSATION,
    "membership_id": Kind.MEMBERSHIP,
    "invitation_id": Kind.INVITATION,
    "factor_id": Kind.FACTOR,
    "origin_id": Kind.ORIGIN,
    "report_id": Kind.REPORT,
    "incident_id": Kind.INCIDENT,
    "line_id": Kind.INCIDENT_LINE,
    "review_line_id": Kind.REVIEW_LINE,
    "agreement_id": Kind.AGREEMENT,
    "canned_response_id": Kind.CANNED_RESPONSE,
    "pre_chat_field_id": Kind.PRE_CHAT_FIELD,
    "widget_key": Kind.WIDGET,
    "session_id": Kind.STAFF_SESSION,
    "device_id": Kind.STAFF_DEVICE,
    "duty_id": Kind.TRAINING_DUTY,
    "course_id": Kind.COURSE,
    "team_id": Kind.TEAM,
    "grant_id": Kind.SUPPORT_GRANT,
    "attachment_id": Kind.ATTACHMENT,
    "view_id": Kind.TRAIL_VIEW,
    "pack_id": Kind.EVIDENCE_PACK,
    "form_id": Kind.FORM,
    "key_id": Kind.FORM_KEY,
    "template_id": Kind.FORM_TEMPLATE,
    "hold_id": Kind.HOLD,
    "request_id": Kind.SUBJECT_REQUEST,
    "identity_key_id": Kind.IDENTITY_KEY,
    "endpoint_key_id": Kind.ENDPOINT_KEY,
    "closed_day_id": Kind.CLOSED_DAY,
    "proof_id": Kind.PROOF,
    "object_id": Kind.ROW,
}
# Path parameters that name no row of anyone.
NO_IDS: Final = frozenset(
    {
        "kind",
        "mode",
        "number",
        "sequence",
        "state",
        "step",
        "url",
        "app_label",
        "content_type_id",
        "purpose",
        "region",
        "language",
    }
)

Ids = Mapping[str, Kind]
NONE: Final[Ids] = {}


class UndeclaredIdError(Exception):
    """A path has a parameter of which nobody has said what it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who may come, with which capability, and where ids stand besides the path: fields of a form, the query, headers.

    `one_organisation`: an operator's page that shows one chosen organisation's rows.
    """

    who: Who
    capability: Capability | None = None
    query: Ids = field(default_factory=dict)
    body: Ids = field(default_factory=dict)
    headers: Ids = field(default_factory=dict)
    one_organisation: bool = False


def public() -> Rule:
    """Anyone, with or without an account; shows nothing of an organisation."""
    return Rule(who=Who.PUBLIC)


def person() -> Rule:
    """Who has an account or is about to have one; outside any organisation."""
    return Rule(who=Who.PERSON)


def account() -> Rule:
    """Who is signed in with both factors, at what is theirs alone; outside any organisation."""
    return Rule(who=Who.ACCOUNT)


def organisation(capability: Capability | None = None, *, query: Ids = NONE, body: Ids = NONE) -> Rule:
    """A member of the organisation named in the path, who has the capability."""
    return Rule(who=Who.ORGANISATION, capability=capability, query=query, body=body)


def visitor(*, headers: Ids = NONE, body: Ids = NONE) -> Rule:
    """A visitor of the widget named in the path; sees what the organisation tells everyone, and their own chats."""
    return Rule(who=Who.VISITOR, headers=headers, body=body)


def operator(*, one_organisation: bool = False) -> Rule:
    """Our staff, in the admin."""
    query = {"organisation": Kind.ORGANISATION} if one_organisation else NONE
    return Rule(who=Who.OPERATOR, query=query, one_organisation=one_organisation)


def route(
    address: str, view: Any, rule: Rule, kwargs: Mapping[str, Any] | None = None, *, name: str = ""
) -> URLPattern:
    """Return Django's `path()` with its rule.

    Raises:
        UndeclaredIdError: The path has a parameter that `PATH_KINDS` does not know.
    """
    pattern: Any = path(address, view, dict(kwargs or {}), name)
    for parameter in pattern.pattern.converters:
        if parameter not in PATH_KINDS.keys() | NO_IDS:
            raise UndeclaredIdError(f"{address}: {parameter}")
    pattern.tenancy = rule
    made: URLPattern = pattern
    return made


def rule_of(pattern: URLPattern) -> Rule | None:
    """Return what is declared for a route: by itself, or by the class of the admin or its site."""
    own: Rule | None = getattr(pattern, "tenancy", None)
    if own is not None:
        return own
    for holder in ("model_admin", "admin_site", "__self__"):
        declared: Rule | None = getattr(getattr(pattern.callback, holder, None), "tenancy", None)
        if declared is not None:
            return declared
    return None
