from django import forms

from tenants.forms.fields import readable
from tenants.origins import BadOriginError, normal_origin


class OriginForm(forms.Form):
    """A site on which the widget may run."""

    origin = forms.CharField(
        label="Address of your site",
        help_text="Such as https://www.example.com. Subdomains count as sites of their own.",
        max_length=500,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "placeholder": "https://"}),
    )

    def clean_origin(self) -> str:
        try:
            origin = normal_origin(self.cleaned_data["origin"])
        except BadOriginError as error:
            raise forms.ValidationError(str(error), code="invalid") from None
        return readable(origin)
