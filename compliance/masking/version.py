"""Which rules scanned a text: an id, a hash of the declarative rules, versions of the detectors."""

import hashlib
import json
from typing import Final

from compliance.masking.lexicon import rulebook

#: Raise one of these whenever the detector's behaviour changes.
DETECTOR_VERSIONS: Final = {
    "track": 1,
    "card": 2,
    "cvv": 2,
    "pin": 2,
    "expiry": 2,
    "window": 2,
    "iban": 2,
    "ssn": 2,
    "phone": 2,
    "email": 2,
    "birth": 2,
    "secret": 2,
    "address": 2,
    "ip": 2,
    "name": 1,
    "fold": 1,
    "spelled": 2,
    "lookalike": 2,
    "misspelt": 1,
    "transcript": 1,
    "keys": 1,
    "rules": 3,
    "context": 2,
}


def _rule_set() -> str:
    facts = [rulebook(), DETECTOR_VERSIONS]
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return f"{rulebook()['version']}+{digest[:16]}"


RULE_SET: Final = _rule_set()
