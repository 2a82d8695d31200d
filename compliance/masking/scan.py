"""One text under examination: its view, what came before it, and what has been found so far."""

import re
from bisect import bisect_right
from functools import cached_property
from typing import Final

from compliance.masking.again import wanted_again
from compliance.masking.findings import Candidate, Context
from compliance.masking.fold import View, fold
from compliance.masking.gate import PatternSet
from compliance.masking.lexicon import GOES_ON, LINK, is_within, last_end, occurs, rulebook, words
from compliance.masking.placeholders import CARD_GIVEN
from compliance.masking.policy import MaskingPolicy
from compliance.masking.questions import (
    FORBIDS,
    HARMLESS,
    LEAST_ALIKE,
    OF_TIME,
    PRONOUN,
    SAYS,
    SENTENCE,
    SEVERAL,
    form_of,
    reading,
    shape_of,
)

_TOKEN: Final = re.compile(r"[a-z']+")
_FILLER: Final = frozenset(rulebook()["filler"])
_UNSURE: Final = frozenset(rulebook()["unsure"])
_NEGATIVE: Final = words("negative")
_CARD: Final = words("card")
_NOT_CARD: Final = words("not_card")
_NO_ANSWER: Final = frozenset(rulebook()["no_answer"])
#: Behind a word: its own value.
NEXT_VALUE: Final = re.compile(
    r"[ ]*(?:(?:is|no|number|code|was|id|es|est|ist|e|lautet|son|sind|sono)[ ]*)?[:=#]?[ ]*(?:[a-z]{0,4}-?)[0-9\ue000]"
)
WORD_BEFORE: Final = 45
WORD_AFTER: Final = 25
ASKED_MESSAGES: Final = 2
#: Messages over which a question waits for its answer.
_PATIENCE: Final = 6
_ANSWER_LENGTH: Final = 60
#: With what is left out of it.
_MOST_AROUND: Final = 240


def _is_inside_number(lower: str, word: re.Match[str]) -> bool:
    """ "9cc240" is of a number in base 16."""
    start, end = word.span(1)
    return start > 0 and end < len(lower) and lower[start - 1].isdigit() and lower[end].isdigit()


