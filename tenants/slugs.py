"""An organisation's place in URLs."""

import re
import secrets
from typing import Final

from django.utils.text import slugify

from tenants.models import Tenant

SHAPE: Final = re.compile(r"[a-z0-9](?:[a-z0-9]|-(?!-)){1,38}[a-z0-9]\Z")
MAX_LENGTH: Final = 40

# Words that would read as ours, or as a page of the service.
RESERVED: Final = frozenset(
    {
        "about", "abuse", "account", "accounts", "admin", "administrator", "api", "app", "assets", "auth", "billing",
        "blog", "compliance", "confirm", "contact", "dashboard", "demo", "dev", "docs", "files", "forms", "health",
        "healthz", "help", "helpdesk", "hipaa", "hushdesk", "inbox", "internal", "invitation", "legal", "localhost",
        "login", "logout", "mail", "media", "new", "news", "null", "oauth", "official", "operator", "organisation",
        "organisations", "organization", "organizations", "owner", "password", "pci", "press", "pricing", "privacy",
        "readyz", "root", "sales", "security", "settings", "shop", "sign-in", "sign-out", "sign-up", "signin",
        "signout", "signup", "staff", "static", "status", "support", "system", "team", "terms", "test", "trust",
        "undefined", "vault", "widget", "www",
    }
)  # fmt: skip


class BadSlugError(ValueError):
    """The text cannot be a slug; the message says why, for a person."""


def check_slug(slug: str) -> None:
    """See that a text may be an organisation's slug, whether or not it is free.

    Raises:
        BadSlugError: It may not.
    """
    if not SHAPE.match(slug):
        raise BadSlugError("Use 3 to 40 small letters, digits and single hyphens, with a letter or digit at both ends.")
    if slug in RESERVED:
        raise BadSlugError("This word is kept for Hushdesk itself. Please choose another.")


def suggest_slug(name: str) -> str:
    """Return a free slug made from an organisation's name."""
    stem = re.sub(r"-{2,}", "-", slugify(name).replace("_", "-"))[: MAX_LENGTH - 4].strip("-")
    if len(stem) < 3:
        stem = f"{stem}-desk".strip("-")
    for slug in (stem, *(f"{stem}-{number}" for number in range(2, 6))):
        if slug not in RESERVED and not Tenant.objects.filter(slug=slug).exists():
            return slug
    return f"{stem[: MAX_LENGTH - 7]}-{secrets.token_hex(3)}"
