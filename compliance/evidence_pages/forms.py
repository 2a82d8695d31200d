"""Of which days evidence is asked for."""

from datetime import date, timedelta
from typing import Any

from django import forms

from compliance.actions.evidence import LONGEST

NOT_OVER = "Choose a day that is over (UTC): evidence of today would change."


def last_quarter(today: date) -> tuple[date, date]:
    """Return the first and last day of the quarter before today's."""
    begin = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    last = begin - timedelta(days=1)
    return date(last.year, last.month - 2, 1), last


class PeriodForm(forms.Form):
    """The first and the last day."""

    first_on = forms.DateField(label="From", widget=forms.DateInput({"type": "date"}))
    last_on = forms.DateField(label="To, included", widget=forms.DateInput({"type": "date"}))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.initial = dict(zip(("first_on", "last_on"), last_quarter(today), strict=True))
        for field in self.fields.values():
            field.widget.attrs["max"] = (today - timedelta(days=1)).isoformat()

    def clean_last_on(self) -> date:
        last: date = self.cleaned_data["last_on"]
        if last >= self.today:
            raise forms.ValidationError(NOT_OVER)
        return last

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = given.get("first_on"), given.get("last_on")
        if first and last and first > last:
            self.add_error("last_on", "This day is before the first.")
        elif first and last and last - first > LONGEST:
            self.add_error("first_on", f"Choose {LONGEST.days} days at most.")
        return given
