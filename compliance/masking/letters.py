"""A view in which letters told by words are letters: "x ray kilo bravo 7 7 4" reads "xkb774", "d as in dog, 5" "d5".

The spelling alphabet of the ICAO, letters with a word that begins so, letters with their case said, and signs as they
are read out of a password.
"""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.fold import View, ViewBuilder
from compliance.masking.lexicon import one_of
from compliance.masking.numerals import SIMPLE, VALUES

_ICAO: Final = (
    "alfa", "alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet", "juliett",
    "kilo", "lima", "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango", "uniform", "victor",
    "whiskey", "whisky", "xray", "yankee", "zulu",
)  # fmt: skip
_SIGNS: Final = {
    "exclamation mark": "!", "exclamation point": "!", "exclamation": "!", "question mark": "?", "at sign": "@",
    "hash": "#", "hashtag": "#", "hash sign": "#", "pound sign": "#", "dollar sign": "$", "dollar": "$",
    "percent sign": "%", "ampersand": "&", "asterisk": "*", "star": "*", "underscore": "_", "dash": "-", "hyphen": "-",
    "minus": "-", "dot": ".", "full stop": ".", "period": ".", "plus": "+", "plus sign": "+", "equals": "=",
    "slash": "/",
}  # fmt: skip
_DIGITS: Final = {word: str(VALUES[word]) for word in SIMPLE if VALUES[word] < 10}
_CAPITAL: Final = (
    "capitals?|cap|upper ?case|uppercase|big|mayuscula|majuscule|maiuscola|maiuscula|gross|grosses|hoofdletter"
)
_SMALL: Final = "lower ?case|lowercase|small|little|minuscula|minuscule|klein|kleines|kleine letter"
_AS: Final = "as in|for|like in|like|wie|comme|come|como|de|van|di"
_TOKEN: Final = re.compile(
    rf"(?P<icao>{one_of(_ICAO)}|x[ -]ray)(?![a-z])"
    rf"|(?P<digit>{one_of(_DIGITS)})(?![a-z])"
    rf"|(?P<sign>{one_of(_SIGNS)})(?![a-z])"
    rf"|(?:(?P<capital>{_CAPITAL})[ ]|(?P<small>{_SMALL})[ ])?(?P<letter>[a-z])(?![a-z0-9'])"
    rf"(?:[ ](?:{_AS})[ ](?P<as>[a-z]{{3,12}})(?![a-z]))?"
    r"|(?P<run>[0-9]{1,10})(?![0-9a-z])"
)
_BETWEEN: Final = re.compile(r"[ ]?[,.-]?[ ]?(?<=[ ,.-])(?:and[ ]|then[ ])?")
_BEGIN: Final = re.compile("(?<![a-z0-9])[a-z0-9]")
_LEAST: Final = 5
_LEAST_PLAIN: Final = 6

_SAID: Final = f"{one_of(_ICAO)}|x[ -]ray"
#: Whether the view is worth making: such a word beside another sign, in RE2.
GATE: Final = (
    rf"(?:^|[^a-z])(?:{_SAID})[ ,.-]{{1,3}}(?:{_SAID}|{one_of(_DIGITS)}|[0-9]|[a-z][ ,.-])"
    rf"|(?:[0-9]|[^a-z][a-z]|{one_of(_DIGITS)})[ ,.-]{{1,3}}(?:{_SAID})(?:[^a-z]|$)"
    r"|(?:^|[^a-z])[a-z] (?:as in|for|wie|comme|come|como) [a-z]"
    rf"|(?:^|[^a-z])(?:{_CAPITAL}|{_SMALL}) [a-z](?:[^a-z]|$)"
    r"|(?:^|[^a-z])[a-z], [a-z], [a-z], "
    rf"|(?:^|[^a-z])[a-z] [a-z] (?:[a-z] )*(?:{one_of(_DIGITS)}) |(?:^|[^a-z])[a-z] (?:{one_of(_DIGITS)}) [a-z] "
)


def _tokens(lower: str, at: int) -> Iterator[re.Match[str]]:
    """Signs told one after the other from a place on."""
    while match := _TOKEN.match(lower, at):
        if match["as"] and not match["as"].startswith(match["letter"]):
            return
        yield match
        between = _BETWEEN.match(lower, match.end())
        if between is None or between.end() == match.end():
            return
        at = between.end()


def _sign(match: re.Match[str]) -> str:
    if match["icao"]:
        return match["icao"][0]
    if match["letter"]:
        return match["letter"].upper() if match["capital"] else match["letter"]
    return _DIGITS.get(match.group()) or _SIGNS.get(match.group()) or match.group()


def _is_told(row: list[re.Match[str]]) -> bool:
    """Whether a row is read out sign by sign, and not a few short words."""
    signs = sum(len(_sign(match)) for match in row)
    told = sum(1 for match in row if match["icao"] or match["as"] or match["capital"] or match["small"])
    if told:
        return signs >= _LEAST
    letters = [match for match in row if match["letter"]]
    return len(row) >= _LEAST_PLAIN and len(letters) >= 2 and len(letters) < len(row)


def letters_view(base: View) -> View | None:
    """The view with such rows put together, or None if there is none."""
    lower = base.text.lower()
    builder = ViewBuilder(base)
    at = 0
    changed = False
    while begin := _BEGIN.search(lower, at):
        row = list(_tokens(lower, begin.start()))
        while (
            row and row[-1]["sign"] and len(row) > 1 and row[-1].group() in ("dash", "dot", "period", "star", "minus")
        ):
            row.pop()
        if not row or not _is_told(row):
            at = row[0].end() if row else begin.end()
            continue
        builder.keep(row[0].start())
        for match in row:
            builder.put(_sign(match), match.start(), match.end())
        at = builder.at = row[-1].end()
        changed = True
    if not changed:
        return None
    builder.keep(len(lower))
    return builder.view()
