"""Which rules scanned a text: an id, a hash of the declarative rules, versions of the detectors."""

import hashlib
import json
from typing import Final

from compliance.masking.lexicon import rulebook

#: Raise one of these whenever the detector's behaviour changes.
DETECTOR_VERSIONS: Final = {
    "track": 1,
    "card": 1,
    "cvv": 1,
    "pin": 1,
    "expiry": 1,
    "window": 1,
    "iban": 1,
    "ssn": 1,
    "phone": 1,
    "email": 1,
    "birth": 1,
    "secret": 1,
    "address": 1,
    "ip": 1,
    "name": 1,
    "fold": 1,
    "spelled": 1,
    "lookalike": 1,
}


def _rule_set() -> str:
    facts = [rulebook(), DETECTOR_VERSIONS]
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return f"{rulebook()['version']}+{digest[:16]}"


RULE_SET: Final = _rule_set()
