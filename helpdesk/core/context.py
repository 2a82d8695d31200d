"""What every template may know of the site."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """The service's own address, and whether this is the demo."""
    return {"site_url": settings.SITE_URL, "is_demo": settings.DEMO}
