"""What stands in place of a masked value. Fixed points: the engine leaves placeholders alone.

A card keeps its last four digits (PCI DSS v4.0.1, 3.4.1 allows more, support needs no more), an IBAN
its country and last four, a phone number its last two. Codes, PINs and tracks keep nothing.
"""

import re
from typing import Final

from compliance.masking.findings import Candidate
from compliance.masking.fold import BARRIER, fold

_PLAIN: Final = {
    "CVV": "[cvv]",
    "EXPIRY": "[expiry]",
    "TRACK": "[track data]",
    "PIN": "[pin]",
    "BANKACCT": "[bank account]",
    "SSN": "[ssn]",
    "ITIN": "[itin]",
    "EIN": "[ein]",
    "SIN": "[sin]",
    "NHS": "[nhs number]",
    "NINO": "[nino]",
    "NATID": "[national id]",
    "TAXID": "[tax id]",
    "PASSPORT": "[passport]",
    "DRIVERLICENSE": "[driver licence]",
    "MRN": "[medical record]",
    "HEALTHPLAN": "[health plan]",
    "DOB": "[date of birth]",
    "EMAIL": "[email]",
    "ADDRESS": "[address]",
    "NAME": "[name]",
    "IP": "[ip]",
    "MAC": "[mac]",
    "IMEI": "[imei]",
    "VIN": "[vin]",
    "SECRET": "[secret]",
    "OTHER": "[masked]",
}
PLACEHOLDER: Final = re.compile(
    "|".join(re.escape(text) for text in _PLAIN.values())
    + r"|\[card •••• [0-9]{4}\]|\[iban [A-Z]{2} •• [0-9A-Z]{4}\]|\[phone •• [0-9]{2}\]"
    + r"|\[iban\]|\[masked: [A-Za-z ]{1,30}\]"
)
_SIGNS: Final = re.compile("[^0-9A-Z]+")
_NO_DIGITS: Final = re.compile("[^0-9]+")
#: How a card's placeholder begins. A typed look-alike only adds masks.
CARD_GIVEN: Final = "[card ••••"
CUSTOM_PREFIX: Final = "custom:"
#: Of a part of a number sent in parts, the last four are not the number's.
WINDOW: Final = "window"


def placeholder_for(candidate: Candidate, text: str) -> str:
    """The placeholder of a candidate found in `text`."""
    if candidate.entity == "CARD":
        return f"[card •••• {candidate.last_four}]"
    if candidate.detector.startswith(CUSTOM_PREFIX):
        return f"[masked: {candidate.detector.removeprefix(CUSTOM_PREFIX)}]"
    if candidate.entity in _PLAIN:
        return _PLAIN[candidate.entity]
    value = fold(text[candidate.start : candidate.end]).text.upper()
    if candidate.entity == "IBAN":
        compact = _SIGNS.sub("", value)
        if compact[:2].isdigit() or candidate.detector == WINDOW:
            return "[iban]"
        return f"[iban {compact[:2]} •• {compact[-4:]}]"
    digits = _NO_DIGITS.sub("", value)
    return f"[phone •• {digits[-2:]}]" if len(digits) >= 7 else "[phone •• 00]"


def without_placeholders(text: str) -> str:
    """The text with every placeholder blanked by characters that nothing matches; same length."""
    if BARRIER in text:
        text = text.replace(BARRIER, " ")
    if "[" not in text:
        return text
    return PLACEHOLDER.sub(lambda match: BARRIER * len(match.group()), text)
