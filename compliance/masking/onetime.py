"""Codes that are good for one sign-in, and words that stand for a key: "the code you texted me is 604 118".

A code of four to eight digits is one beside a word that means nothing else ("otp", "sms-tan", "kod z sms"), or beside
a word for a code where the way it came is spoken of as well ("the code you texted me", "chegou o codigo por sms"). What
a code is of otherwise (an order, a discount, a door) is said by a word near it, and then it stays.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from compliance.masking.codes import YEAR, is_amount
from compliance.masking.findings import Candidate
from compliance.masking.lexicon import GOES_ON, alternation, gate, is_plain, words
from compliance.masking.scan import Scan


class _Words(NamedTuple):
    """What is looked for; long to compile, so not on import."""

    sure: re.Pattern[str]
    code: re.Pattern[str]
    sent: re.Pattern[str]
    phrase: re.Pattern[str]
    other: re.Pattern[str]
    asked: re.Pattern[str]


@cache
def _words() -> _Words:
    code, sent = alternation("code_any"), alternation("sent_by")
    return _Words(
        words("one_time"),
        words("code_any"),
        words("sent_by"),
        words("key_phrase"),
        words("negative", "code_of"),
        re.compile(
            rf"(?<![a-z])(?:{alternation('one_time')}|{code}(?![a-z])[^.?!\n]{{0,50}}(?<![a-z]){sent}"
            rf"|{sent}(?![a-z])[^.?!\n]{{0,50}}(?<![a-z]){code})(?![a-z])"
        ),
    )


WORD_GATES: Final = (gate("one_time"), gate("sent_by"), gate("key_phrase"))
_VALUE: Final = re.compile(
    r"(?:[0-9]{5,8}|[0-9]{2,4}(?:[ -][0-9]{2,4}){1,2}|[0-9]{4})"
    r"(?![0-9a-z]|[.,:/-][0-9]|[ ]?[%€$£]|[ -]?(?:times|x|seconds?|secs?|minutes?|mins?|min|hours?|days?|points?|years?"
    r"|stuck|mal|fois|veces|vezes|volte|keer|razy|ganger|rupees|rs|euros?|eur|usd|dollars?|px|modules|tries|attempts)(?![a-z]))"
)
#: Letters and digits, as codes for when the telephone is lost are.
_BACKUP: Final = re.compile(r"(?=[a-z0-9-]*[0-9])(?=[a-z0-9-]*[a-z])[a-z0-9]{4,6}(?:-[a-z0-9]{3,6}){1,3}(?![a-z0-9-])")
_IS_BACKUP: Final = re.compile(
    "(?:back|recover|secours|respald|recuper|odzys|zapas|ersatz|notfall|wiederher|herstel|reserv)"
)
_AND: Final = re.compile(r"[ ]?(?:[,;/\n]|and|y|et|und|e|en|i|och)[ \n]{0,2}")
_LINK: Final = re.compile(r"[^0-9\ue000.!?\n]{0,40}(?![\s\S])")
_NEAR: Final = 70
_BEHIND: Final = 34
_AROUND: Final = 26
_BEFORE: Final = 45
_LEAST: Final = 4
_MOST: Final = 8
_LEAST_FOR_SENT: Final = 5
#: Twelve to twenty-four short words in a row: BIP 39.
_WORDS: Final = re.compile(
    r"[ :=\"'\n]{1,4}(?:is|are|es|est|ist|e|was|lautet|to)?[ :=\"'\n]{0,4}"
    r"((?:(?:[0-9]{1,2}[.)] ?)?[a-z]{3,8}[ ,\n]{1,3}){11,23}[a-z]{3,8})(?![a-z])"
)
_PROSE: Final = re.compile(
    "(?<![a-z])(?:the|and|for|but|not|was|were|are|have|has|had|with|from|please|lost|does|your|you|how|why|cannot|can|this|that"
    "|que|para|pero|est|pas|pour|avec|und|nicht|ist|aber|fur|non|per|con|niet|maar|voor|nie|dla|ale|och|inte)(?![a-z])"
)


class OneTimeDetector:
    """One-time codes, codes for when a telephone is lost, and recovery phrases."""

    id = "one-time"
    entities = ("SECRET",)

    def warm(self) -> None:
        """Compile the words."""
        _words()

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Such codes and phrases in one view."""
        for word in scan.found(_words().phrase):
            match = _WORDS.match(scan.lower, word.end(1))
            if match and not _PROSE.search(match[1]):
                yield scan.candidate("SECRET", match.start(1), match.end(1), self.id, 0.8)
        sure = scan.found(_words().sure)
        sent = scan.has(_words().sent)
        asked = scan.was_asked(_words().asked) and not _words().other.search(scan.asked.rpartition("\n")[2])
        if not (sure or sent or asked):
            return
        for match in _VALUE.finditer(scan.lower):
            if _is_free(scan, match) and self._is_named(scan, match, asked=asked, sent=sent):
                yield scan.candidate("SECRET", match.start(), match.end(), self.id, 0.75)
                yield from self._more(scan, match.end())
        for word in sure:
            if _IS_BACKUP.search(word.group(1)):
                yield from self._backup(scan, word.end(1))

    def _is_named(self, scan: Scan, match: re.Match[str], *, asked: bool, sent: bool) -> bool:
        start, end = match.span()
        digits = sum(map(str.isdigit, match.group()))
        if asked and (scan.is_answer(_words().asked, start, end) or scan.is_lone_reply(_words().asked, start, end)):
            return True
        at = scan.last_found(_words().sure, max(0, start - _NEAR), start)
        if at >= 0 and _LINK.match(scan.lower[at:start]):
            return True
        if scan.has(_words().sure):
            behind = _IS.match(scan.lower, end)
            if scan.word_after(_words().sure, end) or (behind and _words().sure.match(scan.lower, behind.end())):
                return True
        if not sent or digits < _LEAST_FOR_SENT:
            return False
        if GOES_ON.match(scan.lower, end) is None and not _words().sent.match(scan.lower, end + 1):
            return False
        return _is_sent(scan, start, end)

    def _more(self, scan: Scan, end: int) -> Iterator[Candidate]:
        for _ in range(9):
            link = _AND.match(scan.lower, end)
            match = _VALUE.match(scan.lower, link.end()) if link else None
            if match is None or not _LEAST <= sum(map(str.isdigit, match.group())) <= _MOST:
                return
            yield scan.candidate("SECRET", match.start(), match.end(), self.id, 0.7)
            end = match.end()

    def _backup(self, scan: Scan, at: int) -> Iterator[Candidate]:
        """ "My backup codes are a8f3-99kd, …"."""
        for match in _BACKUP.finditer(scan.lower, at, at + 200):
            gap = scan.lower[at : match.start()]
            if len(gap) > _AROUND or "." in gap or "\ue000" in gap:
                return
            yield scan.candidate("SECRET", match.start(), match.end(), self.id, 0.75)
            at = match.end()


