"""An organisation's own rules and exemptions. Compiled by RE2 only: linear whatever they say."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import re2

from compliance.masking.errors import RuleRefusedError

MAX_RULES: Final = 50
MAX_SOURCE_LENGTH: Final = 200
_MAX_MEMORY_BYTES: Final = 1 << 20


def _matches_nothing(pattern: Any, probe: str) -> bool:
    return any(match.start() == match.end() for match in pattern.finditer(probe))


@cache
def _compiled(source: str) -> Any:
    """The compiled pattern. RE2 has no types of its own."""
    if not 0 < len(source) <= MAX_SOURCE_LENGTH:
        raise RuleRefusedError(f"A pattern has 1 to {MAX_SOURCE_LENGTH} characters.")
    options = re2.Options()
    options.max_mem = _MAX_MEMORY_BYTES
    options.log_errors = False
    try:
        pattern = re2.compile(source, options)
    except re2.error:
        raise RuleRefusedError("This is not a regular expression that RE2 accepts.") from None
    if any(_matches_nothing(pattern, probe) for probe in ("", "a b", "1")):
        raise RuleRefusedError("A pattern may not match the empty text.")
    return pattern


@dataclass(frozen=True, slots=True)
class CustomRule:
    """A pattern whose matches are masked as `[name]`."""

    name: str
    source: str
    pattern: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not (self.name.isascii() and self.name.replace(" ", "").isalpha() and len(self.name) <= 30):
            raise RuleRefusedError("A rule's name is up to 30 plain letters and spaces.")
        object.__setattr__(self, "pattern", _compiled(self.source))


@dataclass(frozen=True, slots=True)
class ExemptPattern:
    """A pattern of the organisation's own ids, which are not masked as card numbers.

    It has to match the whole id with what is glued to it, as `^ORD[0-9]+$` does.
    """

    source: str
    pattern: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pattern = _compiled(self.source)
        if pattern.fullmatch("4111111111111111") or pattern.fullmatch("5555555555554444"):
            raise RuleRefusedError("An exempt pattern may not match a bare card number.")
        object.__setattr__(self, "pattern", pattern)


def check_sample(rule: CustomRule, sample: list[str], most: float = 0.2) -> None:
    """Refuse a rule that matches more than `most` of a sample of texts.

    Raises:
        RuleRefusedError: It does.
    """
    hits = sum(1 for text in sample if rule.pattern.search(text))
    if sample and hits / len(sample) > most:
        raise RuleRefusedError(f"The pattern matches {hits} of {len(sample)} sample texts.")
