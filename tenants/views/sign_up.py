"""Signing up, and confirming the address.

Every address gets the same page; what there is to know about it stands in the mail.
"""

from typing import Final

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from helpdesk.core import clock
from tenants import limits, mail
from tenants.actions import people
from tenants.forms.accounts import CodeForm, ConfirmForm, SignUpForm
from tenants.http import signed_in
from tenants.limits import TooManyTriesError
from tenants.mail import Mail, MailNotSentError
from tenants.models import User
from tenants.sign_in import begin_session
from tenants.tokens import CONFIRMATION, BadTokenError, ExpiredTokenError, SpentTokenError
from tenants.views.pages import form_page, form_view, posted, refused

AWAITED: Final = "awaited_email"
TEMPLATE: Final = "tenants/sign_up.html"
CONFIRM_TEMPLATE: Final = "tenants/confirm.html"


@sensitive_post_parameters()
@form_view
def sign_up(request: HttpRequest) -> HttpResponse:
    """Ask for a name, an address and a password."""
    if signed_in(request):
        return redirect("accounts:organisations")
    form = SignUpForm(posted(request))
    if not form.is_valid():
        return form_page(request, TEMPLATE, form)
    email = form.cleaned_data["email"]
    try:
        _count_mail(request, email)
        person = people.sign_up(**form.cleaned_data, now=clock.now())
        _send(email, person)
    except (TooManyTriesError, MailNotSentError) as why:
        return refused(request, TEMPLATE, form, why)
    request.session[AWAITED] = email
    return redirect("accounts:sign_up_sent")


@require_safe
def sign_up_sent(request: HttpRequest) -> HttpResponse:
    """Check your mail."""
    if (email := request.session.get(AWAITED)) is None:
        return redirect("accounts:sign_up")
    return render(request, "tenants/sign_up_sent.html", {"email": email})


@require_POST
def sign_up_again(request: HttpRequest) -> HttpResponse:
    """Send the mail of a sign-up once more, to the address this browser gave."""
    if (email := request.session.get(AWAITED)) is None:
        return redirect("accounts:sign_up")
    status, note, kind = 200, "Sent again. It can take a minute to arrive.", "success"
    try:
        _count_mail(request, email)
        _send(email, User.objects.with_email(email).filter(email_confirmed_at=None, is_active=True).first())
    except TooManyTriesError as why:
        status, note, kind = 429, str(why), "warning"
    except MailNotSentError as why:
        status, note, kind = 503, str(why), "danger"
    context = {"email": email, "note": note, "kind": kind}
    return render(request, "tenants/sign_up_sent.html", context, status=status)


@sensitive_post_parameters()
@form_view
def confirm(request: HttpRequest) -> HttpResponse:
    """Confirm the address by the mailed token and the password chosen at sign-up, and sign in."""
    form = ConfirmForm(posted(request))
    if not form.is_valid():
        return form_page(request, CONFIRM_TEMPLATE, form)
    try:
        limits.take(limits.CODES_TRIED, limits.origin_of(request))
        person = people.confirm_email(**_code_and_password(form), now=clock.now())
    except TooManyTriesError as why:
        return refused(request, CONFIRM_TEMPLATE, form, why)
    except people.WrongPasswordError:
        form.add_error("password", "This is not the password chosen at the last sign-up for this address.")
        return form_page(request, CONFIRM_TEMPLATE, form, is_wrong_password=True)
    except BadTokenError as why:
        form.add_error("code", _explain(why))
        return form_page(request, CONFIRM_TEMPLATE, form, is_expired=isinstance(why, ExpiredTokenError))
    request.session.pop(AWAITED, None)
    begin_session(request, person)
    return redirect("accounts:organisations")


@require_POST
def confirm_again(request: HttpRequest) -> HttpResponse:
    """Mail a new link to whom an expired one was sent."""
    form = CodeForm(request.POST)
    if not form.is_valid():
        return redirect("accounts:sign_up")
    try:
        limits.take(limits.CODES_TRIED, limits.origin_of(request))
        person = _person_of(form.cleaned_data["code"])
        _count_mail(request, person.email)
        _send(person.email, person)
    except BadTokenError as why:
        form.add_error("code", _explain(why))
        return form_page(request, CONFIRM_TEMPLATE, form)
    except (TooManyTriesError, MailNotSentError) as why:
        return refused(request, CONFIRM_TEMPLATE, form, why, is_expired=True)
    request.session[AWAITED] = person.email
    return redirect("accounts:sign_up_sent")


@transaction.atomic
def _person_of(token: str) -> User:
    try:
        return CONFIRMATION.read(token, now=clock.now())
    except ExpiredTokenError as expired:
        return expired.person


def _code_and_password(form: ConfirmForm) -> dict[str, str]:
    return {"token": form.cleaned_data["code"], "password": form.cleaned_data["password"]}


def _count_mail(request: HttpRequest, email: str) -> None:
    limits.take(limits.MAILS_ASKED, limits.origin_of(request))
    limits.take(limits.MAILS_RECEIVED, email)


def _send(email: str, person: User | None) -> None:
    if person is None:
        links = {"link": mail.link("accounts:sign_in"), "forgot_link": mail.link("accounts:forgot_password")}
        mail.send(Mail.ALREADY_REGISTERED, email, **links)
        return
    token = CONFIRMATION.issue(person, now=clock.now())
    mail.send(Mail.CONFIRM, email, link=mail.link("accounts:confirm", token))


def _explain(why: BadTokenError) -> str:
    if isinstance(why, ExpiredTokenError):
        return "This link has expired. We can send you a new one."
    if isinstance(why, SpentTokenError):
        return "This link was used already, or a newer mail has taken its place. Try to sign in, or sign up again."
    return "This is not a code from one of our mails. Look for the newest mail, or sign up again."
