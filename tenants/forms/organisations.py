"""Forms of an organisation: its name, its people."""

from typing import Any

from django import forms
from django.conf import settings

from tenants.forms.fields import EmailField, NameField, PasswordField, check_new_password, readable, tell_rules
from tenants.models import Region, Tenant, User
from tenants.roles import Role
from tenants.slugs import MAX_LENGTH, BadSlugError, check_slug, suggest_slug


class OrganisationForm(forms.Form):
    name = NameField(
        label="Name of your organisation",
        help_text="Your visitors see it in the chat.",
        widget=forms.TextInput(attrs={"autocomplete": "organization", "data-slug-source": ""}),
    )
    slug = forms.CharField(
        label="Short name for addresses",
        help_text="Small letters, digits and hyphens, as in /o/acme-outdoor/. Leave it empty and we make one.",
        required=False,
        max_length=MAX_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "data-slug": ""}),
    )
    region = forms.ChoiceField(
        label="Where your data is kept",
        choices=Region.choices,
        initial=settings.REGION,
        help_text="It cannot be moved later without our help.",
    )

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"]).strip().lower()
        if not slug:
            return suggest_slug(self.cleaned_data.get("name", ""))
        try:
            check_slug(slug)
        except BadSlugError as error:
            raise forms.ValidationError(str(error), code="invalid") from None
        if Tenant.objects.filter(slug=slug).exists():
            raise forms.ValidationError(taken(self.cleaned_data.get("name") or slug), code="taken")
        return readable(slug)


def taken(name: str) -> str:
    """Say that a slug is taken, with one that is free."""
    return f"This short name is taken. “{suggest_slug(name)}” is free."


class InvitationForm(forms.Form):
    email = EmailField(label="Their work e-mail", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(choices=Role.choices, initial=Role.AGENT)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)


class JoinForm(forms.Form):
    """What a new person adds to an invitation; the address is that of the invitation."""

    name = NameField(label="Your name", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = PasswordField(is_new=True)

    def __init__(self, *args: Any, email: str, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email, self.tenant = email, tenant
        tell_rules(self, User(email=email), [tenant])

    def clean(self) -> dict[str, Any]:
        check_new_password(self, User(email=self.email, name=self.cleaned_data.get("name", "")), [self.tenant])
        return self.cleaned_data
