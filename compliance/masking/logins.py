"""Passwords that no word stands before, beside a word for signing in: "admin / Tiger@16x is the login"."""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.findings import Candidate
from compliance.masking.scan import Scan

GATE: Final = "log-?in|log(?:ged|ging)? o?i?n|sign(?:ed|ing)?[ -]?(?:in|on)"
#: "admin / Tiger@16x is the login": letters, digits and signs in one word, beside a word for signing in.
_LOGIN: Final = re.compile(
    r"(?<![a-z])(?:log-?ins?|log(?:ged|ging)? (?:in|on)|sign(?:ed|ing)?[ -]?(?:in|on)|credentials?|creds|pw"
    r"|pwd|pass-?words?|contrasena|senha|mot de passe|mdp|passwort|kennwort|wachtwoord|haslo|losenord)(?![a-z])"
)
_CHARACTERS: Final = "A-Za-z0-9!@#$%^&*_+=?~"
_MIXED: Final = re.compile(rf"(?<![^\s\"'(:/|,])(?![#@$])[{_CHARACTERS}]{{6,32}}(?![{_CHARACTERS}]|[./:-][A-Za-z0-9])")
_SIGNS: Final = frozenset("!@#$%^*~")
_LOGIN_REACH: Final = 60
_MOST_LOGINS: Final = 20


class LoginDetector:
    """Words of letters, digits and signs within reach of a word for signing in."""

    id = "login"
    entities = ("SECRET",)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Such words in one view."""
        found = [word.span() for word in _LOGIN.finditer(scan.lower)][:_MOST_LOGINS]
        for match in _MIXED.finditer(scan.text) if found else ():
            start, end = match.span()
            near = any(low - _LOGIN_REACH <= end and start <= high + _LOGIN_REACH for low, high in found)
            if near and _is_mixed(match.group()):
                yield scan.candidate("SECRET", start, end, self.id, 0.65)


def _is_mixed(value: str) -> bool:
    """Letters, digits and a sign; a mark of exclamation behind counts where there are small and capital letters."""
    inner = value.rstrip("!?")
    if not (any(map(str.isdigit, value)) and any(map(str.isalpha, value))):
        return False
    if not _SIGNS.isdisjoint(inner):
        return True
    return inner != value and any(map(str.islower, value)) and any(map(str.isupper, value))
