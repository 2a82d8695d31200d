"""Which incidents the list of the register shows."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.db.models import Exists, OuterRef, Q

from compliance.models import Decision, IncidentCause, IncidentClock, IncidentLine, IncidentState, LineKind

LIVE: Final = ~Q(state=IncidentState.CLOSED)


def _overdue(now: datetime) -> Q:
    """Not closed, and a deadline is over or the day of a task."""
    mine = {"incident_id": OuterRef("id"), "done_at": None}
    clocks = IncidentClock.objects.filter(**mine, due_at__lt=now)
    tasks = IncidentLine.objects.filter(**mine, kind=LineKind.TASK, due_on__lt=now.date())
    return LIVE & (Q(Exists(clocks)) | Q(Exists(tasks)))


#: States to choose from, by the name in the address: words, and what it looks for at an instant.
STATES: Final[Mapping[str, tuple[str, Callable[[datetime], Q]]]] = {
    "live": ("Not closed", lambda _: LIVE),
    "open": ("Open: nobody is at it", lambda _: Q(state=IncidentState.OPEN)),
    "seen": ("Acknowledged", lambda _: Q(state=IncidentState.ACKNOWLEDGED)),
    "undecided": ("To be decided on", lambda _: LIVE & Q(decision=Decision.OPEN)),
    "overdue": ("A deadline or a task is over", _overdue),
    "breach": ("A breach", lambda _: Q(decision=Decision.BREACH)),
    "closed": ("Closed", lambda _: Q(state=IncidentState.CLOSED)),
}


class RegisterForm(forms.Form):
    """The filters, as they stand in the address."""

    state = forms.ChoiceField(
        label="State", required=False, choices=[("", "Any"), *((name, words) for name, (words, _) in STATES.items())]
    )
    kind = forms.ChoiceField(label="Kind", required=False, choices=[("", "Any"), *IncidentCause.choices])
    since = forms.DateField(
        label="Opened since", required=False, widget=forms.DateInput({"type": "date"}),
        error_messages={"invalid": "That is no day."},
    )  # fmt: skip

    def wanted(self, *, now: datetime) -> Q:
        """Return what the valid form looks for."""
        given, found = self.cleaned_data, Q()
        if given["state"]:
            found &= STATES[given["state"]][1](now)
        if given["kind"]:
            found &= Q(cause=given["kind"])
        if given["since"]:
            found &= Q(opened_at__gte=datetime.combine(given["since"], time(), UTC))
        return found

    def query(self) -> str:
        """Return what is filled in as it stands in the address; nothing where it can't be used."""
        given: dict[str, Any] = self.cleaned_data if self.is_valid() else {}
        return urlencode({name: str(value) for name, value in given.items() if value})
