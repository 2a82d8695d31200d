"""What pages with a form have in common."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from tenants.limits import TooManyTriesError
from tenants.mail import MailNotSentError

form_view = require_http_methods(["GET", "HEAD", "POST"])


def posted(request: HttpRequest) -> Any:
    """Return what a form is bound to: the post, or nothing on a first visit."""
    return request.POST if request.method == "POST" else None


def form_page(request: HttpRequest, template: str, form: forms.Form, **context: Any) -> HttpResponse:
    """Show a form: for the first time, or again with what was typed and what is wrong."""
    status = 422 if form.is_bound and form.errors else 200
    return render(request, template, {"form": form, **context}, status=status)


def refused(
    request: HttpRequest, template: str, form: forms.Form, why: TooManyTriesError | MailNotSentError, **context: Any
) -> HttpResponse:
    """Show a form again because of what has nothing to do with its fields, and say when to come back."""
    form.add_error(None, str(why))
    response = form_page(request, template, form, **context)
    if isinstance(why, TooManyTriesError):
        response.status_code = 429
        response["Retry-After"] = str(why.wait_s)
    else:
        response.status_code = 503
    return response
