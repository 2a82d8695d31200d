"""A code of the second factor, given for one act: what can't be taken back asks for it beside the session's."""

from datetime import datetime
from typing import Any, Final

from django import forms

from tenants.actions.factors import WrongCodeError, check_code, factor_of
from tenants.limits import in_words
from tenants.models import User

WRONG: Final = "This code is not the present one, or was used before; each works once."


class FreshCodeField(forms.CharField):
    """The present code of the authenticator app."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code"})
        super().__init__(**{"label": "Code of your authenticator app", "max_length": 10, "widget": widget, **kwargs})


class FreshCodeForm(forms.Form):
    """Nothing but the code."""

    code = FreshCodeField()


def accept(form: forms.Form, person: User, *, now: datetime) -> bool:
    """Whether the form is in order and its code is the person's present one, used up by this; else it says why not."""
    if not form.is_valid():
        return False
    device = factor_of(person)
    try:
        if device is not None:
            check_code(device=device, code=form.cleaned_data["code"], now=now)
            return True
    except WrongCodeError as wrong:
        wait = f" It can be tried again in {in_words(wrong.wait_s)}." if wrong.wait_s else ""
        form.add_error("code", f"{WRONG}{wait}")
        return False
    form.add_error("code", WRONG)
    return False
