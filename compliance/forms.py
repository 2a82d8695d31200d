"""Plain forms of the retention page."""

from typing import Any

from django import forms

from compliance.actions.retention import ModeWantsSpanError, require_span
from compliance.models import RecordClass
from compliance.retention import Chosen
from compliance.retention_table import MAX_KEEP_DAYS, MIN_KEEP_DAYS, RETENTION
from tenants.models import Tenant


class RetentionForm(forms.Form):
    """How many days each class of records is kept; an empty field makes no choice."""

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "keep_%s", **kwargs})
        self._tenant = tenant
        for record_class, rule in RETENTION.items():
            self.fields[record_class.value] = forms.IntegerField(
                label=f"Days after {rule.counted_from}",
                required=False,
                min_value=MIN_KEEP_DAYS,
                max_value=MAX_KEEP_DAYS,
                help_text=f"Empty: {rule.without}.",
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )

    def clean(self) -> dict[str, Any]:
        """Say in a field what a mode wants of it; what stands there already is let be."""
        for record_class in RETENTION:
            name = record_class.value
            if name in self.cleaned_data and name in self.changed_data:
                try:
                    require_span(self._tenant, record_class, self.cleaned_data[name])
                except ModeWantsSpanError as wants:
                    self.add_error(name, str(wants))
        return self.cleaned_data

    def wanted(self) -> Chosen:
        """Return the choice, by class."""
        return {
            record_class: self.cleaned_data[record_class.value]
            for record_class in RecordClass
            if self.cleaned_data.get(record_class.value) is not None
        }
