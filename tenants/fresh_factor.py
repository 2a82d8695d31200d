"""The second factor given just now: what can't be taken back asks for it beside the session's.

One mechanism for every such act. Any of the person's factors will do: a code of an authenticator app, a backup code
or a passkey. Then nothing is asked for in this session for five minutes.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django import forms
from django.http import HttpRequest

from tenants import factor_mail
from tenants.actions.factors import CodeDevice, WrongCodeError, check_code
from tenants.limits import in_words
from tenants.models import BackupCodes, Factor, User

FRESH: Final = timedelta(minutes=5)
STAMP: Final = "fresh_factor"
MISSING: Final = "Please confirm that it is you."
WRONG: Final = "This code is not the present one, or was used before; each works once."


class FreshCodeField(forms.CharField):
    """A code of any of the person's factors; left empty where one was given just now. Shown by `{% fresh_factor %}`."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput({"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "none"})
        shape = {"label": "Code of your authenticator app", "max_length": 32, "required": False, "widget": widget}
        super().__init__(**{**shape, **kwargs})


class FreshCodeForm(forms.Form):
    """Nothing but the code."""

    code = FreshCodeField()


def accept(form: forms.Form, request: HttpRequest, *, now: datetime) -> bool:
    """Whether the form is in order and a factor was given just now, in this session or with it; else it says why not.

    A code that is given is used up by this, and counts for the next five minutes.
    """
    if not form.is_valid():
        return False
    if fresh_until(request, now=now) is not None:
        return True
    person: Any = request.user
    if not (code := form.cleaned_data["code"]):
        form.add_error("code", MISSING)
        return False
    try:
        mark(request, give_code(person, code, now=now), now=now)
    except WrongCodeError as wrong:
        form.add_error("code", refusal(wrong))
        return False
    return True


def give_code(person: User, code: str, *, now: datetime) -> CodeDevice:
    """Accept a code once; whose backup code it was is told so by mail.

    Raises:
        WrongCodeError: It is not accepted.
    """
    device = check_code(person=person, code=code, now=now)
    if isinstance(device, BackupCodes):
        factor_mail.backup_code_used(person, left=device.left)
    return device


def mark(request: HttpRequest, factor: Factor, *, now: datetime) -> None:
    """Remember in the session that a factor was given, and which."""
    request.session[STAMP] = [now.timestamp(), factor.persistent_id]


def fresh_until(request: HttpRequest, *, now: datetime) -> datetime | None:
    """Return until when a factor given in this session counts; None where it does not, or a clock went back."""
    kept = request.session.get(STAMP)
    if not kept:
        return None
    given_at = datetime.fromtimestamp(kept[0], UTC)
    return given_at + FRESH if given_at <= now < given_at + FRESH else None


def given_factor(request: HttpRequest) -> str:
    """Return django-otp's name of the factor that was given last in this session, or an empty text."""
    kept = request.session.get(STAMP)
    return str(kept[1]) if kept else ""


def refusal(wrong: WrongCodeError) -> str:
    """Say that a code is not accepted, and when the next may be tried."""
    return f"{WRONG} It can be tried again in {in_words(wrong.wait_s)}." if wrong.wait_s else WRONG
