"""The steps of a mode as a person takes them: what is asked for, what is said when it was done or was not."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Literal

from django import forms

from compliance.actions import modes
from compliance.actions.reasons import MAX_REASON
from compliance.masking import MaskingError
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.policy_rows.row import MODES, Mode

Step = Literal["on", "off", "agree", "keep"]
STEPS: Final[dict[Step, str]] = {
    "on": "Switch {} on",
    "off": "Ask to switch {} off",
    "agree": "Agree to switch {} off",
    "keep": "Keep {} on",
}


class NotDoneError(Exception):
    """The step was not taken; its words say why."""


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        max_length=MAX_REASON,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text="Kept in the audit trail, masked: no names, no numbers.",
        error_messages={"required": "Say why: the reason is kept in the audit trail."},
    )


class OnForm(ReasonForm):
    """Why, and where the agreement lies that the mode supports."""

    agreement = forms.CharField(
        label="Where the agreement lies",
        max_length=MAX_REASON,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text="A folder or a name by which an auditor finds it. Kept masked: no names, no numbers.",
        error_messages={"required": "Say where it lies: an auditor asks for it."},
    )
    agreed_on = forms.DateField(
        label="Signed on",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "Say when it was signed."},
    )

    def clean_agreed_on(self) -> Any:
        day = self.cleaned_data["agreed_on"]
        if day > clock.now().date():
            raise forms.ValidationError("This day is still to come.")
        return day


class NothingForm(forms.Form):
    """A step that asks for nothing."""


def form_of(step: Step, data: Any = None, **kwargs: Any) -> forms.Form:
    """Return what a step asks for."""
    kinds: dict[Step, type[forms.Form]] = {"on": OnForm, "off": ReasonForm, "agree": NothingForm, "keep": NothingForm}
    return kinds[step](data, **kwargs)


def title_of(step: Step, mode: Mode) -> str:
    """Return the words of its button."""
    return STEPS[step].format(MODES[mode])


def take(step: Step, form: forms.Form, *, tenant: Tenant, mode: Mode, actor: Actor, now: datetime) -> str:
    """Take a step with a form in order; return what to say.

    Raises:
        NotPermittedError: The actor may not.
        NotDoneError: It was not taken.
    """
    try:
        return _TAKEN[step](form.cleaned_data, tenant=tenant, mode=mode, actor=actor, now=now)
    except modes.ModeError as refused:
        raise NotDoneError(_REFUSED[type(refused)]) from None
    except MaskingError:
        raise NotDoneError("What you wrote could not be checked just now. Please try again in a moment.") from None


def _on(given: dict[str, Any], *, mode: Mode, **who: Any) -> str:
    done = modes.switch_on(mode=mode, **given, **who)
    name = MODES[mode]
    return (
        f"{name} holds from now on. It is on once stored chats are scanned again." if done else f"{name} is on already."
    )


def _off(given: dict[str, Any], *, mode: Mode, **who: Any) -> str:
    asked = modes.ask_off(mode=mode, **given, **who)
    told = "Another person has to agree, then a day passes; until then it holds, and can be kept on."
    return f"Asked. {told}" if asked else f"It was asked already. {told}"


def _agree(_: dict[str, Any], *, mode: Mode, **who: Any) -> str:
    modes.agree_off(mode=mode, **who)
    return f"{MODES[mode]} ends in 24 hours. Until then it holds, and each owner can keep it on."


def _keep(_: dict[str, Any], *, mode: Mode, **who: Any) -> str:
    modes.keep_on(mode=mode, **who)
    return f"{MODES[mode]} is kept."


_TAKEN: Final[dict[Step, Callable[..., str]]] = {"on": _on, "off": _off, "agree": _agree, "keep": _keep}
_REFUSED: Final[dict[type[modes.ModeError], str]] = {
    modes.RequirementsMissingError: "Not switched on: it has to be decided first how long conversations are kept.",
    modes.NotInThatStateError: "Not done: somebody was quicker, or it is over. The page shows how it is now.",
    modes.OrganisationNotActiveError: "Not done: the organisation is suspended or closing.",
    modes.SamePersonError: "Not done: another person than the one who asked has to agree.",
    modes.OwnerNeededError: "Not done: an operator asked for it, so an owner has to agree.",
}
