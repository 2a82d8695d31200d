"""A locked sign-in: a mailed link lets the browser that opens it sign in all the same, with both factors."""

from typing import Final

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from helpdesk.core import clock
from tenants import limits, mail
from tenants.forms.accounts import CodeForm, EmailForm
from tenants.limits import TooManyTriesError
from tenants.lockout import passes
from tenants.mail import Mail, MailNotSentError
from tenants.models import User
from tenants.tokens import UNLOCK, BadTokenError, ExpiredTokenError
from tenants.views.pages import form_page, form_view, posted, refused

TEMPLATE: Final = "registration/unlock.html"
OPEN_TEMPLATE: Final = "registration/unlock_open.html"
USED: Final = "This link was used already. Ask for a new one."


@form_view
def unlock(request: HttpRequest) -> HttpResponse:
    """Mail a link. Every address gets this page and a mail, one without account too."""
    form = EmailForm(posted(request))
    if not form.is_valid():
        return form_page(request, TEMPLATE, form)
    try:
        limits.take(limits.MAILS_ASKED, limits.origin_of(request))
        limits.take(limits.MAILS_RECEIVED, form.cleaned_data["email"])
        _send(form.cleaned_data["email"])
    except (TooManyTriesError, MailNotSentError) as why:
        return refused(request, TEMPLATE, form, why)
    return redirect("accounts:unlock_sent")


@require_safe
def unlock_sent(request: HttpRequest) -> HttpResponse:
    """Check your mail."""
    return render(request, "registration/unlock_sent.html")


@form_view
def unlock_open(request: HttpRequest) -> HttpResponse:
    """Take the mailed token, once; then this browser may try the address although it is locked."""
    form = CodeForm(posted(request))
    if not form.is_valid():
        return form_page(request, OPEN_TEMPLATE, form)
    code = form.cleaned_data["code"]
    try:
        limits.take(limits.CODES_TRIED, limits.origin_of(request))
        email = _email_of(code)
        limits.take(limits.LINKS_OPENED, code)
    except BadTokenError as why:
        expired = isinstance(why, ExpiredTokenError)
        form.add_error("code", "This link has expired." if expired else "This link was used already or is not ours.")
        return form_page(request, OPEN_TEMPLATE, form, is_dead=True)
    except TooManyTriesError as why:
        return refused(request, OPEN_TEMPLATE, form, why, is_dead=True)
    passes.give_pass(request, email, now=clock.now())
    messages.success(request, "You can sign in from this browser now, for 15 minutes. That also ends the lock.")
    return redirect("accounts:sign_in")


@transaction.atomic
def _email_of(token: str) -> str:
    return UNLOCK.read(token, now=clock.now()).email


def _send(email: str) -> None:
    person = User.objects.with_email(email).filter(is_active=True).exclude(email_confirmed_at=None).first()
    if person is None:
        mail.send(Mail.NO_ACCOUNT, email, link=mail.link("accounts:sign_up"))
        return
    mail.send(Mail.UNLOCK, email, link=mail.link("accounts:unlock_open", UNLOCK.issue(person, now=clock.now())))
