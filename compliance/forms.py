"""Plain forms of the privacy page."""

from django import forms

from compliance.actions.retention import MAX_KEEP_DAYS, MIN_KEEP_DAYS


class RetentionForm(forms.Form):
    """How long conversations are kept."""

    keep_days = forms.IntegerField(
        label="Keep conversations for (days)",
        required=False,
        min_value=MIN_KEEP_DAYS,
        max_value=MAX_KEEP_DAYS,
        help_text="Counted from the last message or from when it was resolved. Leave empty to keep them.",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
