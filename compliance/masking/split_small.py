"""A code or PIN told in two or three messages: "my pin starts with 47", "and ends 09".

So few digits say nothing by themselves: one of the messages, or the question before them, must name what they are of,
and one must say that it is a part.
"""

import re
from dataclasses import dataclass
from typing import Final

from compliance.masking.findings import Context
from compliance.masking.fold import fold
from compliance.masking.lexicon import occurs, rulebook, words
from compliance.masking.numerals import VALUES
from compliance.masking.policy import MaskingPolicy
from compliance.masking.questions import FORBIDS
from compliance.masking.split_text import TextPart

_KINDS: Final = {"PIN": (words("pin"), range(4, 7)), "CVV": (words("cvv"), range(3, 5))}
_LONGEST: Final = 70
_ONE_WORD: Final = 7
_MOST_EARLIER: Final = 3
_MOST_STRANGE: Final = 2
_NUMBER: Final = re.compile("[0-9]+")
#: "First 2 digits", "1st", "(2)": how many, or which.
_COUNT: Final = re.compile(
    "(?<![0-9])[1-6](?:st|nd|rd|th)(?![a-z])|(?<![0-9])[1-6][ ](?:digits?|numbers?|nums?|more|of)(?![a-z])"
    "|(?<![a-z])(?:first|last|other|next|remaining|final)[ ][1-4](?=[ ,:])|(?<![a-z])(?:part|bit|number"
    "|no)[ ](?:[1-3][ ]?[:=-]|(?:one|two|three)(?![a-z]))"
    "|(?<![0-9])[1-3][ ]?/[ ]?[2-3](?![0-9])"
)
_PART: Final = re.compile(
    "(?<![a-z])(?:first|last|start(?:s|ing)?|begin(?:s|ning)?|ends?|then|half|rest|parts?|next|second|finally"
    "|followed|other"
    "|remaining|final|and|plus|primer[oa]s?|ultim[oaie]s?|empieza|comienza|luego|resto|mitad|termina|premiers?"
    "|derniers?|commence"
    "|puis|reste|finit|ersten?|letzten?|fangt|beginnt|dann|halfte|endet|primeir[oa]s?|comeca|depois|metade|acaba"
    "|prim[ei]|inizia|poi"
    "|meta|finisce|eerste|laatste|begint|daarna|eindigt|y|et|und)(?![a-z])"
)
_WORD: Final = re.compile("[a-z']+")
_FAMILIAR: Final = (
    frozenset(rulebook()["connectors"]) | frozenset(rulebook()["filler"]) | frozenset(rulebook()["links"])
)
_NO_PART: Final = words("negative")
_AMOUNT: Final = re.compile("[$€£%#@]|[0-9][.,:/][0-9]")


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    lower: str
    is_part: bool
    #: Nothing but the digits, or one in words.
    is_bare: bool = False
    digits: int = 0


def _piece(text: str) -> _Piece | None:
    """The few digits of a short message that says nothing else, or None."""
    folded = fold(text).text if len(text) <= _LONGEST else ""
    if not folded or len(folded) != len(text):
        return None
    lower = folded.lower()
    alone = lower.strip(" .,!")
    if (len(alone) == 1 and alone.isdigit()) or VALUES.get(alone, 10) < 10:
        at = lower.index(alone)
        return _Piece(at, at + len(alone), lower, is_part=False, is_bare=True, digits=1)
    counts = [match.span() for match in _COUNT.finditer(lower)]
    found = [m for m in _NUMBER.finditer(lower) if not any(low <= m.start() < high for low, high in counts)]
    if (
        len(found) != 1
        or len(found[0].group()) > 3
        or _AMOUNT.search(lower)
        or occurs(_NO_PART, _COUNT.sub(" ", lower))
    ):
        return None
    strange = [word for word in _WORD.findall(lower) if word not in _FAMILIAR and not _PART.fullmatch(word)]
    named = sum(occurs(word, lower) for word, _ in _KINDS.values())
    is_part = _PART.search(lower) is not None
    if len(strange) > (_MOST_STRANGE + named if is_part or named else 0):
        return None
    return _Piece(*found[0].span(), lower, is_part, is_bare=not strange)


def may_be_small_part(text: str) -> bool:
    """Whether a text may be a part of a code or PIN: cheap, and false for nearly everything."""
    return (len(text) <= _ONE_WORD or 0 < sum(map(str.isdigit, text)) <= 4) and _piece(text) is not None


def join_small(text: str, policy: MaskingPolicy, context: Context) -> tuple[str, list[TextPart]] | None:
    """The entity and the parts, oldest first, the new one last; or None."""
    del policy  # Codes and PINs are masked under every policy.
    last = _piece(text)
    if last is None:
        return None
    pieces = [(-1, last)]
    own = [index for index, message in enumerate(context.previous) if message.by == context.by]
    for index in reversed(own[-_MOST_EARLIER:]):
        earlier = context.previous[index].text
        piece = _piece(earlier) if "[" not in earlier else None
        if piece is None:
            return None
        pieces.insert(0, (index, piece))
        entity = _entity(pieces, context)
        if entity:
            return entity, [TextPart(at, piece.start, piece.end) for at, piece in pieces]
    return None


def _entity(pieces: list[tuple[int, _Piece]], context: Context) -> str | None:
    digits = sum(piece.digits or piece.end - piece.start for _, piece in pieces)
    said = "\n".join(piece.lower for _, piece in pieces)
    first = pieces[0][0]
    asked = fold(context.previous[first - 1].text).text.lower() if first > 0 else ""
    if first > 0 and context.previous[first - 1].by != context.by:
        said += "\n" + FORBIDS.sub(" ", asked)
    is_answer = first > 0 and context.previous[first - 1].by != context.by and all(piece.is_bare for _, piece in pieces)
    if not (is_answer or any(piece.is_part for _, piece in pieces)):
        return None
    named = (kind for kind, (word, lengths) in _KINDS.items() if digits in lengths and occurs(word, said))
    return next(named, None)
