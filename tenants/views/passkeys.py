"""Passkeys, for `passkeys.js`: each act is two posts of JSON, one for the challenge and one with its answer."""

import json
from typing import Any, Final

import django_otp
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from helpdesk.core import clock
from tenants import challenges, factor_mail, fresh_factor, limits, relying_party
from tenants.actions.factors import NoEnrolmentError
from tenants.actions.passkeys import CopiedPasskeyError, add_passkey, take_passkey
from tenants.challenges import NoChallengeError
from tenants.forms.accounts import FactorNameForm
from tenants.http import signed_in
from tenants.limits import TooManyTriesError
from tenants.models import Passkey, User
from tenants.relying_party import BadPasskeyError
from tenants.sign_in import begin_session, complete_session, landing_after, safe_next
from tenants.whereabouts import refusal_anywhere

REFUSED: Final = "This passkey was not accepted. Please try again, or use another way."
COPIED: Final = "This passkey was refused: it looks like a copy. We have sent you a mail about it. Use another way."
TOO_LATE: Final = "That took too long, or was done in another tab. Please try again."
NOT_NOW: Final = "A second factor was set up elsewhere meanwhile, or there are enough. Load the page again."
SIGN_IN: Final = "sign-in"
CREATE: Final = "create"
CONFIRM: Final = "confirm"


@require_POST
def sign_in_options(request: HttpRequest) -> JsonResponse:
    """Give a challenge to sign in by: to a person whose password was given, or to nobody yet."""
    person = _person(request)
    try:
        if person is None:
            limits.take(limits.CHALLENGES_ASKED, limits.origin_of(request))
    except TooManyTriesError as why:
        return _told(str(why), 429)
    return _challenge(request, SIGN_IN, *relying_party.request_options(person))


@require_POST
def sign_in(request: HttpRequest) -> JsonResponse:
    """Sign in by a passkey: as the second step, or as the whole, since the device has verified the person."""
    person = _person(request)
    next_page = landing_after(request)
    passkey = _taken(request, SIGN_IN, person)
    if not isinstance(passkey, Passkey):
        return passkey
    if person is None:
        begin_session(request, passkey.user)
    complete_session(request, passkey)
    return JsonResponse({"next": next_page})


@require_POST
def create_options(request: HttpRequest) -> JsonResponse:
    """Give a challenge to make a passkey by: at the first sign-in, or after a factor given just now."""
    person = _person(request)
    if person is None or not _may_create(request):
        return _refused(person)
    return _challenge(request, CREATE, *relying_party.creation_options(person))


@require_POST
def create(request: HttpRequest) -> JsonResponse:
    """Keep a new passkey, under the name that the person gave it."""
    person = _person(request)
    if person is None or not _may_create(request):
        return _refused(person)
    form = FactorNameForm({"name": _body(request).get("name") or "Passkey"})
    if not form.is_valid():
        return _told(str(form.errors["name"][0]), 422)
    made = _made(request, person, form.cleaned_data["name"])
    if not isinstance(made, Passkey):
        return made
    if not signed_in(request):
        complete_session(request, made)
        return JsonResponse({"next": codes_after(request)})
    factor_mail.changed(person, factor_mail.ADDED_PASSKEY)
    # The device has verified the person just now, so the session stands on the better factor from here on.
    django_otp.login(request, made)
    return JsonResponse({"next": safe_next(request) or reverse("accounts:security")})


@require_POST
def confirm_options(request: HttpRequest) -> JsonResponse:
    """Give a challenge to confirm by that it is the person who signed in."""
    if not signed_in(request):
        return _told(fresh_factor.MISSING, 403)
    return _challenge(request, CONFIRM, *relying_party.request_options(_person(request)))


@require_POST
def confirm(request: HttpRequest) -> JsonResponse:
    """Let a passkey be the factor given just now."""
    if not signed_in(request):
        return _told(fresh_factor.MISSING, 403)
    passkey = _taken(request, CONFIRM, _person(request))
    if not isinstance(passkey, Passkey):
        return passkey
    fresh_factor.mark(request, passkey, now=clock.now())
    django_otp.login(request, passkey)
    return JsonResponse({"told": "Thank you. That counts for five minutes.", "next": safe_next(request)})


def _refused(person: User | None) -> JsonResponse:
    return _told(fresh_factor.MISSING, 401 if person is None else 403)


def codes_after(request: HttpRequest) -> str:
    """Return the page of backup codes, which leads on to the page asked for."""
    target = safe_next(request)
    return reverse("accounts:backup_codes") + (f"?{urlencode({'next': target})}" if target else "")


def _made(request: HttpRequest, person: User, name: str) -> Passkey | JsonResponse:
    try:
        return add_passkey(
            person=person,
            challenge=challenges.spend(request, CREATE, now=clock.now()),
            answer=_body(request).get("credential"),
            name=name,
            is_first=not signed_in(request),
            now=clock.now(),
        )
    except NoChallengeError:
        return _told(TOO_LATE, 409)
    except NoEnrolmentError:
        return _told(NOT_NOW, 409)
    except BadPasskeyError:
        return _told(REFUSED, 422)


def _taken(request: HttpRequest, purpose: str, person: User | None) -> Passkey | JsonResponse:
    origin = limits.origin_of(request)
    try:
        limits.take(limits.PASSKEYS_FAILED, origin)
        challenge = challenges.spend(request, purpose, now=clock.now())
        passkey = take_passkey(
            person=person, challenge=challenge, answer=_body(request).get("credential"), now=clock.now()
        )
    except TooManyTriesError as why:
        return _told(str(why), 429)
    except NoChallengeError:
        return _told(TOO_LATE, 409)
    except BadPasskeyError as why:
        return _told(COPIED if isinstance(why, CopiedPasskeyError) else REFUSED, 422)
    limits.give_back(limits.PASSKEYS_FAILED, origin)
    return passkey


def _may_create(request: HttpRequest) -> bool:
    # Whether a first one may be made by password alone, `add_passkey` sees under a lock.
    if not signed_in(request):
        return True
    now, person = clock.now(), _person(request)
    is_fresh = fresh_factor.fresh_until(request, now=now) is not None
    return is_fresh and person is not None and refusal_anywhere(request, person, now=now) is None


def _challenge(request: HttpRequest, purpose: str, options: dict[str, Any], challenge: str) -> JsonResponse:
    challenges.issue(request, purpose, challenge, now=clock.now())
    return JsonResponse(options)


def _person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}


def _told(detail: str, status: int) -> JsonResponse:
    return JsonResponse({"detail": detail}, status=status)
