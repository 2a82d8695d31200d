"""The forms that come with the product, and what a field may be. Pure.

A card's security code is not among the fields: nobody may read one (PCI DSS 3.3.1.2, 3.3.2).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, Self, get_args

from chat.models.secure_form import FOR_BROWSER, FormKind, Handling

MAX_FIELDS: Final = 8
MAX_LABEL: Final = 60

#: How a field is looked at in the visitor's browser: `chat/static/chat/forms/checks.js` has one check for each.
FieldType = Literal["text", "digits", "card", "expiry", "ssn", "iban", "routing", "date", "email"]
TYPES: Final[Mapping[str, str]] = {
    "text": "Text",
    "digits": "Digits only",
    "card": "Card number",
    "expiry": "Card expiry date",
    "ssn": "US social security number",
    "iban": "IBAN",
    "routing": "US routing number",
    "date": "Date",
    "email": "E-mail address",
}


class BadFieldError(ValueError):
    """It is no field of a form."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `most`: characters that it takes."""

    key: str
    label: str
    type: FieldType = "text"
    is_required: bool = True
    most: int = 80

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """Return a field as it is kept.

        Raises:
            BadFieldError: It is none.
        """
        try:
            field = cls(**kept)
        except TypeError:
            raise BadFieldError from None
        if (
            field.type not in get_args(FieldType)
            or not re.fullmatch(r"[a-z][a-z0-9_]{0,15}", field.key)
            or not 0 < len(field.label.strip()) <= MAX_LABEL
            or not 0 < field.most <= 200
        ):
            raise BadFieldError
        return field

    def kept(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked. `icon` is one of the product's."""

    kind: str
    name: str
    why: str
    icon: str
    fields: tuple[Field, ...]
    is_health: bool = False
    handling: Handling = Handling.VIEW

    @property
    def for_browser(self) -> bool:
        """Whether the browser that asks needs a key for it."""
        return self.handling in FOR_BROWSER

    def kept(self) -> list[dict[str, Any]]:
        """Return the fields as they are kept with a request."""
        return [field.kept() for field in self.fields]


SHIPPED: Final[Mapping[str, Form]] = {
    form.kind: form
    for form in (
        Form(
            FormKind.CARD, "Card details", "Number, expiry date and name; never the security code", "lock",
            (Field("number", "Card number", "card", most=23), Field("expiry", "Expiry date", "expiry", most=7),
             Field("name", "Name on the card")),
        ),
        Form(
            FormKind.SSN, "Social security number", "The whole number, once", "user",
            (Field("number", "Social security number", "ssn", most=11),),
        ),
        Form(
            FormKind.INSURANCE, "Health insurance", "Insurer, member number, group, date of birth", "shield-check",
            (Field("insurer", "Insurance company"), Field("member", "Member number", most=40),
             Field("group", "Group number", is_required=False, most=40), Field("born", "Date of birth", "date")),
            is_health=True,
        ),
        Form(
            FormKind.BANK, "Bank account", "IBAN, or routing and account number", "building-2",
            (Field("holder", "Account holder"), Field("iban", "IBAN", "iban", is_required=False, most=42),
             Field("routing", "Routing number", "routing", is_required=False, most=9),
             Field("account", "Account number", "digits", is_required=False, most=17)),
        ),
    )
}  # fmt: skip


def is_health(kind: str) -> bool:
    """Whether a form of a kind asks for health data."""
    form = SHIPPED.get(kind)
    return form is not None and form.is_health


def fields_of(kept: Sequence[Mapping[str, Any]]) -> tuple[Field, ...]:
    """Return the fields of a form as they are kept.

    Raises:
        BadFieldError: There is none, there are too many, two have one key, or one is no field.
    """
    fields = tuple(Field.of(each) for each in kept)
    if not 0 < len(fields) <= MAX_FIELDS or len({field.key for field in fields}) != len(fields):
        raise BadFieldError
    return fields
