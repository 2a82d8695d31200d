"""Another e-mail address for one's account. The page is the same whether the address is somebody's or not."""

from contextlib import suppress
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from helpdesk.core import clock
from tenants import email_change_mail, fresh_factor, limits
from tenants.actions import email_changes, sessions
from tenants.actions.email_changes import AnotherPersonError, ChangeExpiredError, SameAddressError
from tenants.actions.passwords import WrongPresentPasswordError
from tenants.actions.people import AddressTakenError
from tenants.forms.accounts import ChangeEmailForm, CodeForm, ConfirmEmailForm
from tenants.http import AccountRequest, account_required, signed_in
from tenants.limits import TooManyTriesError
from tenants.mail import MailNotSentError
from tenants.models import EmailChange, EmailChangeState
from tenants.sign_in import renew_session
from tenants.tokens import BadTokenError
from tenants.views.pages import form_page, form_view, posted, refused

TEMPLATE: Final = "account/email.html"
CONFIRM_TEMPLATE: Final = "account/email_confirm.html"
STOP_TEMPLATE: Final = "account/email_stop.html"
WRONG_PASSWORD: Final = "This is not the password of the account."  # noqa: S105 (what is said)
GIVEN_UP: Final = "This link was used already, or the change was given up or asked for anew."
NOTHING_LEFT: Final = "There is nothing to stop: the change was stopped or given up already, or was taken back."


@sensitive_post_parameters()
@form_view
@account_required
def change_email(request: AccountRequest) -> HttpResponse:
    """Ask for another address: the link mailed there makes the change, the present address is told at once."""
    person, now = request.user, clock.now()
    form = ChangeEmailForm(posted(request))
    if request.method != "POST" or not fresh_factor.accept(form, request, now=now):
        return _page(request, form)
    email, password = form.cleaned_data["email"], form.cleaned_data["password"]
    try:
        limits.take(limits.PASSWORDS_TRIED, str(person.id))
        _count_mail(request, email)
        change = email_changes.ask(person_id=person.id, email=email, password=password, now=now)
        _tell_or_withdraw(change)
    except WrongPresentPasswordError:
        form.add_error("password", "This is not your password.")
        return _page(request, form)
    except SameAddressError:
        form.add_error("email", "This is your address already.")
        return _page(request, form)
    except (TooManyTriesError, MailNotSentError) as why:
        return refused(request, TEMPLATE, form, why, **_context(request))
    return redirect("accounts:change_email")


@require_POST
@account_required
def change_email_again(request: AccountRequest) -> HttpResponse:
    """Mail the link once more."""
    change = email_changes.open_change(request.user, now=clock.now())
    if change is None:
        return redirect("accounts:change_email")
    try:
        _count_mail(request, change.wanted)
        email_change_mail.send_link(change, now=clock.now())
    except (TooManyTriesError, MailNotSentError) as why:
        messages.warning(request, str(why))
    else:
        messages.success(request, "Sent again. It can take a minute to arrive.")
    return redirect("accounts:change_email")


@require_POST
@account_required
def keep_email(request: AccountRequest) -> HttpResponse:
    """Give the change up; its link dies."""
    if email_changes.withdraw(person_id=request.user.id, now=clock.now()):
        messages.success(request, "Your address stays as it is; the mailed link no longer works.")
    return redirect("accounts:change_email")


@sensitive_post_parameters()
@form_view
def confirm_email_change(request: HttpRequest) -> HttpResponse:
    """Take the token mailed to the new address, and the account's password. Every other session ends."""
    form = ConfirmEmailForm(posted(request))
    if not form.is_valid():
        return form_page(request, CONFIRM_TEMPLATE, form)
    token, now = form.cleaned_data["code"], clock.now()
    try:
        limits.take(limits.CODES_TRIED, limits.origin_of(request))
        limits.take(limits.PASSWORDS_TRIED, str(email_changes.find_wanted(token, now=now).user_id))
        change = email_changes.confirm(
            token=token, password=form.cleaned_data["password"], signed_in=_who(request), now=now
        )
    except TooManyTriesError as why:
        return refused(request, CONFIRM_TEMPLATE, form, why)
    except (WrongPresentPasswordError, AnotherPersonError, AddressTakenError, BadTokenError) as why:
        return _not_changed(request, form, why)
    return _changed(request, change)


