"""The forms of data subject requests: one that is taken down, and each step about one."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from django import forms

from chat.actions.request_handling import STATED
from chat.models import Contact
from compliance import request_queue
from compliance.models import (
    ExtensionReason,
    RefusalReason,
    RequestKind,
    RequestRegime,
    SubjectRequest,
)
from compliance.models.subject_request import MAX_NOTE

HINT: Final = "Masked by every rule and sealed: leave out names and numbers."


def note_field(label: str, *, required: bool, hint: str = HINT) -> forms.CharField:
    return forms.CharField(
        label=label, required=required, max_length=MAX_NOTE, help_text=hint,
        widget=forms.Textarea({"rows": 3, "autocomplete": "off"}),
        error_messages={"required": "Say it in a sentence: the register is read when somebody complains."},
    )  # fmt: skip


def day_field(label: str, hint: str = "") -> forms.DateField:
    return forms.DateField(label=label, help_text=hint, widget=forms.DateInput({"type": "date"}))


class _OfferedField(forms.ChoiceField):
    """One of what was offered; the view looks whether it is one of those whom the address leads to."""

    def validate(self, value: Any) -> None:
        forms.Field.validate(self, value)


class NewRequestForm(forms.Form):
    """What somebody asks, under which law, and who they are."""

    wanted = forms.CharField(
        label="Their e-mail address or telephone number", max_length=320,
        help_text="Whole, as it is known in a chat. It is looked for, and kept nowhere.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "dir": "auto"}),
    )  # fmt: skip
    contact = _OfferedField(label="Which visitor", required=False, widget=forms.RadioSelect)
    is_unknown = forms.BooleanField(label="Register it, though nobody is known by that", required=False)
    kind = forms.ChoiceField(label="What they ask", choices=RequestKind.choices, widget=forms.RadioSelect)
    regime = forms.ChoiceField(label="Under which law", choices=RequestRegime.choices)
    received_on = day_field("Received on", "The term counts from this day.")
    note = note_field("How it came, and what exactly is asked", required=False)

    def __init__(self, *args: Any, is_known: bool, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "request_%s", "initial": {"received_on": today}, **kwargs})
        self.is_offering = False
        if is_known:
            for name in ("wanted", "contact", "is_unknown"):
                del self.fields[name]

    def offer(self, contacts: Sequence[Contact]) -> None:
        """Let one of several be chosen."""
        said = [(str(one.id), f"{one}, known since {one.created_at:%-d %B %Y}") for one in contacts]
        self.fields["contact"].choices = said  # type: ignore[attr-defined]
        self.is_offering = True


class _StepForm(forms.Form):
    """A step about one request."""

    prefix_id = "step"

    def __init__(self, one: SubjectRequest, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{self.prefix_id}_%s", **kwargs})
        self.prepare(one, now)

    def prepare(self, one: SubjectRequest, now: datetime) -> None:
        """Fill in what hangs on the request."""


class IdentityForm(_StepForm):
    prefix_id = "know"
    how = forms.ChoiceField(
        label="Who asks is the visitor", choices=[(each.value, each.label) for each in STATED], widget=forms.RadioSelect
    )
    note = note_field("How that was looked at", required=True)


class AssignForm(_StepForm):
    prefix_id = "assign"
    assignee = forms.ChoiceField(label="Handled by", required=False)

    def prepare(self, one: SubjectRequest, now: datetime) -> None:
        rows = [(str(each.id), each.user.name) for each in request_queue.handlers()]
        self.fields["assignee"].choices = [("", "Nobody yet"), *rows]  # type: ignore[attr-defined]
        self.fields["assignee"].initial = str(one.assignee_id or "")


class ExtendForm(_StepForm):
    prefix_id = "extend"
    why = forms.ChoiceField(label="Why", choices=ExtensionReason.choices, widget=forms.RadioSelect)
    told_on = day_field("They were told so, and why, on")


class NoteForm(_StepForm):
    prefix_id = "note"
    note = note_field("Note", required=True)


class AnswerForm(_StepForm):
    prefix_id = "answer"
    note = note_field("What was done, and how they were told", required=True)
    confirm = forms.BooleanField(
        label="Erase everything of this visitor, for good",
        error_messages={"required": "Tick this: it cannot be taken back."},
    )

    def prepare(self, one: SubjectRequest, now: datetime) -> None:
        if one.kind != RequestKind.ERASURE or one.contact_id is None:
            del self.fields["confirm"]


class RefuseForm(_StepForm):
    prefix_id = "refuse"
    refused_for = forms.ChoiceField(label="Because", choices=RefusalReason.choices)
    note = note_field("What they were told", required=False)


class SendBackForm(_StepForm):
    prefix_id = "send_back"
    note = note_field("Why not", required=False)


class LiftForm(_StepForm):
    prefix_id = "lift"
    note = note_field("Why, and how they were told", required=True)


STEP_FORMS: Final[Mapping[str, Callable[..., forms.Form]]] = {
    "know": IdentityForm,
    "assign": AssignForm,
    "extend": ExtendForm,
    "note": NoteForm,
    "answer": AnswerForm,
    "refuse": RefuseForm,
    "send_back": SendBackForm,
    "lift": LiftForm,
}
