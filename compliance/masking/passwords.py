"""Passwords that a sentence tells: "changed from Bluebell1963 to Bluebell1964", or in reply to talk of one.

Letters and digits in one word, and no product's name: "windows11".
"""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.findings import Candidate
from compliance.masking.lexicon import occurs, words
from compliance.masking.scan import Scan

_WORD: Final = words("secret")
_SHORT: Final = 80
_TRAILING: Final = ".,;:)]}>\"'`"
_LEAST: Final = 6
#: "From Bluebell1963 to Bluebell1964", "was Bluebell1963, now its Bluebell1964".
_CHANGED: Final = re.compile(
    r"(?:password|passwort|contrasena|mot de passe|senha|wachtwoord|pass"
    r"|pw)[^\n]{0,60}?(?<![a-z])(?:from ([^\s\ue000]{6,64}) to"
    r" ([^\s\ue000]{6,64})|(?:now|but now|and now) (?:it'?s|is|it is) ([^\s\ue000]{6,64}))"
)
#: What has a number in its name: "windows11".
_PRODUCT: Final = re.compile(
    "(?:windows|win|iphone|ipad|android|chrome|firefox|safari|edge|office|ios|macos|galaxy|pixel|version|error|build"
    "|ver|v|day|room"
    "|order|ticket|case|model|series|ps|xbox|tls|ipv)-?[0-9.]+[a-z]{0,3}",
    re.IGNORECASE,
)
#: "Don't tell me your password." - "ok but its Rover1999".
_STATED: Final = re.compile(
    r"(?<![a-z])(?:it'?s|it is|it was|tried|used|typed|put|use|using|entered|enter|try|is|es|c'est|ist|e)[ :]{1,2}"
    r"[\"']?([^\s\"'`<>\ue000]{6,64})"
)


class PasswordTalkDetector:
    """Passwords by what is said of them."""

    id = "password-talk"
    entities = ("SECRET",)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Passwords in one view."""
        for changed in _CHANGED.finditer(scan.lower) if scan.has(_WORD) else ():
            for group in (1, 2, 3):
                yield from _mixed(scan, *changed.span(group))
        if scan.context.previous and len(scan.text) <= _SHORT and occurs(_WORD, scan.recent):
            for stated in _STATED.finditer(scan.lower):
                yield from _mixed(scan, *stated.span(1))


def _mixed(scan: Scan, start: int, end: int) -> Iterator[Candidate]:
    value = scan.text[start:end].rstrip(_TRAILING) if start >= 0 else ""
    if len(value) >= _LEAST and _is_mixed(value):
        yield scan.candidate("SECRET", start, start + len(value), PasswordTalkDetector.id, 0.63)


def _is_mixed(value: str) -> bool:
    """Letters and digits, and no product's name."""
    return any(map(str.isdigit, value)) and any(map(str.isalpha, value)) and _PRODUCT.fullmatch(value) is None
