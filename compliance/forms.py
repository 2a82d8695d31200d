"""Plain forms of the retention page."""

from typing import Any, Final

from django import forms

from compliance.actions.retention import ModeWantsSpanError, require_span
from compliance.models import RecordClass
from compliance.retention import Chosen
from compliance.retention_table import MAX_KEEP_DAYS, MIN_KEEP_DAYS, RETENTION
from tenants.models import Tenant
from tenants.policies import in_force, is_weaker_than_held
from tenants.policy_names import AUDIT_KEPT
from tenants.policy_table import POLICIES

#: The field of how long audit entries are kept.
TRAIL: Final = "audit_trail"


def _trail_field(tenant: Tenant) -> forms.ChoiceField:
    """Offer what the modes that are on allow. Call it inside the tenant's scope."""
    policy, held = POLICIES[AUDIT_KEPT], in_force(tenant, AUDIT_KEPT)
    field = forms.ChoiceField(
        label="Kept for",
        help_text="A change holds from a day after it was saved on; until then it can be taken back.",
        choices=[(value, words) for value, words in policy.values.items() if not is_weaker_than_held(
            tenant, AUDIT_KEPT, value
        )],
        initial=held.value,
    )  # fmt: skip
    field.held = held  # type: ignore[attr-defined]  # what its template part shows
    return field


class RetentionForm(forms.Form):
    """How many days each class of records is kept; an empty field makes no choice. Inside the tenant's scope."""

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "keep_%s", **kwargs})
        self._tenant = tenant
        self.fields[TRAIL] = _trail_field(tenant)
        # A form without it leaves it as it is.
        self.fields[TRAIL].required = not self.is_bound or TRAIL in self.data
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

    def wanted_of_trail(self) -> str | None:
        """Return for how long audit entries are to be kept, if that is to change."""
        value = self.cleaned_data[TRAIL]
        return value if value and TRAIL in self.changed_data else None

    def wanted(self) -> Chosen:
        """Return the choice, by class."""
        return {
            record_class: self.cleaned_data[record_class.value]
            for record_class in RecordClass
            if self.cleaned_data.get(record_class.value) is not None
        }
