"""A person's own page of security: their factors, added, named and taken away, and their backup codes."""

from typing import Any, Final
from uuid import UUID

import django_otp
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from helpdesk.core import clock
from tenants import factor_list, factor_mail, fresh_factor
from tenants.actions import backup_codes, factors
from tenants.actions.factors import LastFactorError, NoEnrolmentError, NoFactorError
from tenants.factor_rules import must_have_factor
from tenants.forms.accounts import FactorNameForm
from tenants.fresh_factor import FreshCodeForm
from tenants.http import AccountRequest, account_required
from tenants.models import Factor, Passkey
from tenants.models.backup_codes import FEW
from tenants.sign_in import landing_after, safe_next
from tenants.views.factor import enrolling_app, seed_shown
from tenants.views.pages import form_page, form_view, posted

TEMPLATE: Final = "account/security.html"
APP_TEMPLATE: Final = "account/add_app.html"
CODES_TEMPLATE: Final = "account/backup_codes.html"
LAST: Final = "This is your only second factor, and you need one. Add another before you remove it."
ENOUGH: Final = f"You have {factors.MAX_FACTORS} factors; remove one that you no longer use first."


@require_safe
@account_required
def security(request: AccountRequest) -> HttpResponse:
    """Show what the person signs in by."""
    return _page(request, FreshCodeForm())


@require_POST
@account_required
def confirm(request: AccountRequest) -> HttpResponse:
    """Take a factor given now, so that the page's changes can be made."""
    form = FreshCodeForm(request.POST)
    if not fresh_factor.accept(form, request, now=clock.now()):
        return _page(request, form)
    return redirect("accounts:security")


@form_view
@account_required
def add_app(request: AccountRequest) -> HttpResponse:
    """Enrol one more authenticator app."""
    if not _is_fresh(request):
        return _back(request)
    person = request.user
    try:
        device, form = enrolling_app(request, person, is_first=False)
    except NoEnrolmentError:
        messages.error(request, ENOUGH)
        return redirect("accounts:security")
    if device.confirmed:
        factor_mail.changed(person, factor_mail.ADDED_APP)
        messages.success(request, "The authenticator app is added. Give it a name that you know it by.")
        return redirect("accounts:security")
    return form_page(request, APP_TEMPLATE, form, **seed_shown(device, person))


@require_POST
@account_required
def rename(request: AccountRequest, factor_id: UUID) -> HttpResponse:
    """Call a factor something else. Nothing is opened by a name, so nothing more is asked for."""
    _must_be_own(request, factor_id)
    form = FactorNameForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["name"][0]))
        return redirect("accounts:security")
    try:
        factors.rename_factor(person=request.user, factor_id=factor_id, name=form.cleaned_data["name"], now=clock.now())
    except NoFactorError:
        raise Http404 from None
    return redirect("accounts:security")


@require_POST
@account_required
def revoke(request: AccountRequest, factor_id: UUID) -> HttpResponse:
    """Take a factor away. This session goes on by the factor given just now, if that is another one."""
    _must_be_own(request, factor_id)
    if not _is_fresh(request):
        return _back(request)
    person = request.user
    try:
        factor = factors.revoke_factor(
            person=person,
            factor_id=factor_id,
            must_keep_one=must_have_factor(person, now=clock.now().timestamp()),
            now=clock.now(),
        )
    except NoFactorError:
        raise Http404 from None
    except LastFactorError:
        messages.error(request, LAST)
        return redirect("accounts:security")
    factor_mail.changed(person, factor_mail.REVOKED)
    messages.success(request, f"“{factor.name}” is removed. Sessions that were opened by it have ended.")
    return _go_on(request, factor)


@form_view
@account_required
def codes(request: AccountRequest) -> HttpResponse:
    """Make ten backup codes and show them, this once."""
    person, form = request.user, FreshCodeForm(posted(request))
    kept = factor_list.backup_codes_of(person)
    context: dict[str, Any] = {"left": kept.left if kept else None, "next": safe_next(request)}
    if request.method != "POST" or not fresh_factor.accept(form, request, now=clock.now()):
        return form_page(request, CODES_TEMPLATE, form, **context)
    made, shown = backup_codes.make_backup_codes(person=person, now=clock.now())
    if kept is not None:
        factor_mail.changed(person, factor_mail.NEW_CODES)
        if _stands_on(request, kept):
            django_otp.login(request, made)
    after = landing_after(request) if context["next"] else ""
    return render(request, CODES_TEMPLATE, context | {"form": form, "codes": shown, "after": after})


def _must_be_own(request: AccountRequest, factor_id: UUID) -> None:
    if all(factor.id != factor_id for factor in factor_list.factors_of(request.user)):
        raise Http404


def _go_on(request: AccountRequest, gone: Factor) -> HttpResponse:
    """Lead back, by the factor given just now where the session stood on the one that is gone."""
    if not _stands_on(request, gone):
        return redirect("accounts:security")
    given = Factor.from_persistent_id(fresh_factor.given_factor(request))
    if given is None or given.user_id != request.user.id or not given.confirmed:
        logout(request)
        return redirect("accounts:sign_in")
    django_otp.login(request, given)
    return redirect("accounts:security")


def _stands_on(request: AccountRequest, factor: Factor) -> bool:
    return request.session.get(django_otp.DEVICE_ID_SESSION_KEY) == factor.persistent_id


def _by_passkey(request: AccountRequest) -> bool:
    return isinstance(request.user.otp_device, Passkey)  # type: ignore[attr-defined]


def _is_fresh(request: AccountRequest) -> bool:
    return fresh_factor.fresh_until(request, now=clock.now()) is not None


def _back(request: AccountRequest) -> HttpResponse:
    messages.warning(request, "Please confirm first that it is you.")
    return redirect("accounts:security")


def _page(request: AccountRequest, form: FreshCodeForm) -> HttpResponse:
    person = request.user
    kept = factor_list.backup_codes_of(person)
    listed = factor_list.factors_of(person)
    context = {
        "factors": [(factor, factors.kind_of(factor), _stands_on(request, factor)) for factor in listed],
        "is_only": len(listed) == 1 and must_have_factor(person, now=clock.now().timestamp()),
        "codes": kept,
        "few": FEW,
        "has_passkey": factor_list.has_passkey(person),
        "next": "" if _by_passkey(request) else safe_next(request),
        "until": fresh_factor.fresh_until(request, now=clock.now()),
    }
    return form_page(request, TEMPLATE, form, **context)
