"""Which rules scanned a text: an id, a hash of the declarative rules, versions of the detectors."""

import hashlib
import json
from typing import Final

from compliance.masking.lexicon import rulebook

#: Raise one of these whenever the detector's behaviour changes.
DETECTOR_VERSIONS: Final = {
    "track": 2,
    "card": 3,
    "cvv": 4,
    "card-talk": 1,
    "spaced": 1,
    "tables": 1,
    "pin": 4,
    "expiry": 3,
    "window": 4,
    "iban": 2,
    "ssn": 2,
    "phone": 2,
    "email": 3,
    "birth": 3,
    "secret": 3,
    "address": 3,
    "ip": 3,
    "name": 1,
    "fold": 2,
    "spelled": 4,
    "lookalike": 3,
    "misspelt": 2,
    "transcript": 1,
    "keys": 1,
    "rules": 5,
    "context": 4,
}


def _rule_set() -> str:
    facts = [rulebook(), DETECTOR_VERSIONS]
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return f"{rulebook()['version']}+{digest[:16]}"


RULE_SET: Final = _rule_set()
