"""Which rules scanned a text: an id, a hash of the declarative rules, versions of the detectors."""

import hashlib
import json
from typing import Final

from compliance.masking.lexicon import rulebook

#: Raise one of these whenever the detector's behaviour changes.
DETECTOR_VERSIONS: Final = {
    "track": 3,
    "card": 3,
    "cvv": 5,
    "card-talk": 2,
    "spaced": 2,
    "tables": 2,
    "segments": 1,
    "one-time": 1,
    "security-answer": 1,
    "pin": 5,
    "expiry": 3,
    "window": 5,
    "iban": 2,
    "ssn": 3,
    "phone": 2,
    "email": 3,
    "birth": 4,
    "secret": 5,
    "address": 4,
    "ip": 3,
    "name": 1,
    "fold": 2,
    "spelled": 5,
    "lookalike": 4,
    "misspelt": 2,
    "transcript": 1,
    "keys": 1,
    "rules": 6,
    "context": 5,
    "told": 2,
    "code-place": 1,
    "letters": 1,
    "password-talk": 1,
    "alike": 1,
}


def _rule_set() -> str:
    facts = [rulebook(), DETECTOR_VERSIONS]
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return f"{rulebook()['version']}+{digest[:16]}"


RULE_SET: Final = _rule_set()
