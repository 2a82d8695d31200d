"""Fields that several forms share."""

import json
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from tenants.addresses import MAX_LENGTH, BadAddressError, normal_email
from tenants.models import Tenant, User
from tenants.passwords.judging import look, rules_for, words_for
from tenants.passwords.rules import MAX_LENGTH as MAX_PASSWORD
from tenants.passwords.rules import Rules, Unmet
from tenants.text_checks import HoldsSensitiveDataError, check_readable

# Of what is typed; what is kept may have fewer characters, and a longer text is no password of ours.
TYPED_MAX_LENGTH: Final = 1024
CODE_MAX_LENGTH: Final = 200


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
    """A password; never shown again, never trimmed, never cut."""

    def __init__(self, *, is_new: bool = False, **kwargs: Any) -> None:
        attrs = {"autocomplete": "new-password" if is_new else "current-password"}
        shape = {
            "label": "Password",
            "max_length": TYPED_MAX_LENGTH,
            "strip": False,
            "widget": forms.PasswordInput(attrs=attrs),
            "error_messages": {"max_length": f"A password has at most {MAX_PASSWORD} characters."},
        }
        super().__init__(**{**shape, **kwargs})
        # The browser would cut what is pasted, and its owner would not know.
        self.widget.attrs.pop("maxlength", None)
        if is_new:
            self.hold_to(Rules())

    def hold_to(self, rules: Rules, words: Iterable[str] = ()) -> None:
        """Say on the page what will be asked: in words, and for the page's script."""
        self.help_text = password_hint(rules)
        told = {"length": rules.length, "letterAndDigit": rules.needs_letter_and_digit, "words": sorted(words)}
        self.widget.attrs["data-password-rules"] = json.dumps(told, ensure_ascii=False)


def password_hint(rules: Rules) -> str:
    """Say what is asked of a new password."""
    kinds = ", a letter and a digit among them" if rules.needs_letter_and_digit else ""
    return f"At least {rules.length} characters{kinds}. A few unrelated words make a good one."


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


def check_new_password(form: forms.Form, person: User, tenants: Sequence[Tenant] = ()) -> None:
    """Put what is wrong with a new password next to its field; the action judges once more, by all there is."""
    if password := form.cleaned_data.get("password"):
        refuse_password(form, look(password, person, tenants))


def refuse_password(form: forms.Form, unmet: Iterable[Unmet]) -> None:
    """Put the rules that a new password does not meet next to its field."""
    for rule in unmet:
        form.add_error("password", ValidationError(rule.text, code=rule.code))


def tell_rules(form: forms.Form, person: User, tenants: Sequence[Tenant]) -> None:
    """Show the rules of a person who is known."""
    field: Any = form.fields["password"]
    field.hold_to(rules_for(tenants), words_for(person, tenants))
