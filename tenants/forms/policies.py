"""The organisation's choices for how its people sign in."""

from collections.abc import Mapping
from typing import Any

from django import forms

from tenants.models import Tenant
from tenants.policies import effective
from tenants.policy_rows.row import Policy
from tenants.policy_table import POLICIES


class PoliciesForm(forms.Form):
    """One field for each setting that organisations choose, the values that a mode's floor rules out left away."""

    def __init__(self, tenant: Tenant, chosen: Mapping[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for policy in POLICIES.values():
            if policy.is_chosen:
                self.fields[policy.key] = _field(policy, tenant, chosen.get(policy.key))


def _field(policy: Policy, tenant: Tenant, chosen: str | None) -> forms.ChoiceField:
    in_force = effective(tenant, policy.key, chosen=chosen)
    least = policy.strictness(effective(tenant, policy.key, chosen=next(iter(policy.values))).value)
    values = [(value, words) for value, words in policy.values.items() if policy.strictness(value) >= least]
    field = forms.ChoiceField(label=policy.explanation, choices=values, initial=in_force.value)
    field.held = in_force  # type: ignore[attr-defined]  # what its template part shows
    return field
