"""A new password: for a forgotten one by a mailed link, or by the present one. The second factor stays."""

from contextlib import suppress
from typing import Final

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from helpdesk.core import clock
from tenants import limits, mail
from tenants.actions import passwords
from tenants.forms.accounts import ChangePasswordForm, EmailForm, ResetPasswordForm
from tenants.forms.fields import refuse_password
from tenants.holders import told_at
from tenants.http import AccountRequest, account_required
from tenants.limits import TooManyTriesError
from tenants.mail import Mail, MailNotSentError
from tenants.models import User
from tenants.passwords.judging import UnfitPasswordError, tenants_of
from tenants.sign_in import forgive_failures, landing_after, renew_session, safe_next
from tenants.tokens import PASSWORD_RESET, BadTokenError, ExpiredTokenError
from tenants.views.pages import form_page, form_view, posted, refused

FORGOT_TEMPLATE: Final = "registration/forgot_password.html"
RESET_TEMPLATE: Final = "registration/reset_password.html"
CHANGE_TEMPLATE: Final = "registration/change_password.html"


@form_view
def forgot_password(request: HttpRequest) -> HttpResponse:
    """Mail a link to choose a new password. Every address gets this page and a mail, one without account too."""
    form = EmailForm(posted(request))
    if not form.is_valid():
        return form_page(request, FORGOT_TEMPLATE, form)
    try:
        limits.take(limits.MAILS_ASKED, limits.origin_of(request))
        limits.take(limits.MAILS_RECEIVED, form.cleaned_data["email"])
        _send(form.cleaned_data["email"])
    except (TooManyTriesError, MailNotSentError) as why:
        return refused(request, FORGOT_TEMPLATE, form, why)
    return redirect("accounts:forgot_password_sent")


@require_safe
def forgot_password_sent(request: HttpRequest) -> HttpResponse:
    """Check your mail."""
    return render(request, "registration/forgot_password_sent.html")


@sensitive_post_parameters()
@form_view
def reset_password(request: HttpRequest) -> HttpResponse:
    """Choose a new password by the mailed token. Every session ends; signing in asks for both factors."""
    form = ResetPasswordForm(posted(request))
    if not form.is_valid():
        return form_page(request, RESET_TEMPLATE, form)
    try:
        limits.take(limits.CODES_TRIED, limits.origin_of(request))
        person = passwords.reset_password(
            token=form.cleaned_data["code"], password=form.cleaned_data["password"], now=clock.now()
        )
    except TooManyTriesError as why:
        return refused(request, RESET_TEMPLATE, form, why)
    except BadTokenError as why:
        expired = isinstance(why, ExpiredTokenError)
        form.add_error("code", "This link has expired." if expired else "This link was used already or is not ours.")
        return form_page(request, RESET_TEMPLATE, form, is_dead=True)
    except UnfitPasswordError as why:
        refuse_password(form, why.unmet)
        return form_page(request, RESET_TEMPLATE, form)
    forgive_failures(person)
    logout(request)
    _tell(person)
    messages.success(request, "Your password is changed, and every session has ended. Sign in with the new one.")
    return redirect("accounts:sign_in")


@sensitive_post_parameters()
@form_view
@account_required
def change_password(request: AccountRequest) -> HttpResponse:
    """Choose a new password by the present one. Every other session ends; this one goes on under a new key."""
    person = request.user
    form = ChangePasswordForm(posted(request), person=person, tenants=tenants_of(person))
    context = {"next": safe_next(request), "is_first": person.must_change_password}
    if not form.is_valid():
        return form_page(request, CHANGE_TEMPLATE, form, **context)
    try:
        limits.take(limits.PASSWORDS_TRIED, str(person.id))
        person = passwords.change_password(person_id=person.id, **form.cleaned_data, now=clock.now())
    except TooManyTriesError as why:
        return refused(request, CHANGE_TEMPLATE, form, why, **context)
    except passwords.WrongPresentPasswordError:
        form.add_error("present", "This is not your present password.")
        return form_page(request, CHANGE_TEMPLATE, form, **context)
    except UnfitPasswordError as why:
        refuse_password(form, why.unmet)
        return form_page(request, CHANGE_TEMPLATE, form, **context)
    renew_session(request, person)
    _tell(person)
    messages.success(request, "Your password is changed, and every other session of yours has ended.")
    return redirect(landing_after(request))


def _tell(person: User) -> None:
    for address in told_at(person, now=clock.now()):
        with suppress(MailNotSentError):  # it only tells of what is done
            mail.send(Mail.PASSWORD_CHANGED, address, link=mail.link("accounts:forgot_password"))


def _send(email: str) -> None:
    person = User.objects.with_email(email).filter(is_active=True).exclude(email_confirmed_at=None).first()
    if person is None:
        mail.send(Mail.NO_ACCOUNT, email, link=mail.link("accounts:sign_up"))
        return
    token = PASSWORD_RESET.issue(person, now=clock.now())
    mail.send(Mail.RESET_PASSWORD, email, link=mail.link("accounts:reset_password", token))
