"""What one message contributes to a number sent in parts: its digits, and the words that let it be a part."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from compliance.masking.cards import CARD_WORD
from compliance.masking.findings import Context
from compliance.masking.fold import View, fold
from compliance.masking.lexicon import occurs, rulebook, words
from compliance.masking.placeholders import without_placeholders
from compliance.masking.spelled import spelled_view

#: Messages of one author that can make up one number, the new one included.
MESSAGES: Final = 6
#: A longer message is no part.
MAX_LENGTH: Final = 160

_CONNECTORS: Final = frozenset(rulebook()["connectors"]) | frozenset(rulebook()["filler"])
_WORD: Final = re.compile("[a-z']+")
_GROUP: Final = re.compile("[0-9]+")
#: "4012 1st", "1 sec", "4 more digits": no digits of the number.
_COUNTS: Final = re.compile(
    "(?<![0-9])(?:[1-6](?:st|nd|rd|th)|[0-9]{1,2}[ ]?(?:secs?|seconds?|mins?|minutes?|more|left|to go|moment|digits?"
    "|numbers?|groups?|parts?|blocks?))(?![a-z])"
)
_TRAILING: Final = re.compile(r"[0-9](?:[^0-9a-z\ue000]{0,3}[0-9])*[^0-9a-z]{0,3}$")
_LEADING: Final = re.compile(r"[^0-9a-z]{0,3}[0-9](?:[^0-9a-z\ue000]{0,3}[0-9])*")
SSN: Final = words("ssn", "ssn_short")
_NO_PART: Final = words("negative", "last_four")
_OTHER_ASK: Final = words("negative", "other_ask")
#: "And the next part?"
_GOES_ON: Final = re.compile(
    "(?<![a-z])(?:next|rest|parts?|digits?|more|remaining|continue|go on|half|blocks?|groups?|numbers?|last|first"
    "|second|third|fourth|then|left|end|complete|whole|full|all)(?![a-z])"
)
_NO_ANSWER: Final = frozenset(rulebook()["no_answer"])
_DATE_OR_PRICE: Final = re.compile(
    r"(?<![0-9.,])[0-9]{1,6}[.,][0-9]{2}(?![0-9.,])|(?<![0-9])[0-9]{1,2}[./-][0-9]{1,2}[./-](?:19|20)[0-9]{2}(?![0-9])"
)
_AMOUNT: Final = re.compile("[$€£%#@]|[0-9][.,][0-9]{2}(?![0-9])")
#: "1/4 4012", "2) 8888", "part 3: 1881".
MARKER: Final = re.compile(
    r"[^0-9a-z]{0,3}(?:(?:part|teil|parte|partie|deel)[ ]?[1-6][ ]?(?:/|of|von|de|di|sur|van)?[ ]?[2-6]?[).:\]-]?"
    r"|(?:the )?(?:first|last|next|second|third|fourth|other|final|ersten?|letzten?|nachsten?|premiers?|derniers?"
    r"|primer[oa]?s?|ultim[oa]s?|prim[ei]|eerste|laatste)"
    r"[ ][0-9]{1,2}(?:[ ](?:digits?|numbers?|ziffern|chiffres|digitos|cifre|cijfers))?[ ]?(?:[:=-]|are|is)"
    r"|[1-6](?:st|nd|rd|th|er|e|eme|o|a|\.)[ ]?[:.-]?|[1-6][ ]?(?:/|of|von|de|di|sur|van|out of)[ ]?[2-6][).:\]-]?"
    r"|[1-6][).:\]]{1,2}|(?<=#)[1-6][:.-]?)[ ]{1,3}(?=[^0-9a-z]*[0-9])"
)
#: A short message with a few other words may be a part, if none makes its number something else.
_MOST_STRANGE: Final = 3
_SHORT: Final = 60
_MIN_DIGITS: Final = 1
_MIN_OUTER: Final = 3


@dataclass(frozen=True, slots=True)
class Part:
    """The digits one message contributes."""

    index: int
    view: View
    spans: tuple[tuple[int, int], ...]
    digits: str
    #: Words beside the digits are more than connectors: only good as the first or last part.
    only_first: bool = False
    only_last: bool = False
    names_card: bool = False

    def groups(self) -> list[str]:
        """The digits between which something stands."""
        return [self.view.text[start:end] for start, end in self.spans]


#: "SIN first three": what says of a word that only a part of its number follows.
_OF_PART: Final = re.compile(
    r"[ ,:.-]{1,3}(?:(?:the|its|it's|is|el|la|le|les|die|de|os|as|i|gli|het)[ ])?"
    r"(?:first|starts?|starting|begins?|beginning|part|primer[oa]?s?|empieza|comienza|premiers?|commence|ersten?"
    r"|fangt|beginnt"
    r"|primeir[oa]s?|comeca|prim[ei]|inizia|eerste|begint)"
    r"(?:[ ,:.-]{1,3}(?:three|four|two|half|part|bit|few|one|digits?|numbers?|with|is|are|block|group|por|con|mitad"
    r"|par|moitie"
    r"|chiffres|mit|an|halfte|com|metade|meta|met|helft)){0,5}[ ,:.-]{1,3}$"
)


def without_part_words(lead: str) -> str:
    """What stands before the first part, without the words that say it is one: "SIN first three " reads "SIN "."""
    return _OF_PART.sub(" ", lead)


def part_of(index: int, text: str) -> Part | None:
    """What a message contributes, or None if it is no part of a number."""
    if len(text) > MAX_LENGTH:
        return None
    base = fold(without_placeholders(text))
    view = spelled_view(base) or base
    lower = view.text.lower()
    groups = [match.span() for match in _GROUP.finditer(lower) if not _COUNTS.match(lower, match.start())]
    marker = MARKER.match(lower)
    if marker:
        groups = [span for span in groups if span[0] >= marker.end()]
    digits = "".join(lower[start:end] for start, end in groups)
    if len(digits) < _MIN_DIGITS or _DATE_OR_PRICE.search(lower):
        return None
    strange = [word for word in _WORD.findall(lower) if word not in _CONNECTORS]
    names_card = occurs(CARD_WORD, lower)
    if len(digits) <= 24 and (not strange or _may_be_part(lower, strange, digits, names_card=names_card)):
        return Part(index, view, tuple(groups), digits, names_card=names_card)
    return _outer_part(index, view, lower, groups, names_card)


def _may_be_part(lower: str, strange: list[str], digits: str, *, names_card: bool) -> bool:
    """Few words beside the digits, and none that says what else they are: "two parts, 4111 1111"."""
    if len(strange) > _MOST_STRANGE or len(lower) > _SHORT or (len(digits) < _MIN_OUTER and not names_card):
        return False
    return _NO_ANSWER.isdisjoint(strange) and not (occurs(_NO_PART, lower) or _AMOUNT.search(lower))


def _outer_part(index: int, view: View, lower: str, groups: list[tuple[int, int]], names_card: bool) -> Part | None:
    """Digits at the end of a sentence about a card, or at the beginning of any."""
    trailing = _TRAILING.search(lower)
    if trailing and (names_card or occurs(SSN, lower) or _may_begin_card(lower, groups, trailing.start())):
        spans = tuple(span for span in groups if span[0] >= trailing.start())
        digits = "".join(lower[start:end] for start, end in spans)
        return Part(index, view, spans, digits, only_first=True, names_card=names_card)
    leading = _LEADING.match(lower)
    if leading:
        spans = tuple(span for span in groups if span[1] <= leading.end())
        digits = "".join(lower[start:end] for start, end in spans)
        if len(digits) >= 3:
            return Part(index, view, spans, digits, only_last=True, names_card=names_card)
    return None


def _may_begin_card(lower: str, groups: list[tuple[int, int]], start: int) -> bool:
    """Whether a sentence ends in as much of a card's number as people send at once, and says nothing else of it.

    What comes after must make it an issued and valid number. "I'll give it in parts: 4506 9769", in any language.
    """
    sizes = tuple(high - low for low, high in groups if low >= start)
    begins = sizes in _BEGINNINGS and lower[groups[-len(sizes)][0]] in "3456"
    begins = begins and _NO_ANSWER.isdisjoint(_WORD.findall(lower))
    # "Po kolei" is no purchase order.
    return begins and _SAYS_OTHER.search(lower.replace("po kolei", "kolei")) is None


_SAYS_OTHER: Final = words("negative", "last_four", "code_of")
#: Digits in the groups in which the first part of a card number comes.
_BEGINNINGS: Final = frozenset({(4, 4), (8,), (4, 4, 4), (12,), (4, 6)})


def earlier_parts(context: Context) -> Iterator[Part]:
    """Parts before the new message, newest first. Messages without digits in between are skipped."""
    own = [i for i, message in enumerate(context.previous) if message.by == context.by]
    yielded = 0
    for index in reversed(own):
        if _answers_something_else(index, context):
            continue
        part = part_of(index, context.previous[index].text)
        if part is not None and not part.only_last:
            yield part
            yielded += 1
            if part.only_first or yielded == MESSAGES - 1:
                return


def _answers_something_else(index: int, context: Context) -> bool:
    """Whether the message follows a question for another number: "which year?" - "1881"."""
    if index == 0 or context.previous[index - 1].by == context.by:
        return False
    question = fold(context.previous[index - 1].text).text.lower()
    if "?" not in question or _GOES_ON.search(question) or CARD_WORD.search(question):
        return False
    return _OTHER_ASK.search(question) is not None
