"""What was given, was refused, and is therefore asked for once more: "That isn't right I'm afraid." - "then 5390??".

The value itself is gone; its placeholder tells what it was. A placeholder that somebody typed only adds masks.
"""

import re
from typing import Final

from compliance.masking.findings import Context
from compliance.masking.fold import fold

#: A word for each kind as it would be asked for.
_WORDS: Final = {
    "pin": "pin", "cvv": "cvv", "expiry": "expiry date", "ssn": "ssn", "itin": "itin", "ein": "ein",
    "sin": "sin number",
    "nhs number": "nhs number", "nino": "national insurance number", "passport": "passport number",
    "driver licence": "driver licence", "date of birth": "date of birth", "medical record": "mrn",
    "health plan": "medicare number", "bank account": "account number", "tax id": "tax id",
    "national id": "national id",
    "iban": "iban", "card": "card number", "phone": "phone number",
}  # fmt: skip
_GIVEN: Final = re.compile(rf"\[({'|'.join(_WORDS)})[\] ]")
#: Messages back within which it was given.
_PATIENCE: Final = 4
_REFUSED: Final = re.compile(
    "(?<![a-z])(?:not|isn't|isnt|doesn't|doesnt|didn't|didnt|don't|won't|can't|cannot|wrong|incorrect|invalid|again"
    "|mismatch"
    "|no match|another|re-?check|double.?check|once more|one more|failed|no es|incorrect[oa]|otra vez|no coincide|nuevo"
    "|pas|incorrecte?|faux|fausse|encore|invalide|nicht|falsch|noch ?mal|ungultig|errad[oa]|nao|invalid[oa]|novamente"
    "|sbagliat[oa]|non|errat[oa]|niet|onjuist|verkeerd|opnieuw)(?![a-z])"
)


def wanted_again(context: Context) -> str:
    """A word for each kind of value that was given lately and then refused by the other party; else nothing."""
    last = context.previous[-1:]
    if (
        not last
        or last[0].by == context.by
        or not any("[" in message.text for message in context.previous[-_PATIENCE:])
    ):
        return ""
    if not _REFUSED.search(fold(last[0].text).text.lower()):
        return ""
    own = next((m.text for m in reversed(context.previous[-_PATIENCE:]) if m.by == context.by and "[" in m.text), "")
    return " ".join(_WORDS[given] for given in _GIVEN.findall(own))