@form_view
def stop_email_change(request: HttpRequest) -> HttpResponse:
    """Stop a change, or take it back, by the token mailed to the former address. Every session ends."""
    form = CodeForm(posted(request))
    if not form.is_valid():
        return form_page(request, STOP_TEMPLATE, form)
    try:
        limits.take(limits.CODES_TRIED, limits.origin_of(request))
        change = email_changes.take_back(token=form.cleaned_data["code"], now=clock.now())
    except TooManyTriesError as why:
        return refused(request, STOP_TEMPLATE, form, why)
    except BadTokenError as why:
        expired = isinstance(why, ChangeExpiredError)
        form.add_error("code", "The change is more than seven days old and stays." if expired else NOTHING_LEFT)
        return form_page(request, STOP_TEMPLATE, form, is_dead=True)
    logout(request)
    with suppress(MailNotSentError):  # the page offers the same link
        email_change_mail.put_back(change.user, now=clock.now())
    was = "The change is stopped" if change.state == EmailChangeState.STOPPED else "Your former address is back"
    messages.success(
        request,
        f"{was}, and every session has ended. Choose a new password: we have mailed you a link. "
        "If it does not come, ask for one here.",
    )
    return redirect("accounts:forgot_password")


def _not_changed(request: HttpRequest, form: ConfirmEmailForm, why: Exception) -> HttpResponse:
    """Say why a link changed nothing. Whoever shows one reads the mailbox, so they may learn what became of it."""
    context = {"is_another": isinstance(why, AnotherPersonError), "is_dead": False}
    if isinstance(why, WrongPresentPasswordError):
        form.add_error("password", WRONG_PASSWORD)
    elif isinstance(why, AnotherPersonError):
        form.add_error(None, "Somebody else is signed in here. Sign out first, then open the link in the mail again.")
    elif isinstance(why, AddressTakenError):
        form.add_error(None, "This address has an account of its own by now, so nothing was changed.")
        context["is_dead"] = True
    else:
        expired = isinstance(why, ChangeExpiredError)
        form.add_error("code", "This link has expired. Ask for the change once more." if expired else GIVEN_UP)
        context["is_dead"] = True
    return form_page(request, CONFIRM_TEMPLATE, form, **context)


def _changed(request: HttpRequest, change: EmailChange) -> HttpResponse:
    person, now = change.user, clock.now()
    email_change_mail.tell_changed(change)
    if request.user.pk == person.id and signed_in(request):
        renew_session(request, person)
        messages.success(request, "Your address is changed, and every other session of yours has ended.")
        return redirect("accounts:change_email")
    sessions.end_all(person, now=now)
    logout(request)
    messages.success(request, "Your address is changed, and every session has ended. Sign in with the new address.")
    return redirect("accounts:sign_in")


def _who(request: HttpRequest) -> UUID | None:
    return request.user.pk if request.user.is_authenticated else None


def _tell_or_withdraw(change: EmailChange) -> None:
    """Mail both addresses. Where the present one could not be told, nobody may make the change."""
    try:
        email_change_mail.tell_asked(change)
        email_change_mail.send_link(change, now=clock.now())
    except MailNotSentError:
        email_changes.withdraw(person_id=change.user_id, now=clock.now())
        raise


def _count_mail(request: HttpRequest, email: str) -> None:
    limits.take(limits.MAILS_ASKED, limits.origin_of(request))
    limits.take(limits.MAILS_RECEIVED, email)


def _page(request: AccountRequest, form: ChangeEmailForm) -> HttpResponse:
    return form_page(request, TEMPLATE, form, **_context(request))


def _context(request: AccountRequest) -> dict[str, EmailChange | None]:
    return {"change": email_changes.open_change(request.user, now=clock.now())}
