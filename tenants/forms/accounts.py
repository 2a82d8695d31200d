"""Forms of a person's own account."""

from typing import Any

from django import forms

from tenants.forms.fields import (
    EmailField,
    MailedCodeField,
    NameField,
    PasswordField,
    check_new_password,
    tell_rules,
)
from tenants.fresh_factor import FreshCodeField
from tenants.models import Tenant, User
from tenants.models.backup_codes import looks_like_one


class SignUpForm(forms.Form):
    name = NameField(label="Your name", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = EmailField()
    password = PasswordField(is_new=True)

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        check_new_password(self, User(email=told.get("email", ""), name=told.get("name", "")))
        return told


class ChangeEmailForm(forms.Form):
    """Another address, the password, and a factor given just now."""

    email = EmailField(label="New work e-mail")
    password = PasswordField(label="Your password")
    code = FreshCodeField()


class ConfirmForm(forms.Form):
    code = MailedCodeField()
    password = PasswordField(help_text="The one you chose when you signed up.")


class ConfirmEmailForm(forms.Form):
    code = MailedCodeField()
    password = PasswordField(label="Your password", help_text="The one of the account that gets this address.")


class EmailForm(forms.Form):
    email = EmailField()


class CodeForm(forms.Form):
    code = MailedCodeField()


class ResetPasswordForm(forms.Form):
    code = MailedCodeField()
    password = PasswordField(is_new=True, label="New password")


class ChangePasswordForm(forms.Form):
    present = PasswordField(label="Present password")
    password = PasswordField(is_new=True, label="New password")

    def __init__(self, *args: Any, person: User, tenants: list[Tenant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person, self.tenants = person, tenants
        tell_rules(self, person, tenants)

    def clean(self) -> dict[str, Any]:
        check_new_password(self, self.person, self.tenants)
        return self.cleaned_data


class SignInForm(forms.Form):
    email = EmailField()
    password = PasswordField()


class FactorForm(forms.Form):
    code = forms.CharField(
        label="Six-digit code",
        help_text="From your authenticator app. A new one comes every 30 seconds; each works once.",
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )

    def clean_code(self) -> str:
        code = "".join(str(self.cleaned_data["code"]).split())
        if len(code) != 6 or not (code.isascii() and code.isdigit()):
            raise forms.ValidationError("The code has six digits.", code="invalid")
        return code


class BackupCodeForm(forms.Form):
    backup_code = forms.CharField(
        label="Backup code",
        help_text="Sixteen letters and digits, from the list you kept. Each works once.",
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_backup_code(self) -> str:
        code = str(self.cleaned_data["backup_code"])
        if not looks_like_one(code):
            raise forms.ValidationError("A backup code has sixteen letters and digits.", code="invalid")
        return code


class FactorNameForm(forms.Form):
    name = NameField(label="Name", max_length=64)


class PasswordForm(forms.Form):
    """The password of whoever is signed in already."""

    password = PasswordField()
