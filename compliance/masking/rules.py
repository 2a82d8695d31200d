"""Detectors that are data: a pattern or a kind of value, a check, and words, from rules.json.

Each has two scores: `ok` for a value that passes its check (or has none), `bad` for one that fails.
A word for it adds 0.35, a word against it takes 0.4. So a value with a strong check needs no word,
one with a weak check does, and one that fails its check is still masked right after its word.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from compliance.masking.checks import named_check
from compliance.masking.findings import Candidate
from compliance.masking.lexicon import gate, rulebook, words
from compliance.masking.scan import Scan
from compliance.masking.stated import is_put_right, named_far
from compliance.masking.values import VALUE, is_prefix, stands_alone, trimmed

_WORD_BONUS: Final = 0.35
_NEGATIVE_MALUS: Final = 0.4
_NEEDS_WORD: Final = 0.6

_COMPACT: Final = re.compile("[^0-9a-z]+")
#: From the word to a value that only the word explains. Taking as much as can be had each time reaches furthest.
_DIRECT: Final = re.compile(r"(?>[^0-9a-z\ue000.!?\n]{0,6}[a-z°'-]*){0,6}+[^0-9a-z\ue000]{0,6}$")
#: "The SIN number on my T4 reads": a form's name is no other number.
_FORM: Final = re.compile("(?<![a-z0-9])(?:t[1-5]a?|w-?[2-9]|p(?:45|60|11d?|800)|1099|941|nr4|k-?1)(?![a-z0-9])")
_LEADERS: Final = re.compile(r"[._]{3,}")
#: Where a check has been passed, "CPF do cliente" is a word for it all the same.
_NOTHING: Final = re.compile("((?!))")
#: Where a value may begin: behind a sign, or a digit behind a letter.
_BEGIN: Final = re.compile("(?<![a-z0-9])[a-z0-9]|(?<=[a-z])[0-9]")
_LIST: Final = re.compile(
    r"[ ,;/&\n]*(?:and|or|y|o|et|ou|und|oder|e|en|of)?[ \n]*(?:(?:the )?(?:old|new|other|second) one )?$"
)
_LONGEST_LINK: Final = 60
_VALUE_REACH: Final = 70
_NEAR: Final = 12
_ANSWER_LENGTH: Final = 80
#: Words of everyday language as well: "sin duda 123456789" is no insurance number.
_HOMOGRAPHS: Final = frozenset(rulebook()["homographs"])
_BESIDE_HOMOGRAPHS: Final = (
    frozenset(rulebook()["filler"])
    | {
        "id",
        "num",
        "numero",
        "reg",
        "registration",
        "nummer",
        "de",
        "da",
        "do",
        "was",
        "del",
        "fils",
        "mari",
        "femme",
        "firmy",
        "firma",
        "empresa",
        "societe",
        "azienda",
        "faktury",
        "fatura",
        "factura",
        "facture",
        "rechnung",
        "'s",
        "bedrijf",
        "company",
        "card",
        "lost",
    }
) - {"of", "for", "a", "an"}
_WORDS: Final = re.compile("[a-z']+")


class RuleDetector:
    """One entry of rules.json."""

    def __init__(self, facts: dict[str, Any], shorthand: dict[str, str]) -> None:
        self.id: str = facts["id"]
        self.entity: str = facts["entity"]
        self.entities = (self.entity,)
        self.region: str | None = facts.get("region")
        self._ok: float = facts["ok"]
        self._bad: float = facts["bad"]
        self._check: str | None = facts.get("check")
        self._digits: int = facts.get("digits", 0)
        self._value: dict[str, int] | None = facts.get("value")
        self._words = words(*facts["words"])
        against = [name for name in ("negative", facts.get("against")) if name]
        self._against = words(*against)
        #: The check is strong enough for a word anywhere in the text: "put FR70467038303 on the invoice (TVA)".
        self._anywhere: bool = facts.get("anywhere", False)
        self._topic = words(facts["topic"]) if "topic" in facts else None
        source = facts.get("pattern", "")
        if "any_grouping" in facts:
            source = f"[0-9](?:<s>[0-9]){{{facts['any_grouping'] - 1}}}"
        for short, long in shorthand.items():
            source = source.replace(short, long)
        # In the middle of a number none begins: said here, it is not tried at every digit.
        self._pattern = re.compile(f"(?<![0-9])(?:{source})") if source else VALUE
        strong = self._ok >= _NEEDS_WORD
        #: For the RE2 set: the words, or for a rule that needs none its own pattern.
        self.gates = (facts.get("gate", source),) if strong else ()
        self.word_gate = gate(*facts["words"])

    def warm(self) -> None:
        """Load the check's module."""
        if self._check:
            named_check(self._check)("0")

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Values in one view."""
        if self._topic and not (scan.has(self._topic) or scan.was_asked(self._topic)):
            return
        values = self._named_values(scan) if self._value else self._pattern_values(scan)
        last_end = -1
        for start, end in values:
            score, is_named = self._score(scan, start, end, last_end)
            if score >= scan.policy.threshold(self.entity):
                last_end = end
                yield scan.candidate(self.entity, start, end, self.id, min(score, 1.0), is_unnamed=not is_named)

    def _pattern_values(self, scan: Scan) -> Iterator[tuple[int, int]]:
        at = 0
        while match := self._pattern.search(scan.lower, at):
            if stands_alone(scan.lower, match.start(), match.end(), self._words):
                yield match.span()
                at = match.end()
                continue
            # "mac 66 7c…" has a match from its "ac": go on where another may begin.
            begin = _BEGIN.search(scan.lower, match.start() + 1)
            if begin is None:
                return
            at = begin.start()

    def _named_values(self, scan: Scan) -> Iterator[tuple[int, int]]:
        """Values near a word only: the pattern alone says nothing."""
        value = self._value or {}
        seen = set()
        for low, high in self._near_words(scan):
            for match in VALUE.finditer(scan.lower, low, min(high, len(scan.lower))):
                span = trimmed(scan, match.start(), match.end(), value)
                if span and span not in seen and stands_alone(scan.lower, *span, self._words):
                    seen.add(span)
                    yield span

    def _near_words(self, scan: Scan) -> Iterator[tuple[int, int]]:
        """The parts of the text within reach of a word, between words."""
        found: list[tuple[int, int]] = []
        for match in self._words.finditer(scan.lower) if scan.has(self._words) else ():
            # In "mrn is MRN0045522" the second is of the number.
            again = (
                found
                and match.start(1) - found[-1][1] <= _NEAR
                and scan.lower[match.end(1) : match.end(1) + 1].isdigit()
            )
            if not (again or is_prefix(scan.lower, match)):
                found.append(match.span(1))
        before = 0
        reached = _ANSWER_LENGTH if scan.was_asked(self._words) else 0
        for start, end in [*found, (len(scan.lower) + _VALUE_REACH, 0)]:
            if start - _VALUE_REACH <= reached:
                yield before, start
            else:
                yield before, reached
                yield start - _VALUE_REACH, start
            before, reached = end, end + _VALUE_REACH

    def _score(self, scan: Scan, start: int, end: int, last_end: int) -> tuple[float, bool]:
        compact = _COMPACT.sub("", scan.lower[start:end])
        if self._digits and sum(map(str.isdigit, compact)) < self._digits:
            return 0.0, False
        passes = self._check is None or self._passes(scan, compact)
        score = self._ok if passes else self._bad
        against = _NOTHING if passes and self._check else self._against
        sure = passes and self._check is not None and compact != scan.lower[start:end].strip()
        sure = sure or (passes and self._check is not None and not compact.isdigit())
        if self._is_named(scan, start, end, last_end, against, sure=sure):
            return score + _WORD_BONUS, True
        if scan.is_guess:
            return 0.0, False
        if self._anywhere and passes and scan.has(self._words) and not scan.negative_before(start, 25):
            return score + _WORD_BONUS, True
        return (score - _NEGATIVE_MALUS if scan.negative_before(start, 25) else score), False

    def _passes(self, scan: Scan, compact: str) -> bool:
        """Whether a value passes the check; asked once of a text that has it in several views and rounds."""
        key = f"{self._check} {compact}"
        known = scan.known.get(key)
        if known is None:
            known = scan.known[key] = float(named_check(self._check or "")(compact))
        return known > 0

    def _is_named(
        self, scan: Scan, start: int, end: int, last_end: int, against: re.Pattern[str], *, sure: bool
    ) -> bool:
        if 0 <= last_end <= start <= last_end + _LONGEST_LINK and _LIST.match(scan.lower[last_end:start]):
            return True
        if scan.word_before(self._words, start, against=against) and self._is_direct(scan, start, sure=sure):
            return True
        if scan.word_after(self._words, end):
            return not scan.negative_before(start, 20)
        far = named_far(scan, self._words, end)
        if far and far.group(1) not in _HOMOGRAPHS and not scan.negative_before(start, 20):
            return True
        if is_put_right(scan, self._words, start):
            return True
        return scan.is_answer(self._words, start, end)

    def _is_direct(self, scan: Scan, start: int, *, sure: bool) -> bool:
        """No other number and no new sentence between the word and the value.

        `sure`: letters and a check speak for the value, so a word of everyday language will do.
        """
        floor = max(0, start - _VALUE_REACH)
        last = None
        for match in self._words.finditer(scan.lower, floor, start):
            last = match
        if last is None:
            return False
        # "MRN ........ 1234567"; "USt-IdNr. ist DE123".
        if (
            not sure
            and last.group(1) in _HOMOGRAPHS
            and not all(word in _BESIDE_HOMOGRAPHS for word in _WORDS.findall(scan.lower, last.end(1), start))
        ):
            return False
        gap = _LEADERS.sub(" ", scan.lower[last.end(1) : start]).removeprefix(".")
        gap = _FORM.sub(" ", gap) if any(map(str.isdigit, gap)) else gap
        return _DIRECT.match(gap) is not None


def rule_detectors() -> tuple[RuleDetector, ...]:
    """All rules of rules.json."""
    book = rulebook()
    return tuple(RuleDetector(facts, book["shorthand"]) for facts in book["rules"])
