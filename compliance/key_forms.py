"""Forms of the page of keys."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from tenants import kms
from tenants.forms.fields import readable
from tenants.fresh_factor import FreshCodeField
from tenants.keyring.models import Purpose


class RotateForm(forms.Form):
    """Which key to turn."""

    purpose = forms.ChoiceField(choices=Purpose.choices)


class OwnKeyForm(forms.Form):
    """The name of the organisation's own key at its provider."""

    provider = forms.ChoiceField(choices=[("aws", "AWS KMS"), ("vault", "HashiCorp Vault Transit")])
    reference = forms.CharField(
        label="Key",
        max_length=200,
        help_text="The ARN of the key in AWS KMS, or mount/key of Vault's Transit engine.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    code = FreshCodeField(help_text="To connect. A test needs none.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "own_%s", **kwargs})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            kms.check_reference(cleaned.get("provider", ""), cleaned.get("reference", ""))
        except kms.BadReferenceError:
            if "reference" in cleaned:
                self.add_error("reference", "This names no key of that provider.")
        readable(str(cleaned.get("reference", "")))
        return cleaned


class CloseForm(forms.Form):
    """Typed confirmation and a present code of the second factor."""

    name = forms.CharField(
        label="Name of the organisation", max_length=80, widget=forms.TextInput({"autocomplete": "off"})
    )
    code = FreshCodeField()

    def __init__(self, *args: Any, organisation: str, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "close_%s", **kwargs})
        self._organisation = organisation
        self.fields["name"].help_text = f"Type “{organisation}” to confirm."

    def clean_name(self) -> str:
        if self.cleaned_data["name"].strip() != self._organisation:
            raise ValidationError("This is not the name of the organisation.")
        return self._organisation
