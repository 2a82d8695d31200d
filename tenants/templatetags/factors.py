"""What forms show that ask for a second factor given just now."""

from typing import Any

from django import template
from django.forms import BoundField

from helpdesk.core import clock
from tenants import factor_list, fresh_factor

register = template.Library()


@register.inclusion_tag("components/fresh_factor.html", takes_context=True)
def fresh_factor_field(context: dict[str, Any], field: BoundField, hint: str = "") -> dict[str, Any]:
    """Ask for a factor with a `FreshCodeField`, or say that one was given just now."""
    request = context["request"]
    return {
        "field": field,
        "hint": hint or field.help_text,
        "until": fresh_factor.fresh_until(request, now=clock.now()),
        "has_passkey": factor_list.has_passkey(request.user),
        "request": request,
    }
