"""Addresses from the URL configuration, filled with one organisation's ids or with ids of nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final

from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RegexPattern

from chat import authentication
from helpdesk.core.ids import uuid7
from tenants.tenancy import PATH_KINDS, Kind, Rule, rule_of
from tests.proofs.isolation.sides import Side

CONVERTER: Final = re.compile(r"<(?:\w+:)?(\w+)>")
GROUP: Final = re.compile(r"\(\?P<(\w+)>[^)]*\)")


@dataclass(frozen=True)
class Route:
    """One pattern of the URL configuration."""

    template: str
    pattern: URLPattern
    rule: Rule | None

    @property
    def name(self) -> str:
        return self.template

    @property
    def label(self) -> str:
        """The pattern's own name, by which samples are found."""
        return self.pattern.name or self.template

    @cached_property
    def ids(self) -> dict[str, Kind]:
        """Path parameters that name something of an organisation."""
        return {name: PATH_KINDS[name] for name in CONVERTER.findall(self.template) if name in PATH_KINDS}

    @property
    def model(self) -> str:
        admin: Any = getattr(self.pattern.callback, "model_admin", None)
        return admin.model._meta.label if admin is not None else "chat.Conversation"

    def address(self, values: dict[str, str]) -> str:
        filled = CONVERTER.sub(lambda found: values[found[1]], self.template)
        return "/" + filled

    def own_values(self, side: Side) -> dict[str, str]:
        """Every parameter's value in an organisation."""
        values = {name: side.value(kind, self.model) for name, kind in self.ids.items()}
        if "tenant_id" in values:
            values["tenant_id"] = str(side.tenant.id)
        if self.model == "tenants.Tenant" and "object_id" in values:
            values["object_id"] = str(side.tenant.id)
        return values | {
            "mode": "hipaa", "purpose": "content", "region": "us", "language": "en", "state": "on", "sequence": "1",
            "number": "1", "step": "begin", "kind": "card", "url": "nowhere", "app_label": "chat",
            "content_type_id": content_type_id(),
        }  # fmt: skip


def routes() -> list[Route]:
    """Return every route there is."""
    return [Route(template, pattern, rule_of(pattern)) for template, pattern in _walk(get_resolver().url_patterns, "")]


def _walk(patterns: list[Any], before: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        address = before + _template(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield address, pattern
        else:
            yield from _walk(pattern.url_patterns, address)


def _template(pattern: Any) -> str:
    """A regular expression as a path with `<name>`; a path as it is."""
    if not isinstance(pattern, RegexPattern):
        return str(pattern)
    return GROUP.sub(r"<\1>", str(pattern)).removeprefix("^").removesuffix("$").removesuffix("\\Z")


def absent(kind: Kind) -> str:
    """Return an id of this kind that nothing has."""
    if kind is Kind.ORGANISATION:
        return "nobody-of-that-name"
    if kind is Kind.WIDGET:
        return "k" * 24
    return authentication.new_token() if kind is Kind.VISITOR_TOKEN else str(uuid7())


@cache
def content_type_id() -> str:
    return str(ContentType.objects.get(app_label="chat", model="conversation").id)
