"""How a message's text is laid out on a page: plain stretches, and chips where something was hidden."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# The twin of HIDDEN_NAMES in static/chat/shared/composer.js; a test holds them equal.
HIDDEN_NAMES: Final = {
    "CARD": "a card number",
    "CVV": "a card security code",
    "PIN": "a PIN",
    "TRACK": "card stripe data",
    "EXPIRY": "a card expiry date",
    "IBAN": "a bank account number",
    "BANKACCT": "a bank account number",
    "SSN": "a social security number",
    "ITIN": "a tax number",
    "EIN": "a tax number",
    "SIN": "a social insurance number",
    "NHS": "a health service number",
    "NINO": "a national insurance number",
    "PASSPORT": "a passport number",
    "DRIVERLICENSE": "a driving licence number",
    "MRN": "a medical record number",
    "HEALTHPLAN": "a health plan number",
    "DOB": "a date of birth",
    "PHONE": "a phone number",
    "EMAIL": "an e-mail address",
    "ADDRESS": "an address",
    "NAME": "a name",
    "IP": "an IP address",
    "SECRET": "a password or key",
}
HIDDEN_OTHERWISE: Final = "a private detail"


class Span(Protocol):
    """Where something was hidden: code points into the masked text, half-open."""

    @property
    def entity(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


class Masked(Protocol):
    """A message's text with what was hidden in it."""

    @property
    def text(self) -> str: ...
    @property
    def findings(self) -> Iterable[Span]: ...


@dataclass(frozen=True)
class Segment:
    """A stretch of a message; `hidden` names what stood there, or is empty for plain text."""

    text: str
    hidden: str = ""


@register.filter
def hidden_name(entity: str) -> str:
    """Name what was hidden, with its article, as it reads within a sentence."""
    return HIDDEN_NAMES.get(entity, HIDDEN_OTHERWISE)


@register.filter
def segments(message: Masked | None) -> list[Segment]:
    """Cut a message's text at its findings; a blank message has no segments."""
    return list(_cut(message)) if message else []


@register.simple_tag
def masked_chip(text: str, hidden: str) -> SafeString:
    """Draw what stands where something was hidden, without the space at the end that a file brings into a text."""
    return mark_safe(render_to_string("chat/_masked.html", {"text": text, "hidden": hidden}).strip())  # noqa: S308


def _cut(message: Masked) -> Iterator[Segment]:
    done = 0
    for span in sorted(message.findings, key=lambda span: span.start):
        if span.start < done or not span.start < span.end <= len(message.text):
            continue
        if span.start > done:
            yield Segment(message.text[done : span.start])
        yield Segment(message.text[span.start : span.end].strip("[]"), hidden_name(span.entity))
        done = span.end
    if done < len(message.text):
        yield Segment(message.text[done:])
