"""Fields that several forms share."""

import unicodedata
from typing import Any, Final

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from tenants.addresses import MAX_LENGTH, BadAddressError, normal_email
from tenants.models import User
from tenants.text_checks import HoldsSensitiveDataError, check_readable

PASSWORD_MAX_LENGTH: Final = 256
CODE_MAX_LENGTH: Final = 200
PASSWORD_HINT: Final = "At least 12 characters. A few unrelated words make a good one."  # noqa: S105 (a hint)


def readable(text: str) -> str:
    """Return a text that is to be kept readable, if it may be.

    Raises:
        ValidationError: It holds a card number or the like, or nobody could look just now.
    """
    try:
        check_readable(text)
    except HoldsSensitiveDataError:
        why = "This looks like it holds a card number, an ID number or a password. Please leave that out."
        raise ValidationError(why, code="sensitive") from None
    except Exception:  # noqa: BLE001 (not looked at is not passed)
        raise ValidationError(
            "We could not check this just now. Please try again in a moment.", code="unchecked"
        ) from None
    return text


class EmailField(forms.CharField):
    """An e-mail address, in the form addresses are kept in."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"autocomplete": "username", "inputmode": "email", "spellcheck": "false", "autocapitalize": "none"}
        widget = forms.EmailInput(attrs=attrs)
        super().__init__(**{"label": "Work e-mail", "max_length": MAX_LENGTH, "widget": widget, **kwargs})

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            address = normal_email(text) if text else ""
        except BadAddressError:
            raise ValidationError("This is not a full e-mail address.", code="invalid") from None
        return readable(address)


class NameField(forms.CharField):
    """A name for people: one line, and nothing that a mail program would turn into a link."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 80, **kwargs})

    def clean(self, value: Any) -> str:
        text = " ".join(unicodedata.normalize("NFC", super().clean(value)).split())
        if any(unicodedata.category(letter) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} for letter in text):
            raise ValidationError("This holds characters that cannot be shown.", code="invalid")
        if "://" in text or "www." in text.lower() or set(text) & set("<>"):
            raise ValidationError("A name cannot hold a web address or angle brackets.", code="invalid")
        return readable(text)


class PasswordField(forms.CharField):
    """A password; never shown again, never trimmed."""

    def __init__(self, *, is_new: bool = False, **kwargs: Any) -> None:
        attrs = {"autocomplete": "new-password" if is_new else "current-password"}
        hint = {"help_text": PASSWORD_HINT} if is_new else {}
        widget = forms.PasswordInput(attrs=attrs)
        shape = {"label": "Password", "max_length": PASSWORD_MAX_LENGTH, "strip": False, "widget": widget}
        super().__init__(**{**shape, **hint, **kwargs})


class MailedCodeField(forms.CharField):
    """The token of a mailed link: put in by the page's script, or pasted by hand, with or without its address."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none", "data-fragment": ""}
        shape = {
            "label": "Code from the mail",
            "help_text": "Filled in by the link in the mail. Otherwise paste the link or what follows its # sign.",
            "max_length": CODE_MAX_LENGTH,
            "widget": forms.TextInput(attrs=attrs),
        }
        super().__init__(**{**shape, **kwargs})

    def clean(self, value: Any) -> str:
        return str(super().clean(value)).rpartition("#")[2].strip()


def check_new_password(form: forms.Form, *, email: str, name: str = "") -> None:
    """Put what is wrong with a new password next to its field."""
    if not (password := form.cleaned_data.get("password")):
        return
    try:
        validate_password(password, User(email=email, name=name))
    except ValidationError as error:
        form.add_error("password", error)