class Scan:
    """What a detector gets to see. Offsets in `found` are those of the text, not of the view."""

    def __init__(
        self,
        view: View,
        context: Context,
        policy: MaskingPolicy,
        *,
        is_guess: bool = False,
        holds_card: bool = False,
        known: "dict[str, float] | None" = None,
    ) -> None:
        self.view = view
        self.text = view.text
        lower = view.text.lower()
        self.lower = lower if len(lower) == len(view.text) else view.text
        self.context = context
        self.policy = policy
        #: Letters were read as digits: only a check or a word makes a number of them.
        self.is_guess = is_guess
        # By the id of a pattern, all of which live as long as the process: hashing one is slow.
        self._has: dict[int, bool] = {}
        self._asked_for: dict[int, bool] = {}
        #: A card has been masked in this very text.
        self.holds_card = holds_card
        #: What was found out about numbers of this text, for its other views and rounds; gone with it.
        self.known = {} if known is None else known
        self._found: dict[int, list[re.Match[str]]] = {}

    @cached_property
    def asked(self) -> str:
        """The last messages before this one, folded and in lower case, spelled right, one per line."""
        if not self.context.previous:
            return ""
        recent = self.context.previous[-self._asked_messages :]
        # A "security number" alone is a card's code.
        said = FORBIDS.sub(" ", "\n".join(map(reading, recent))).replace("social security", "social")
        again = wanted_again(self.context)
        return f"{said}\n{again}" if again else said

    @cached_property
    def card_words(self) -> list[tuple[int, int]]:
        """Where a word for a payment card stands, without those of other cards: "sim card"."""
        if not self.has(_CARD):
            return []
        found = [match.span(1) for match in _CARD.finditer(self.lower) if not _is_inside_number(self.lower, match)]
        others = [match.span(1) for match in _NOT_CARD.finditer(self.lower)] if self.has(_NOT_CARD) else []
        return [span for span in found if not is_within(span[0], others)]

    @cached_property
    def _asked_messages(self) -> int:
        """How far back a question counts: further over "hold on" and "found my glasses"."""
        furthest, latest = 0, ""
        for back, message in enumerate(reversed(self.context.previous[-_PATIENCE:]), start=1):
            if message.by != self.context.by:
                # "Yes, to verify you" asks nothing new; a question does.
                if furthest and "?" in latest:
                    break
                latest = latest if furthest else message.text
                furthest = back
            elif "[" in message.text or any(map(str.isdigit, message.text)):
                break
        return max(furthest, ASKED_MESSAGES)

    @cached_property
    def _question(self) -> str:
        """What the other party said last, if nobody spoke since."""
        last = self.context.previous[-1:]
        return self.asked.rpartition("\n")[2] if last and last[0].by != self.context.by else ""

    @cached_property
    def recent(self) -> str:
        """`asked`, and a mark if a card was given here or in one of the messages remembered."""
        if not self.context.previous:
            return CARD_GIVEN if self.holds_card else ""
        given = self.holds_card or any(CARD_GIVEN in message.text for message in self.context.previous)
        recent = self.asked + "\n" + CARD_GIVEN if given else self.asked
        # What nobody may ask for may be told all the same.
        return recent + "\n" + self._latest if FORBIDS.search(self._latest) else recent

    @cached_property
    def _latest(self) -> str:
        """What the other party said last, if nobody spoke since; folded, in lower case."""
        last = self.context.previous[-1:]
        return fold(last[0].text).text.lower() if last and last[0].by != self.context.by else ""

    @cached_property
    def _asks_for_several(self) -> bool:
        """Whether the other party asked for more than one thing, and for nothing harmless."""
        question = self._question
        return SEVERAL.search(question) is not None and HARMLESS.search(question) is None

    def candidate(
        self,
        entity: str,
        start: int,
        end: int,
        detector: str,
        score: float,
        last_four: str | None = None,
        *,
        is_unnamed: bool = False,
    ) -> Candidate:
        """A candidate for a span of the view."""
        first, last = self.view.original(start, end)
        return Candidate(entity, first, last, detector, score, last_four, is_unnamed)

    def has(self, pattern: re.Pattern[str] | PatternSet) -> bool:
        """Whether a word occurs anywhere: asked once, where a long text has thousands of numbers."""
        known = self._has.get(id(pattern))
        if known is None:
            known = self._has[id(pattern)] = occurs(pattern, self.lower)
        return known

    def found(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        """Where the words of a list stand: several detectors go by the same."""
        matches = self._found.get(id(pattern))
        if matches is None:
            matches = self._found[id(pattern)] = list(pattern.finditer(self.lower)) if self.has(pattern) else []
        return matches

    def last_found(self, pattern: re.Pattern[str], floor: int, start: int) -> int:
        """Where the last of these words in a part of the text ends, or -1."""
        matches = self.found(pattern)
        at = bisect_right(matches, start, key=lambda match: match.end(1)) - 1
        return matches[at].end(1) if at >= 0 and matches[at].start(1) >= floor else -1

    def word_before(
        self, pattern: re.Pattern[str], start: int, reach: int = WORD_BEFORE, against: re.Pattern[str] = _NEGATIVE
    ) -> bool:
        """Whether one of the words comes before `start`, and no word of `against` after it."""
        if not self.has(pattern):
            return False
        floor = max(0, start - reach)
        word = last_end(pattern, self.lower, floor, start)
        return word >= 0 and not (self.has(against) and last_end(against, self.lower, max(floor, word), start) >= 0)

    def negative_before(self, start: int, reach: int = WORD_BEFORE) -> bool:
        """Whether a word that makes the number something else comes before `start`."""
        return self.has(_NEGATIVE) and last_end(_NEGATIVE, self.lower, max(0, start - reach), start) >= 0

    def word_after(self, pattern: re.Pattern[str], end: int) -> bool:
        """Whether the text goes on like "… is my <word>"."""
        if not self.has(pattern):
            return False
        link = LINK.match(self.lower, end)
        at = link.end() if link else end
        if at == end and at < len(self.lower) and self.lower[at].isdigit():
            return False
        found = pattern.match(self.lower, at)
        if found is None or at - end > WORD_AFTER:
            return False
        # "12345, ssn: 987…": the word belongs to what follows it.
        rest = self.lower[found.end(1) : found.end(1) + 20]
        return NEXT_VALUE.match(rest) is None

    def was_asked(self, pattern: re.Pattern[str] | PatternSet) -> bool:
        """Whether one of the words occurs in the last messages before this one."""
        if not self.asked:
            return False
        known = self._asked_for.get(id(pattern))
        if known is None:
            known = self._asked_for[id(pattern)] = occurs(pattern, self.asked)
        return known

    def _around(self, start: int, end: int) -> str | None:
        """What else the text says, other values of the same form left out: "HK429392 and AB527548".

        None if it is more than an answer has.
        """
        if len(self.lower) - (end - start) > _MOST_AROUND:
            return None
        around = SAYS.sub(" ", self.lower[:start] + " " + self.lower[end:])
        if len(around) <= _ANSWER_LENGTH and end - start >= LEAST_ALIKE and any(map(str.isdigit, around)):
            return form_of(shape_of(self.lower[start:end])).sub(" ", around)
        return around

    def is_bare(self, start: int, end: int, most: int = 40) -> bool:
        """Whether the text is little but this value: an answer to a question."""
        around = self._around(start, end)
        if around is None or len(around) > most or any(map(str.isdigit, around)):
            return False
        return all(token in _FILLER for token in _TOKEN.findall(around))

    def is_answer(self, pattern: re.Pattern[str], start: int, end: int, most_words: int = 3) -> bool:
        """Whether this is what the other party asked for: bare, or with a name, but no other number.

        "What's the last name and date of birth?" - "smith 4/7/81".
        """
        if self.was_asked(pattern) and self.is_bare(start, end):
            return True
        if not self._question or not self.was_asked(pattern) or pattern.search(self._question) is None:
            return False
        if self.is_remark(start, end, most_words, alone=not self._asks_for_several):
            return True
        return not self._asks_for_several and self._begins_answer(start, end)

    def is_lone_reply(self, pattern: re.Pattern[str], start: int, end: int) -> bool:
        """Whether this is the one number of a short reply to a message that speaks of it: "i did, 0456, same error"."""
        if not self._latest or len(self.lower) - (end - start) >= _ANSWER_LENGTH:
            return False
        if any(map(str.isdigit, self.lower[:start] + self.lower[end:])):
            return False
        said = SENTENCE.split(self._latest.strip(" .!?"))[-1]
        if pattern.search(said) is None or OF_TIME.search(said):
            return False
        return GOES_ON.match(self.lower, end) is not None

    def _begins_answer(self, start: int, end: int) -> bool:
        """Whether the text begins with this and goes on with something else: "364 and hurry, I'm at work"."""
        before = self.lower[:start]
        if len(before) > _ANSWER_LENGTH or any(map(str.isdigit, before)) or GOES_ON.match(self.lower, end) is None:
            return False
        return all(token in _FILLER or token in _UNSURE for token in _TOKEN.findall(before))

    def is_unbidden(self, pattern: re.Pattern[str], start: int, end: int) -> bool:
        """Whether this is given although it was asked for not to be: "never share your PIN" - "oh but its 2531"."""
        if not self._latest or PRONOUN.search(self.lower, max(0, start - 20), start) is None:
            return False
        if len(self.lower) - (end - start) >= _ANSWER_LENGTH:
            return False
        around = self.lower[:start] + " " + self.lower[end:]
        if any(map(str.isdigit, around)):
            return False
        return pattern.search(self._latest) is not None and _NEGATIVE.search(around) is None

    def is_remark(self, start: int, end: int, most_words: int, *, alone: bool = True) -> bool:
        """Whether the text is this value with few words, none of which makes it something else."""
        around = self._around(start, end)
        if around is None or len(around) > _ANSWER_LENGTH or any(char in "$€£%#@" for char in around):
            return False
        if alone and any(map(str.isdigit, around)):
            return False
        strange = [token for token in _TOKEN.findall(around) if token not in _FILLER]
        return (
            len(strange) <= most_words
            and _NO_ANSWER.isdisjoint(strange)
            and _NEGATIVE.search(" ".join(strange)) is None
        )
