"""What people fill in about an incident."""

from typing import Any, Final
from uuid import UUID

from django import forms

from compliance.actions.incidents import MAX_NOTE, Verdict
from compliance.breach.regimes import LAWS, Risk
from compliance.incident_lines import MAX_LINE
from compliance.models import Decision, Incident
from tenants.models import Membership

LEAVE_OUT: Final = "Masked by every rule and sealed: leave out names and numbers."
MOST_PEOPLE: Final = 100_000_000
#: What was concerned, by the name that is kept.
DATA: Final = {
    "card": "Card numbers",
    "code": "Card codes, PINs or track data",
    "health": "Health information",
    "identity": "Identity numbers: social security, passport, tax",
    "bank": "Bank accounts",
    "contact": "Names, addresses, phone numbers",
    "credentials": "Passwords or keys",
    "words": "Other things visitors wrote",
}


def _words(label: str, required: str, *, most: int = MAX_LINE, rows: int = 3, hint: str = LEAVE_OUT) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=most,
        widget=forms.Textarea({"rows": rows, "autocomplete": "off"}),
        help_text=hint,
        error_messages={"required": required},
    )


def _moment(label: str, hint: str) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=hint,
        error_messages={"invalid": "That is no date and time."},
    )


class ReportForm(forms.Form):
    """What somebody has noticed."""

    text = _words("What have you noticed?", "Say what you have noticed: it is what others begin with.", rows=4)
    aware_at = _moment("When did you notice it?", "In UTC. Left empty: now. Deadlines count from then.")


class DecideForm(forms.Form):
    """Whether it is a breach, of what, for whom, and why."""

    decision = forms.ChoiceField(
        label="Is it a breach?",
        choices=[
            (Decision.BREACH, "Yes: somebody got, lost or could read what they should not"),
            (Decision.NONE, "No: nothing got to anybody, or it can be shown that nobody comes to harm"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether it is one."},
    )
    risk = forms.ChoiceField(
        label="How likely is harm to people?", choices=Risk.choices, widget=forms.RadioSelect,
        error_messages={"required": "Say how likely harm is: it decides who has to be told."},
    )  # fmt: skip
    people = forms.IntegerField(
        label="How many people, about?", min_value=0, max_value=MOST_PEOPLE, initial=0,
        help_text="HIPAA asks for more from 500 on.",
    )  # fmt: skip
    concerned = forms.MultipleChoiceField(
        label="What was concerned", choices=list(DATA.items()), required=False, widget=forms.CheckboxSelectMultiple
    )
    laws = forms.MultipleChoiceField(
        label="Whom it concerns, and by which rules",
        choices=list(LAWS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="For a breach, one at least. Each lets its deadlines run; it can be taken away later.",
    )
    aware_at = _moment("When did you come to know of it?", "In UTC. Left empty: when it was entered here.")
    reason = _words("Why", "Say why: an authority asks for the reasons too (GDPR 33(5), 45 CFR 164.414(b)).", rows=4)

    def __init__(self, *args: Any, incident: Incident, **kwargs: Any) -> None:
        known = incident.verdict or {}
        initial = {name: known[name] for name in ("risk", "people", "laws") if name in known}
        initial |= {"decision": incident.decision, "aware_at": incident.aware_at, "concerned": known.get("data", [])}
        super().__init__(*args, **{"initial": initial, "auto_id": "decide_%s", **kwargs})

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("decision") == Decision.BREACH and not given.get("laws"):
            self.add_error("laws", "Choose at least one: a breach concerns somebody.")
        return given

    def verdict(self) -> Verdict:
        """Return what was decided."""
        given = self.cleaned_data
        return Verdict(
            Decision(given["decision"]), Risk(given["risk"]), given["laws"], given["concerned"], given["people"],
            given["reason"], given["aware_at"],
        )  # fmt: skip


class RemarkForm(forms.Form):
    """One more line."""

    text = _words("What was found or done", "Say what was found or done.", rows=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "remark_%s", **kwargs})


class TaskForm(forms.Form):
    """Something to be done."""

    text = _words("What has to be done", "Say what has to be done.", rows=2)
    assignee = forms.TypedChoiceField(label="By whom", required=False, coerce=UUID, empty_value=None)
    due_on = forms.DateField(label="By when", required=False, widget=forms.DateInput({"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "task_%s", **kwargs})
        members = Membership.objects.filter(is_active=True, user__is_active=True).order_by("user__name", "id")
        people = [(str(one), name) for one, name in members.values_list("id", "user__name")]
        self.fields["assignee"].choices = [("", "Nobody yet"), *people]  # type: ignore[attr-defined]


class CloseForm(forms.Form):
    """What was found and done, and why something may be left open."""

    note = forms.CharField(
        label="What was found, and what was done",
        max_length=MAX_NOTE,
        widget=forms.Textarea({"rows": 3, "autocomplete": "off"}),
        help_text="Kept with the incident, masked by every rule and sealed: leave out names and numbers.",
        error_messages={"required": "Say how the data came there and what was done: an auditor asks for it."},
    )
    left_open = _words("Why what is still open may be left", "Say why.", rows=2)

    def __init__(self, *args: Any, open_ends: int, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "close_%s", **kwargs})
        if not open_ends:
            del self.fields["left_open"]
        else:
            self.fields["left_open"].required = False
