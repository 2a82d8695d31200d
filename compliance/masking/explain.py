"""Why a text was masked, or was not, step by step.

`explain` runs `mask` itself and watches it, so what it tells as masked is what `mask` does. What was not masked is
asked of the same detectors once more, under a policy that wants everything.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final

from compliance.masking.checks import named_check
from compliance.masking.detectors import plan_for, views_worth_making
from compliance.masking.engine import NotWanted, Round, found_in, mask, not_wanted
from compliance.masking.entities import ENTITIES
from compliance.masking.errors import DetectorFailedError
from compliance.masking.findings import Candidate, Context, MaskedText
from compliance.masking.fold import fold
from compliance.masking.issuers import is_issued, passes_luhn
from compliance.masking.lexicon import rulebook, words
from compliance.masking.placeholders import without_placeholders
from compliance.masking.policy import Level, MaskingPolicy
from compliance.masking.scan import WORD_AFTER, WORD_BEFORE, Scan

_NUMBER: Final = re.compile(r"[0-9](?:[ .,/-]?[0-9]){2,}")
_COMPACT: Final = re.compile("[^0-9a-z]+")
_CARD_LENGTHS: Final = range(12, 20)
MOST_NUMBERS: Final = 20
#: Where the words of an entity do not stand in a rule of rules.json.
_WORDS: Final = {
    "CARD": ("card",), "CVV": ("cvv",), "PIN": ("pin",), "EXPIRY": ("expiry",), "IBAN": ("iban", "bank"),
    "SSN": ("ssn",), "ITIN": ("itin",), "EMAIL": ("email",), "DOB": ("dob",), "SECRET": ("secret",),
    "PHONE": ("phone",), "ADDRESS": ("address",), "IP": ("ip",),
}  # fmt: skip


class Fate(StrEnum):
    """What became of something a detector believed in."""

    MASKED = "masked"
    TOO_LITTLE = "too_little"
    OFF = "off"
    REGION_OFF = "region_off"
    EXEMPT = "exempt"
    OVERLAPPED = "overlapped"
    PLACEHOLDER = "placeholder"


@dataclass(frozen=True, slots=True)
class Considered:
    """Something a detector believed in, in offsets of the text of its round.

    `passes` is None where the detector has no check digit to ask. `beaten_by` is the entity that took the place.
    """

    entity: str
    start: int
    end: int
    text: str
    detector: str
    score: float
    threshold: float
    fate: Fate
    words_for: tuple[str, ...] = ()
    words_against: tuple[str, ...] = ()
    check: str = ""
    passes: bool | None = None
    beaten_by: str = ""


@dataclass(frozen=True, slots=True)
class BareNumber:
    """A number that no detector believed in. `passes_luhn` and `is_issued` are None if it is no card's length."""

    text: str
    digits: int
    passes_luhn: bool | None
    is_issued: bool | None
    words_against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One round of the engine, the first or one that masked something: the text then, and what was considered."""

    text: str
    considered: tuple[Considered, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """`folded` is what the detectors read; `gate` names those let run on it, and the ways it was read besides."""

    masked: MaskedText
    folded: str
    is_folded: bool
    gate: tuple[str, ...]
    views: tuple[str, ...]
    steps: tuple[Step, ...]
    numbers: tuple[BareNumber, ...]


def explain(text: str, policy: MaskingPolicy, context: Context | None = None) -> Explanation:
    """Mask a text and tell why.

    Raises:
        DetectorFailedError: As `mask`.
    """
    context = context or Context()
    rounds: list[Round] = []
    masked = mask(text, policy, context, watch=rounds.append)
    read = fold(text).text
    scan = Scan(fold(without_placeholders(text)), context, policy)
    entries, views = plan_for(policy).active(scan), views_worth_making(scan.lower)
    steps = [Step(each.text, tuple(_told(each, policy))) for each in rounds] or [Step(text, ())]
    steps[0] = Step(text, (*steps[0].considered, *_left(scan, text, rounds, policy)))
    return Explanation(
        masked=masked,
        folded=read,
        is_folded=read != text,
        gate=tuple(dict.fromkeys(entry.detector.id for entry in entries)),
        views=tuple(view.__name__.removesuffix("_view") for view in views),
        steps=tuple(step for step in steps if step is steps[0] or _masks(step)),
        numbers=tuple(_bare_numbers(scan, steps[0].considered)),
    )


def _masks(step: Step) -> bool:
    return any(each.fate == Fate.MASKED for each in step.considered)


def _told(each: Round, policy: MaskingPolicy) -> Iterator[Considered]:
    """What a round considered, once each: a text read in two ways gives the same twice."""
    blanked = without_placeholders(each.text)
    seen = set()
    for candidate in sorted(each.found, key=lambda found: (found.start, -found.score)):
        key = (candidate.entity, candidate.start, candidate.end, candidate.detector)
        if key in seen or candidate.end <= candidate.start:
            continue
        seen.add(key)
        fate, beaten_by = _fate(each, candidate, policy, blanked)
        yield _considered(each.scan, each.text, candidate, policy, fate, beaten_by)


def _fate(each: Round, candidate: Candidate, policy: MaskingPolicy, blanked: str) -> tuple[Fate, str]:
    if candidate in each.chosen:
        return Fate.MASKED, ""
    reason = not_wanted(policy, candidate, each.text, blanked)
    if reason == NotWanted.SCORE:
        return (Fate.TOO_LITTLE if policy.is_on(candidate.entity) else Fate.OFF), ""
    if reason is not None:
        return Fate(reason.value), ""
    winners = [other for other in each.chosen if other.start < candidate.end and candidate.start < other.end]
    return Fate.OVERLAPPED, winners[0].entity if winners else ""


def _left(scan: Scan, text: str, rounds: Sequence[Round], policy: MaskingPolicy) -> list[Considered]:
    """What detectors would have found if the policy wanted everything."""
    eager = _eager()
    try:
        found = found_in(Scan(scan.view, scan.context, eager), plan_for(eager))
    except DetectorFailedError:
        return []
    known = [span for each in rounds[:1] for span in each.found]
    left: dict[tuple[str, int, int, str], Considered] = {}
    for candidate in found:
        is_known = any(
            other.entity == candidate.entity and other.start < candidate.end and candidate.start < other.end
            for other in known
        )
        if is_known or candidate.end <= candidate.start or candidate.score <= 0:
            continue
        fate = _fate_left(candidate, policy)
        key = (candidate.entity, candidate.start, candidate.end, candidate.detector)
        left.setdefault(key, _considered(scan, text, candidate, policy, fate, ""))
    return sorted(left.values(), key=lambda told: (told.start, -told.score))


def _fate_left(candidate: Candidate, policy: MaskingPolicy) -> Fate:
    if not policy.is_on(candidate.entity):
        return Fate.OFF
    region = _rules().get(candidate.detector, {}).get("region")
    return Fate.REGION_OFF if region is not None and region not in policy.regions else Fate.TOO_LITTLE


def _considered(
    scan: Scan, text: str, candidate: Candidate, policy: MaskingPolicy, fate: Fate, beaten_by: str
) -> Considered:
    start, end = candidate.start, candidate.end
    check = str(_rules().get(candidate.detector, {}).get("check", ""))
    value = fold(text[start:end]).text.lower()
    own = _words_of(candidate)
    around = fold(text[max(0, start - WORD_BEFORE) : start]).text.lower()
    behind = fold(text[end : end + WORD_AFTER]).text.lower()
    asked = scan.asked if scan.context.previous else ""
    return Considered(
        entity=candidate.entity,
        start=start,
        end=end,
        text=text[start:end],
        detector=candidate.detector,
        score=round(candidate.score, 2),
        threshold=policy.threshold(candidate.entity),
        fate=fate,
        words_for=_found_words(own, around, behind, asked) if own else (),
        words_against=_found_words(("negative",), around),
        check=check,
        passes=_passes(candidate, check, value),
        beaten_by=beaten_by,
    )


def _passes(candidate: Candidate, check: str, value: str) -> bool | None:
    if candidate.entity == "CARD":
        return passes_luhn("".join(char for char in value if char.isdigit()))
    return named_check(check)(_COMPACT.sub("", value)) if check else None


def _words_of(candidate: Candidate) -> tuple[str, ...]:
    rule = _rules().get(candidate.detector)
    return tuple(rule["words"]) if rule else _WORDS.get(candidate.entity, ())


def _found_words(names: tuple[str, ...], *texts: str) -> tuple[str, ...]:
    pattern = words(*names)
    return tuple(dict.fromkeys(match.group(1).strip() for text in texts for match in pattern.finditer(text)))


def _bare_numbers(scan: Scan, considered: Sequence[Considered]) -> Iterator[BareNumber]:
    """Numbers of three digits or more that nothing believed in."""
    count = 0
    for match in _NUMBER.finditer(scan.text):
        start, end = scan.view.original(*match.span())
        if count == MOST_NUMBERS:
            return
        if any(told.start < end and start < told.end for told in considered):
            continue
        count += 1
        digits = "".join(char for char in match.group() if char.isdigit())
        is_length = len(digits) in _CARD_LENGTHS
        yield BareNumber(
            text=match.group(),
            digits=len(digits),
            passes_luhn=passes_luhn(digits) if is_length else None,
            is_issued=is_issued(digits) if is_length else None,
            words_against=_found_words(("negative",), scan.lower[max(0, match.start() - WORD_BEFORE) : match.start()]),
        )


class _Eager(MaskingPolicy):
    """Wants whatever a detector believes in at all, in every region."""

    def threshold(self, entity: str) -> float:
        return 0.01


@cache
def _eager() -> MaskingPolicy:
    return _Eager("eager", dict.fromkeys(ENTITIES, Level.STRICT))


@cache
def _rules() -> dict[str, dict[str, Any]]:
    return {facts["id"]: facts for facts in rulebook()["rules"]}