def _is_free(scan: Scan, match: re.Match[str]) -> bool:
    """A number by itself, of four to eight digits, no year and no amount, of nothing else by the words near it."""
    start, end = match.span()
    before = scan.lower[start - 1] if start else " "
    is_google = before == "-" and scan.lower[max(0, start - 2) : start] == "g-"
    if not is_google and (is_plain(before) or (before in "-./:,+" and start > 1 and is_plain(scan.lower[start - 2]))):
        return False
    written = match.group()
    if not _LEAST <= sum(map(str.isdigit, written)) <= _MOST or re.fullmatch("(?:19|20)[0-9]{2}", written):
        return False
    if is_amount(scan.lower, start) or YEAR.search(scan.lower[max(0, start - 8) : end]):
        return False
    near = scan.lower[max(0, start - _BEFORE) : start] + " | " + scan.lower[end : end + _AROUND]
    return not (scan.has(_words().other) and _words().other.search(near))


def _is_sent(scan: Scan, start: int, end: int) -> bool:
    """Whether a code is spoken of, or the way it came right beside the number."""
    lower = scan.lower
    floor = max(lower.rfind(". ", 0, start), lower.rfind("\n", 0, start), start - _NEAR, 0)
    before, behind = lower[floor:start], lower[end : end + _BEHIND]
    if any(map(str.isdigit, before)):
        return False
    sent_before, sent_behind = _words().sent.search(before), _words().sent.search(behind)
    if _words().code.search(before) or _words().code.search(behind):
        return bool(sent_before or sent_behind)
    if sent_behind and _BY.fullmatch(behind[: sent_behind.start(1)]):
        return True
    return sent_before is not None and _SAYS.fullmatch(before[sent_before.end(1) :]) is not None


#: "836160 is your otp".
_IS: Final = re.compile(
    r"[ ,=]{1,2}(?:is|was|as|es|est|ist|e|to|ar|er|hai|era|war)[ ](?:(?:your|ur|my|the|our|an?|tu|su|el|votre|le|ihr"
    r"|dein|mein|der|seu|o|il|tuo|suo|uw|je|de|twoj|din)[ ]){0,2}"
)
#: "184515 by sms".
_BY: Final = re.compile(
    r"[ ,]{1,2}(?:by|via|per|por|par|mit|z|w|pe|se|on|in|in the|from|from the|with|came by|came in a)[ ]"
    r"(?:an? |un |une |il |el |my )?"
)
#: "Sms said 670309".
_SAYS: Final = re.compile(
    r"[ :]{1,2}(?:(?:said|says|reads|shows|is|was|dice|dit|sagt|diz|zegt|mowi|aaya|me|mein|pe|par)[ :]{1,2}){1,2}"
)
