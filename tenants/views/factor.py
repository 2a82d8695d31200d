"""The second factor: setting it up at the first sign-in, and giving it at every one. Passkeys are in `passkeys`."""

from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from helpdesk.core import clock
from tenants import factor_list, fresh_factor, limits
from tenants.actions import factors
from tenants.actions.factors import NoEnrolmentError
from tenants.app_seed import shown_seed
from tenants.factor_rules import may_go_without
from tenants.forms.accounts import BackupCodeForm, FactorForm
from tenants.http import by_password_alone, signed_in
from tenants.models import SealedTOTPDevice, User
from tenants.sessions import WITHOUT_FACTOR
from tenants.sign_in import begin_without_factor, complete_session, landing_after, safe_next, step_url
from tenants.views.pages import form_page, form_view, posted
from tenants.views.passkeys import codes_after

TEMPLATE: Final = "registration/factor.html"
ENROL_TEMPLATE: Final = "registration/enrol.html"
ENROLLING: Final = "enrolling_device"


@form_view
def factor(request: HttpRequest) -> HttpResponse:
    """Ask for one of the person's factors: a passkey, the present code of an app, or a backup code."""
    if signed_in(request):
        return redirect(landing_after(request))
    if not isinstance(person := _person(request), User):
        return redirect(step_url("accounts:sign_in", request))
    if not factor_list.has_factor(person):
        return redirect(step_url("accounts:enrol", request))
    by_backup_code = "backup_code" in request.POST
    form = FactorForm(None if by_backup_code else posted(request))
    backup_form = BackupCodeForm(posted(request) if by_backup_code else None)
    given: FactorForm | BackupCodeForm = backup_form if by_backup_code else form
    if given.is_valid():
        [(field, code)] = given.cleaned_data.items()
        try:
            device = fresh_factor.give_code(person, code, now=clock.now())
        except factors.WrongCodeError as wrong:
            given.add_error(field, _wrong(wrong.wait_s, by_backup_code=by_backup_code))
        else:
            complete_session(request, device)
            return redirect(landing_after(request))
    context = {
        "next": safe_next(request),
        "code_form": form,
        "backup_form": backup_form,
        "has_passkey": factor_list.has_passkey(person),
        "has_app": bool(factor_list.apps_of(person)),
        "has_codes": factor_list.backup_codes_of(person) is not None,
    }
    return form_page(request, TEMPLATE, given, **context)


@form_view
def enrol(request: HttpRequest) -> HttpResponse:
    """Offer a passkey, and beside it a fresh seed as a picture and as text, confirmed by a first code."""
    if signed_in(request):
        return redirect(landing_after(request))
    if not isinstance(person := _person(request), User):
        return redirect(step_url("accounts:sign_in", request))
    if factor_list.has_factor(person):
        return redirect(step_url("accounts:factor", request))
    try:
        device, form = enrolling_app(request, person, is_first=True)
    except NoEnrolmentError:
        return redirect(step_url("accounts:factor", request))
    if device.confirmed:
        complete_session(request, device)
        return redirect(codes_after(request))
    is_in = by_password_alone(request)
    may_wait = not is_in and may_go_without(person, now=clock.now().timestamp())
    shown = seed_shown(device, person)
    return form_page(request, ENROL_TEMPLATE, form, next=safe_next(request), may_wait=may_wait, is_in=is_in, **shown)


@require_POST
def enrol_later(request: HttpRequest) -> HttpResponse:
    """Go on by the password given just now, where an organisation asks an agent for no more."""
    person = _person(request)
    # Whoever went on before, and was locked meanwhile, shows the password again first.
    is_new = isinstance(person, User) and not request.session.get(WITHOUT_FACTOR)
    if not is_new or signed_in(request) or factor_list.has_factor(person):
        return redirect(step_url("accounts:factor", request))
    if not may_go_without(person, now=clock.now().timestamp()):
        return redirect(step_url("accounts:enrol", request))
    begin_without_factor(request, person)
    return redirect(landing_after(request))


def enrolling_app(request: HttpRequest, person: User, *, is_first: bool) -> tuple[SealedTOTPDevice, FactorForm]:
    """Begin to enrol an app or go on with it; the device is confirmed if this was its first code.

    Raises:
        NoEnrolmentError: Another factor was there sooner, or there are enough.
    """
    form = FactorForm(posted(request))
    device = _enrolling(request, person)
    if device is None:
        # A seed belongs to the session that was shown it: another that saw it first could use it ever after.
        device = factors.begin_enrolment(person=person, is_first=is_first)
        request.session[ENROLLING] = str(device.id)
        return device, FactorForm()
    if form.is_valid():
        code = form.cleaned_data["code"]
        device = factors.finish_enrolment(
            person=person, device_id=device.id, code=code, is_first=is_first, now=clock.now()
        )
        if device.confirmed:
            del request.session[ENROLLING]
        else:
            form.add_error("code", _wrong(factors.wait_s([device], now=clock.now())))
    return device, form


def seed_shown(device: SealedTOTPDevice, person: User) -> dict[str, str]:
    """The seed as an authenticator app reads it: a QR code, and base32 in groups of four."""
    return shown_seed(device.seed(), account=person.email, issuer=settings.OTP_TOTP_ISSUER)


def _person(request: HttpRequest) -> Any:
    return request.user if request.user.is_authenticated else None


def _enrolling(request: HttpRequest, person: User) -> SealedTOTPDevice | None:
    device_id = request.session.get(ENROLLING)
    if device_id is None:
        return None
    return SealedTOTPDevice.objects.filter(user=person, confirmed=False, id=UUID(device_id)).first()


def _wrong(wait_s: float, *, by_backup_code: bool = False) -> str:
    why = "This backup code is not one of yours, or was used before."
    if not by_backup_code:
        why = "This code is not the present one, or was used before."
    if wait_s > 0:
        return f"{why} Wait {limits.in_words(wait_s)}, then try again."
    return why if by_backup_code else f"{why} Wait for the next one."
