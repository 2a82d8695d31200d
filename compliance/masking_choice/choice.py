"""What an organisation has chosen to mask: a value, checked where it is made and again where it is read.

Levels and region packs are bounded by the modes (`compliance.modes`), patterns by what is admitted here: own ids that
begin with a fixed prefix no card number has, and rules that leave everyday sentences alone.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, Self

from compliance.ingest import refuse_sensitive
from compliance.masking import CARD_CLASS, ENTITIES, Level, RuleRefusedError
from compliance.masking.custom import MAX_RULES, CustomRule, ExemptPattern
from compliance.masking.lookalike import LETTERS as PASS_FOR_DIGITS
from compliance.masking.policy import REGIONS
from tenants.text_checks import HoldsSensitiveDataError

logger = logging.getLogger(__name__)

MAX_EXEMPT: Final = 50
#: The fixed beginning: two characters or more, none of them made optional by what follows.
_PREFIX: Final = re.compile(r"\^(?P<fixed>[A-Za-z][A-Za-z/#_-]+)(?P<optional>[?*{]?)")
_MIN_PREFIX: Final = 2


@dataclass(frozen=True, slots=True)
class OwnRule:
    """A rule of the organisation's own; switched off it stays listed and masks nothing."""

    name: str
    pattern: str
    is_on: bool = True


class Stored(Protocol):
    """A row of `MaskingRevision`, as far as it is read here."""

    levels: Any
    regions_off: Any
    exempt: Any
    rules: Any


@dataclass(frozen=True, slots=True)
class MaskingChoice:
    """`levels` holds only what differs from the product's own level of an entity."""

    levels: Mapping[str, Level] = field(default_factory=dict)
    regions_off: frozenset[str] = frozenset()
    exempt: tuple[str, ...] = ()
    rules: tuple[OwnRule, ...] = ()

    @classmethod
    def of(cls, stored: Stored) -> Self:
        """Read a row. What could not have been stored by an action is left out: then more is masked, never less."""
        return cls(
            levels=dict(_levels(stored.levels)),
            regions_off=frozenset(name for name in _strings(stored.regions_off) if name in REGIONS),
            exempt=tuple(source for source in _strings(stored.exempt) if _is_admitted(source))[:MAX_EXEMPT],
            rules=tuple(_rules(stored.rules))[:MAX_RULES],
        )

    def stored(self) -> dict[str, Any]:
        """Return the fields of a row."""
        return {
            "levels": {entity: str(level) for entity, level in sorted(self.levels.items())},
            "regions_off": sorted(self.regions_off),
            "exempt": list(self.exempt),
            "rules": [{"name": rule.name, "pattern": rule.pattern, "on": rule.is_on} for rule in self.rules],
        }

    def rule(self, name: str) -> OwnRule | None:
        """Return the rule of that name."""
        return next((rule for rule in self.rules if rule.name == name), None)


def admit_exempt(source: str) -> ExemptPattern:
    """Return the pattern of an own id.

    It is anchored at both ends and begins with a fixed prefix that no card number begins with, not even one whose
    digits are written as letters: so it can never exempt a bare card number.

    Raises:
        RuleRefusedError: It is not such a pattern; the message says why.
    """
    _require_printable(source)
    _require_no_values(source.strip("^$"))
    prefix = _PREFIX.match(source)
    if prefix is None or not source.endswith("$") or source.endswith("\\$"):
        raise RuleRefusedError(
            "It has to be anchored and begin with fixed letters, as ^ORD-[0-9]+$ does: two characters or more."
        )
    fixed = prefix["fixed"][:-1] if prefix["optional"] else prefix["fixed"]
    if len(fixed) < _MIN_PREFIX:
        raise RuleRefusedError("The fixed beginning has to be two characters or more.")
    if all(char in PASS_FOR_DIGITS for char in fixed if char.isalpha()):
        raise RuleRefusedError(f"“{fixed}” can be read as digits; use a beginning with another letter.")
    if "|" in source or "(?" in source or "\\Q" in source:
        raise RuleRefusedError("Write one pattern for each form: no “|”, no “(?”, no “\\Q”.")
    return ExemptPattern(source)


def admit_rule(rule: OwnRule) -> CustomRule:
    """Return the rule as the engine takes it.

    Raises:
        RuleRefusedError: Its name or pattern is not acceptable; the message says why.
    """
    _require_printable(rule.pattern)
    _require_no_values(rule.name, rule.pattern)
    return CustomRule(rule.name, rule.pattern)


def _require_no_values(*sources: str) -> None:
    """Names and patterns are kept readable: a number that matters is no pattern for one."""
    try:
        for source in sources:
            refuse_sensitive(source)
    except HoldsSensitiveDataError:
        raise RuleRefusedError("It holds a card number, an ID number or the like. Write the shape instead.") from None


def _require_printable(source: str) -> None:
    if not source.isprintable():
        raise RuleRefusedError("A pattern is one line of printable characters.")


def _levels(stored: Any) -> Iterator[tuple[str, Level]]:
    if not isinstance(stored, Mapping):
        return
    for entity, level in stored.items():
        known = entity in ENTITIES and level in tuple(Level)
        if known and not (entity in CARD_CLASS and level == Level.OFF):
            yield entity, Level(level)


def _strings(stored: Any) -> Iterator[str]:
    if isinstance(stored, Sequence) and not isinstance(stored, str):
        yield from (value for value in stored if isinstance(value, str))


def _is_admitted(source: str) -> bool:
    try:
        admit_exempt(source)
    except RuleRefusedError:
        logger.error("a stored exempt pattern is not acceptable and is left out")
        return False
    return True


def _rules(stored: Any) -> Iterator[OwnRule]:
    entries: Iterable[Any] = stored if isinstance(stored, Sequence) and not isinstance(stored, str) else ()
    for entry in entries:
        if not isinstance(entry, Mapping):
            continue
        rule = OwnRule(str(entry.get("name", "")), str(entry.get("pattern", "")), entry.get("on") is not False)
        try:
            admit_rule(rule)
        except RuleRefusedError:
            logger.error("a stored rule is not acceptable and is left out")
        else:
            yield rule
