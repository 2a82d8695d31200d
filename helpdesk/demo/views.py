"""The demo's own pages."""

from typing import Final

from csp.decorators import csp_exempt
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from helpdesk.demo.mail import caught_mails
from helpdesk.demo.shop import widget_key

# A site that isn't ours: it sets its own policy, as loose as a customer's that has the chat may be.
SHOP_POLICY: Final = (
    "default-src 'none'; img-src 'self' data:; style-src {site} 'self'; script-src {site}; frame-src {site}; "
    "base-uri 'none'; form-action 'none'"
)


@require_safe
def mail(request: HttpRequest) -> HttpResponse:
    """Every mail that would have been sent."""
    return render(request, "demo/mail.html", {"mails": caught_mails()})


@csp_exempt()
def shop(request: HttpRequest) -> HttpResponse:
    """A customer's page, on a site of its own, with the chat of the seeded organisation."""
    context = {
        "loader_url": f"{settings.SITE_URL}/w.js",
        "widget_key": widget_key(),
        "site_url": settings.SITE_URL,
    }
    response = render(request, "demo/shop.html", context)
    response["Content-Security-Policy"] = SHOP_POLICY.format(site=settings.SITE_ORIGIN)
    return response
