"""The second factor: enrolling it at the first sign-in, and giving its code at every one."""

import base64
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from helpdesk.core import clock
from tenants import limits
from tenants.actions import factors
from tenants.forms.accounts import FactorForm
from tenants.http import signed_in
from tenants.models import SealedTOTPDevice, User
from tenants.sign_in import complete_session, landing_after, safe_next, step_url
from tenants.views.pages import form_page, form_view, posted

TEMPLATE: Final = "registration/factor.html"
ENROL_TEMPLATE: Final = "registration/enrol.html"
ENROLLING: Final = "enrolling_device"


@form_view
def factor(request: HttpRequest) -> HttpResponse:
    """Ask for the present code of the person's authenticator app."""
    if signed_in(request):
        return redirect(landing_after(request))
    if not isinstance(person := _person(request), User):
        return redirect(step_url("accounts:sign_in", request))
    if (device := factors.factor_of(person)) is None:
        return redirect(step_url("accounts:enrol", request))
    form = FactorForm(posted(request))
    if form.is_valid():
        try:
            factors.check_code(device=device, code=form.cleaned_data["code"], now=clock.now())
        except factors.WrongCodeError as wrong:
            form.add_error("code", _wrong(wrong.wait_s))
        else:
            complete_session(request, device)
            return redirect(landing_after(request))
    return form_page(request, TEMPLATE, form, next=safe_next(request))


@form_view
def enrol(request: HttpRequest) -> HttpResponse:
    """Show a fresh seed as a picture and as text, and confirm it by a first code."""
    if signed_in(request):
        return redirect(landing_after(request))
    if not isinstance(person := _person(request), User):
        return redirect(step_url("accounts:sign_in", request))
    if factors.factor_of(person) is not None:
        return redirect(step_url("accounts:factor", request))
    form = FactorForm(posted(request))
    device = _enrolling(request, person)
    if device is None:
        # A seed belongs to the session that was shown it: another that saw it first could use it ever after.
        device, form = _begin(request, person), FactorForm()
    elif form.is_valid():
        code = form.cleaned_data["code"]
        device = factors.finish_enrolment(person=person, device_id=device.id, code=code, now=clock.now())
        if device.confirmed:
            del request.session[ENROLLING]
            complete_session(request, device)
            return redirect(landing_after(request))
        form.add_error("code", _wrong(factors.wait_s(device, now=clock.now())))
    return form_page(request, ENROL_TEMPLATE, form, next=safe_next(request), **_seed_shown(device, person))


def _person(request: HttpRequest) -> Any:
    return request.user if request.user.is_authenticated else None


def _enrolling(request: HttpRequest, person: User) -> SealedTOTPDevice | None:
    device_id = request.session.get(ENROLLING)
    if device_id is None:
        return None
    return SealedTOTPDevice.objects.filter(user=person, confirmed=False, id=UUID(device_id)).first()


def _begin(request: HttpRequest, person: User) -> SealedTOTPDevice:
    device = factors.begin_enrolment(person=person)
    request.session[ENROLLING] = str(device.id)
    return device


def _seed_shown(device: SealedTOTPDevice, person: User) -> dict[str, str]:
    """The seed as an authenticator app reads it: a QR code, and base32 in groups of four."""
    secret = base64.b32encode(device.seed()).decode().rstrip("=")
    issuer = settings.OTP_TOTP_ISSUER
    label = quote(f"{issuer}:{person.email}")
    address = f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer})}"
    picture = segno.make(address, error="m", micro=False).svg_data_uri(scale=5, border=3, light="#fff")
    grouped = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return {"qr": picture, "secret": secret, "grouped_secret": grouped, "otpauth": address}


def _wrong(wait_s: float) -> str:
    if wait_s > 0:
        return f"This code is not the present one, or was used before. Wait {limits.in_words(wait_s)}, then try again."
    return "This code is not the present one, or was used before. Wait for the next one."
