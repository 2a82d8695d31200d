"""The demo's own pages."""

from typing import Final

from csp.decorators import csp_exempt
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from helpdesk.core import clock
from helpdesk.demo.mail import caught_mails
from helpdesk.demo.shop import CUSTOMER, customer_token, widget_key

# A site that isn't ours: it sets its own policy, as loose as a customer's that has the chat may be.
SHOP_POLICY: Final = (
    "default-src 'none'; img-src 'self' data:; style-src {site} 'self'; script-src {site} 'self'; frame-src {site}; "
    "connect-src 'self'; "
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
        "customer": CUSTOMER["name"],
        "token_url": reverse("demo:shop_token"),
    }
    response = render(request, "demo/shop.html", context)
    response["Content-Security-Policy"] = SHOP_POLICY.format(site=settings.SITE_ORIGIN)
    return response


@require_safe
def shop_token(request: HttpRequest) -> HttpResponse:
    """The shop's own little server part: a token for whoever is signed in at the shop, which here is Vera alone.

    Only a script of the very origin can read it.
    """
    response = JsonResponse({"token": customer_token(now=clock.now())})
    response["Cache-Control"] = "no-store"
    return response
