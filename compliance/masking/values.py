"""The form of a value that only its word explains: where it begins and ends, and what is no value at all."""

import re
from typing import Final

from compliance.masking.lexicon import is_plain, rulebook
from compliance.masking.scan import Scan

#: A chunk with a digit in it, and up to five of them close together.
_CHUNK: Final = "[a-z0-9]{0,12}[0-9][a-z0-9]{0,12}"
VALUE: Final = re.compile(
    f"(?<![a-z0-9])(?<![a-z]')(?:[a-z]{{1,4}}[-/ ]{{1,2}})?{_CHUNK}(?:[ ]?[ ./-][ ]?{_CHUNK}){{0,9}}"
)
_CHUNKS: Final = re.compile("[a-z0-9]+")
_YEAR: Final = re.compile("(?:19|20)[0-9]{2}")
_DAY: Final = "(?:0?[1-9]|[12][0-9]|3[01])"
_DATE: Final = re.compile(
    rf"{_DAY}[ ]?[/.-][ ]?(?:{_DAY}[ ]?[/.-][ ]?)?(?:[0-9]{{2}}|(?:19|20)[0-9]{{2}})"
    r"|(?:19|20)[0-9]{2}[ ]?[/.-][ ]?[0-9]{1,2}(?:[ ]?[/.-][ ]?[0-9]{1,2})?"
)
_AMOUNT: Final = re.compile("[0-9]{1,6}[.,][0-9]{2}")
_VOWELS: Final = frozenset("aeiou")
#: Short words that are not the letters a number begins with.
_NO_PREFIX: Final = (
    frozenset(rulebook()["filler"])
    | frozenset(rulebook()["connectors"])
    | frozenset(word for names in rulebook()["lexicon"].values() for word in names if word.isalpha())
    | {
        "id",
        "was",
        "nr",
        "ref",
        "are",
        "num",
        "est",
        "por",
        "para",
        "per",
        "to",
        "at",
        "with",
        "acc",
        "acct",
        "sort",
        "code",
        "book",
        "lic",
        "bsb",
        "blz",
        "bic",
        "dob",
        "due",
        "exp",
        "mob",
        "tel",
        "fax",
        "ph",
        "cell",
        "ifsc",
        "vat",
        "zip",
        "pin",
        "from",
        "ext",
        "age",
        "by",
        "until",
        "eh",
    }
)


def is_prefix(lower: str, word: re.Match[str]) -> bool:
    """Two letters glued to digits are the beginning of some id, not a word for one."""
    end = word.end(1)
    return end - word.start(1) < 3 and end < len(lower) and lower[end].isdigit()


def trimmed(scan: Scan, start: int, end: int, value: dict[str, int]) -> tuple[int, int] | None:
    """The span without chunks behind that make it too long, if what is left is enough."""
    lower = scan.lower
    if _DATE.fullmatch(lower, start, end):
        return None
    chunks = [match.span() for match in _CHUNKS.finditer(lower, start, end)]
    if chunks and _is_word(scan, *chunks[0]):
        chunks.pop(0)
    if chunks and any(form.fullmatch(lower, chunks[0][0], chunks[-1][1]) for form in (_DATE, _AMOUNT)):
        return None
    while chunks:
        size = sum(high - low for low, high in chunks)
        digits = sum(lower[i].isdigit() for low, high in chunks for i in range(low, high))
        if size <= value["max"]:
            if _YEAR.fullmatch("".join(char for char in lower[chunks[0][0] : chunks[-1][1]] if char.isdigit())):
                return None
            enough = size >= value["min"] and digits >= value["digits"]
            return (chunks[0][0], chunks[-1][1]) if enough else None
        if lower[chunks[0][0] : chunks[0][1]].isalpha() and len(chunks) > 1:
            chunks.pop(0)
        else:
            chunks.pop()
    return None


def _is_word(scan: Scan, start: int, end: int) -> bool:
    """Whether the chunk a value seems to begin with is a word before it: "fee 4512", "eh 728813"."""
    chunk = scan.lower[start:end]
    if chunk in _NO_PREFIX:
        return True
    is_apart = scan.lower.startswith(" ", end) and not scan.text[start:end].isupper()
    return is_apart and chunk.isalpha() and end - start > 2 and not _VOWELS.isdisjoint(chunk)


def stands_alone(lower: str, start: int, end: int, named: re.Pattern[str]) -> bool:
    """Not a part of a longer number or word, unless its word is glued to it."""
    if end < len(lower):
        after = lower[end]
        if is_plain(after) or (after in "-./:" and end + 1 < len(lower) and lower[end + 1].isdigit()):
            return False
    if start == 0:
        return True
    before = lower[start - 1]
    if before.isdigit() or before in "$€£":
        return False
    if is_plain(before):
        return any(
            match.end(1) == start
            and not is_prefix(lower, match)
            and not (match.start(1) and lower[match.start(1) - 1].isdigit())
            for match in named.finditer(lower, max(0, start - 30), start)
        )
    return not (before in "-./:+" and start > 1 and lower[start - 2].isdigit())
