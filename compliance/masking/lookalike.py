# ruff: noqa: RUF001  letters that look alike are the point
"""A view in which letters that pass for digits are digits: "4l11 OO22" reads "4111 0022"."""

import re
from typing import Final

from compliance.masking.fold import View
from compliance.masking.gate import PatternSet

#: Letters and signs that pass for digits. The last five are Cyrillic.
LETTERS: Final = "OoQDlIi|!SsBZzGbqgAЗзЧчб"
_SAME: Final = str.maketrans(LETTERS, "000011111558226699433446")
_WITHOUT_LETTERS: Final = str.maketrans("", "", LETTERS)
_SEPARATOR: Final = r"[ \t._/,*-]"
_TOKEN: Final = re.compile(rf"[0-9{LETTERS}](?:{_SEPARATOR}{{0,3}}[0-9{LETTERS}]){{8,30}}")
_GROUP: Final = re.compile(rf"[0-9{LETTERS}]+")
#: "IIII" may be four ones; "is" is a word.
_LETTER_GROUP: Final = 4
_GLUED_BEFORE: Final = re.compile(r"([0-9A-Za-z]+)-?\Z")
_GLUED_BEHIND: Final = re.compile("-?([0-9A-Za-z]+)")
_WORD: Final = re.compile("(?=.*[g-zG-Z])[A-Za-z]{3,}")
_MIN_DIGITS: Final = 8
#: Of nine, as an SSN has.
_MIN_DIGITS_SHORT: Final = 6
_SHORT: Final = 11
_GLUED: Final = 2
#: Nothing but letters for 0 and 1 beside the digits: fewer digits will do.
_SURE: Final = frozenset("0123456789OoIl| -")
_MIN_DIGITS_SURE: Final = 6

#: Whether the view is worth making: a letter that passes for a digit beside one.
GATE: Final = rf"[0-9]{_SEPARATOR}{{0,3}}[oqdli|!sbzgaзчб]|[oqdli|!sbzgaзчб]{_SEPARATOR}{{0,3}}[0-9]"


#: "cvv 4O2", "valid thru O9/28": short, but their word stands right before them.
_NAMED: Final = re.compile(
    r"(?<![a-z])"
    r"(?:c[vs][vcn]2?|ccv|security code|(?P<pin>p[i1!|l]n)(?: ?(?:code|number|no))?|exp(?:iry|ires)?(?: date)?"
    r"|valid thru|good thru)(?: is)?[ :=.]{1,3}"
    r"(?P<row>[0-9oil|s]{3,4}|[0-9oil|s]{2}[/-][0-9oil|s]{2,4})(?![0-9a-z])",
    re.IGNORECASE,
)
#: How each of these words begins.
_NAME: Final = PatternSet(("(?:c[vs][vcn]|ccv|security code|p[i1!|l]n|exp|valid thru|good thru)[a-z 2]*[ :=.]",))
_LEAST_NAMED: Final = 2
_GROUP_OF_ID: Final = "[oil|]{0,4}[0-9][0-9oil|]{0,11}"
#: "Sort code 2O-45-77", "routing O21OOOO21": numbers of digits alone behind their word.
_NAMED_ID: Final = re.compile(
    r"(?<![a-z])(?:sort ?code|routing|rtn|aba|account|acct|acc|a/c|nhs|sin|ein|ssn|itin|tfn|bsb)(?: ?(?:no|num|number"
    r"|#))?"
    rf"\.?(?: is|:| ?=)?[ :]{{1,2}}(?P<row>{_GROUP_OF_ID}(?:[ .-]{_GROUP_OF_ID}){{0,4}})(?![0-9a-z])",
    re.IGNORECASE,
)
_ID_NAME: Final = PatternSet(
    ("(?:sort ?code|routing|rtn|aba|account|acct|acc|a/c|nhs|sin|ein|ssn|itin|tfn|bsb)[^0-9]{1,12}[0-9oil|]",)
)
_LEAST_OF_ID: Final = 4


def _short_rows(text: str) -> list[tuple[int, int, str]]:
    """Where a short value has such letters, and what it reads; the word before it as well: "p1n"."""
    rows: list[tuple[int, int, str]] = []
    for match in _NAMED.finditer(text) if _NAME.any_in(text.lower()) else ():
        low, high = match.span("row")
        if _is_mixed(text[low:high]):
            rows.append((low, high, text[low:high].translate(_SAME)))
            if match["pin"]:
                rows.append((*match.span("pin"), "pin"))
    for match in _NAMED_ID.finditer(text) if _ID_NAME.any_in(text.lower()) else ():
        row = match["row"]
        if sum(map(str.isdigit, row)) >= _LEAST_OF_ID and any(map(str.isalpha, row)):
            rows.append((*match.span("row"), row.translate(_SAME)))
    return rows


def _is_mixed(row: str) -> bool:
    return sum(map(str.isdigit, row)) >= _LEAST_NAMED and any(map(str.isalpha, row))


def lookalike_view(base: View) -> View | None:
    """The view with such letters replaced in rows that are mostly digits, or None."""
    text = base.text
    changed = False
    pieces: list[str] = []
    at = 0
    for match in _TOKEN.finditer(text):
        start, end = _without_words(text, *_without_letter_groups(text, match.start(), match.end()))
        row = text[start:end]
        letters = len(row) - len(row.translate(_WITHOUT_LETTERS))
        digits = sum(map(str.isdigit, row))
        needed = _MIN_DIGITS if letters + digits > _SHORT else _MIN_DIGITS_SHORT
        if set(row) <= _SURE and letters + digits > _SHORT:
            needed, letters = _MIN_DIGITS_SURE, min(letters, digits)
        if letters and not _is_in_code(text, start, end) and digits >= max(needed, letters):
            pieces += [text[at:start], row.translate(_SAME)]
            at = end
            changed = True
    read = "".join(pieces) + text[at:]
    for low, high, meant in _short_rows(text):
        read, changed = read[:low] + meant + read[high:], True
    return View(read, base.starts, base.ends) if changed else None


def _is_in_code(text: str, start: int, end: int) -> bool:
    """Whether letters that are no word are glued to the row, as in a UUID or a hash."""
    before, behind = _GLUED_BEFORE.search(text, max(0, start - 32), start), _GLUED_BEHIND.match(text, end, end + 32)
    return any(glued and not _WORD.fullmatch(glued.group(1)) for glued in (before, behind))


def _without_letter_groups(text: str, start: int, end: int) -> tuple[int, int]:
    """The longest part of the row between groups that are words: all letters, and not four of them."""
    best = (start, start)
    low = high = start
    for group in _GROUP.finditer(text, start, end):
        letters = group.group()
        if letters.isalpha() and len(letters) != _LETTER_GROUP:
            low = high = group.end()
            continue
        low = group.start() if low == high else low
        high = group.end()
        if high - low > best[1] - best[0]:
            best = (low, high)
    return best


def _without_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The row without letters at its ends that belong to a word outside."""
    if start > 0 and text[start - 1].isalnum():
        while start < end and not text[start].isdigit():
            start += 1
        # "CARD N0 453O lOlO…": the first group belongs to the word.
        group = _GROUP.match(text, start, end)
        if group and group.end() - start <= _GLUED and text[group.end() : group.end() + 1] == " ":
            start = group.end() + 1
    if end < len(text) and text[end].isalnum():
        while end > start and not text[end - 1].isdigit():
            end -= 1
    return start, end
