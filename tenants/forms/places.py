"""The form of an organisation's address rule: for whom it holds, and its networks, one line each."""

from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from tenants.actions.places import MAX_NETWORKS, Proposal
from tenants.forms.fields import NameField
from tenants.places.networks import MAX_LENGTH, BadNetworkError, normal_network
from tenants.roles import Role

EVERYONE: Final = ("", "Everyone")
SPARE_LINES: Final = 3


class NetworkField(forms.CharField):
    """A network or an address, in the form it is kept in."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}
        shape = {"label": "Network or address", "max_length": MAX_LENGTH, "required": False}
        super().__init__(**{**shape, "widget": forms.TextInput(attrs), **kwargs})

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        try:
            return normal_network(text) if text else ""
        except BadNetworkError as why:
            raise ValidationError(str(why), code="invalid") from None


class NetworkForm(forms.Form):
    """One line. Without a network it is left out."""

    network = NetworkField()
    label = NameField(label="What it is", max_length=40, required=False)
    role = forms.ChoiceField(label="Open to", choices=[EVERYONE, *Role.choices], required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("label") and not cleaned.get("network") and "network" not in self.errors:
            self.add_error("network", "Which network is it?")
        return cleaned


class RuleForm(forms.Form):
    """Whether the rule is on, and for whom."""

    is_on = forms.BooleanField(label="People may come from these networks only", required=False)
    roles = forms.MultipleChoiceField(
        label="For whom",
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Others may come from anywhere.",
    )


NetworkFormSet: Final = forms.formset_factory(
    NetworkForm, extra=SPARE_LINES, max_num=MAX_NETWORKS, absolute_max=MAX_NETWORKS, validate_max=True
)


def proposal_of(rule: forms.Form, lines: Iterable[forms.Form]) -> Proposal:
    """Return the rule that two valid forms state; a network named twice for the same people counts once."""
    named = {
        (line.cleaned_data["network"], line.cleaned_data["role"]): line.cleaned_data["label"]
        for line in lines
        if line.cleaned_data.get("network")
    }
    cleaned = rule.cleaned_data
    return Proposal(cleaned["is_on"], frozenset(cleaned["roles"]), tuple(named), tuple(named.values()))
