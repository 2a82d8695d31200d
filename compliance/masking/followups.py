"""What people write behind a card number: when it expires, and the code on its back."""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.findings import Candidate
from compliance.masking.lexicon import gated, is_plain, mention, rulebook, words
from compliance.masking.placeholders import CARD_GIVEN
from compliance.masking.scan import Scan

_YEAR: Final = "(?:20)?[2-4][0-9]"
_MONTHS: Final = (
    "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|dic|mai|okt|dez|giu|lug|set|ott|gen|fev|avr|juin|juil|aout"
    "|mei|mrt"
)
DATE: Final = gated(
    re.compile(
        rf"(?:0?[1-9]|1[0-2])[ ]?[-/.|,:\\ ][ ]?{_YEAR}(?![0-9]|[-/.](?![0-9]{{3}}(?![0-9]))[0-9]"
        r"|(?!c[vsi]|code|sec|pin)[a-z])"
        rf"|(?:0[1-9]|1[0-2]){_YEAR}(?=[^0-9a-z]{{1,4}}(?:[a-z. ]{{0,12}}[^0-9a-z]{{0,3}})?[0-9]{{3,4}}(?![0-9]))"
        r"|(?:0[1-9]|1[0-2])[2-4][0-9](?=[ ]*(?:exp|date))"
        r"|(?:0?[1-9]|1[0-2])[ ,]{1,2}(?:year|yr|ano|annee|jahr|anno|jaar)[ :]{1,2}(?:20)?[2-4][0-9](?![0-9])"
        rf"|20[2-4][0-9][-/. ](?:0[1-9]|1[0-2])(?![0-9]|[-/. ][0-9]{{2}}(?![0-9]))"
        rf"|(?:{_MONTHS})[a-z]{{0,6}}\.?(?:[ ](?:de|del|of|di|von|do)[ ]"
        r"|[ /,'-]{0,2})(?:20)?[2-4][0-9](?![0-9])"
    ),
    r"(?:^|[^0-9])[01]?[0-9][ ]?[-/.|,:\\ ][ ]?(?:20)?[2-4][0-9]|(?:0[1-9]|1[0-2])(?:20)?[2-4][0-9]"
    r"|20[2-4][0-9][-/. ][01][0-9]|(?:year|yr|ano|annee|jahr|anno|jaar)[ :]{1,2}(?:20)?[2-4][0-9]"
    rf"|(?:{_MONTHS})[a-z]*\.?(?:[ ](?:de|del|of|di|von|do)[ ]|[ /,'-]*)(?:20)?[2-4][0-9]",
)
#: Three or four digits that are no amount, share, duration or part of a longer number.
CODE: Final = re.compile(
    r"[0-9]{3,4}(?![0-9a-z]|[.,:/-][0-9]|[ ]?[%€$£]|[ ](?:usd|eur|gbp|inr|dollars?|euros?|pounds?|digits?|times|"
    r"hours?|hrs?|days?|minutes?|mins?|seconds?|people|items?|pieces|errors?|percent|per cent|pages?|users?"
    r"|records?|orders?|units?|files?"
    r"|photos?|grams?|kilos?|kg|km|cm|mm|gb|mb|px|miles|met(?:er|re)s|years?|weeks?|months?|points|likes|views|dias|tage|jours|giorni|dagen|stuck)(?![a-z]))"
)
SPACED_CODE: Final = re.compile(r"[0-9]([^0-9a-z\ue000\n]{1,3})[0-9](?:\1[0-9]){1,2}(?![0-9a-z])")
GAP: Final = re.compile(
    r"(?:[^0-9a-z\ue000$€£]{1,6}|[34][ -]?digits?(?![a-z])"
    rf"|(?:{'|'.join(rulebook()['followed'])})(?![a-z])){{0,9}}"
)
#: "At 10:21", "02:39 pm": a time of day is written as a month and year may be.
_AT: Final = re.compile(
    r"(?:(?<![a-z])(?:at|around|about|by|until|till|since|from|to|between|before|after|um|gegen|a las|las|as|alle|ore|a"
    r"|vers|om|rond|o|godz|kl|klockan)[ .]|[0-9T\[][ -]?|@[ ]?)(?![\s\S])"
)
_OF_DAY: Final = re.compile(
    r"[ ]?(?:[ap]\.?m(?![a-z])|uhr|hrs?(?![a-z])|h(?![a-z])|o'clock|:[0-9]{2}|[ ]?[-\u2013]|\])"
)
_ASKED: Final = mention("cvv", "cvv_world", "expiry")
_OF_CARD: Final = mention("card", "cvv", "cvv_world")
_CVV: Final = words("cvv")
_EXPIRY: Final = words("expiry")
GLUED_DATE: Final = re.compile("(?:0[1-9]|1[0-2])(?:20)?[2-4][0-9](?![0-9a-z])")
#: "ExpDate 2811".
YEAR_FIRST: Final = re.compile("(?:20)?[2-4][0-9](?:0[1-9]|1[0-2])(?![0-9a-z])")
_NOT_EXPIRY: Final = words("not_expiry")
_OTHER_ASK: Final = mention("other_ask", "last_four")
_FOLLOWING_MESSAGES: Final = 3
#: A card or what belongs to one: four short numbers behind a card may be the next card's groups.
_OF_CARDS: Final = (CARD_GIVEN, "[cvv]", "[expiry]")


class CardFollowupDetector:
    """Expiry and code beside a card number, and in the author's next three messages."""

    id = "followup"
    entities = ("EXPIRY", "CVV")

    def beside(self, scan: Scan, end: int) -> Iterator[Candidate]:
        """What follows a card number that ends at `end` of the view. Each kind at most once."""
        wanted = {"EXPIRY", "CVV"}
        while wanted:
            gap = GAP.match(scan.lower, end)
            at = gap.end() if gap else end
            match, entity = _date_or_code(scan.lower, end, at, dated="EXPIRY" not in wanted)
            if match is None or entity not in wanted:
                return
            wanted.discard(entity)
            yield scan.candidate(entity, match.start(), match.end(), self.id, 0.9)
            end = match.end()

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """A bare date or code in one of the three messages after a card."""
        if not card_was_given(scan) and not _was_asked(scan):
            return
        for pattern, entity in ((DATE, "EXPIRY"), (GLUED_DATE, "EXPIRY"), (CODE, "CVV"), (SPACED_CODE, "CVV")):
            match = _first(pattern, scan.lower)
            if match is None or is_time(scan.lower, match):
                continue
            if scan.is_bare(match.start(), match.end()) or _is_date_asked_for(scan, match, entity):
                yield scan.candidate(entity, match.start(), match.end(), self.id, 0.7)
                return
            if entity == "EXPIRY":
                yield from self._both(scan, match)

    def _both(self, scan: Scan, date: re.Match[str]) -> Iterator[Candidate]:
        """ "12/27 123": a date and a code, and nothing else."""
        gap = GAP.match(scan.lower, date.end())
        code = CODE.match(scan.lower, gap.end() if gap else date.end())
        if code is None:
            return
        if not (scan.is_bare(date.start(), code.end()) or scan.is_remark(date.start(), code.end(), 2)):
            return
        yield scan.candidate("EXPIRY", date.start(), date.end(), self.id, 0.7)
        yield scan.candidate("CVV", code.start(), code.end(), self.id, 0.7)


def _is_date_asked_for(scan: Scan, match: re.Match[str], entity: str) -> bool:
    """ "Expiry date please" - "09/29 same as before"; "oh and 10/32" after the card."""
    if entity != "EXPIRY":
        return False
    if scan.is_answer(_EXPIRY, match.start(), match.end()):
        return True
    return not scan.holds_card and card_was_given(scan) and scan.is_remark(match.start(), match.end(), 2)


def _was_asked(scan: Scan) -> bool:
    """A code or date was asked for, and not when an offer ends."""
    if not scan.was_asked(_ASKED):
        return False
    return scan.was_asked(_OF_CARD) or not scan.was_asked(_NOT_EXPIRY)


def _first(pattern: re.Pattern[str], lower: str) -> re.Match[str] | None:
    for match in pattern.finditer(lower):
        if match.start() == 0 or not (is_plain(lower[match.start() - 1]) or lower[match.start() - 1] in "$€£#"):
            return match
    return None


def _date_or_code(lower: str, before: int, at: int, *, dated: bool) -> tuple[re.Match[str] | None, str]:
    """The date or code at `at`.

    "0427" is a date unless a date was given, or a word for a code is between `before` and `at`.
    """
    match = DATE.match(lower, at)
    if match is None and not (dated or "cod" in lower[before:at] or _CVV.search(lower, before, at)):
        match = GLUED_DATE.match(lower, at)
        if match is None and "exp" in lower[before:at]:
            match = YEAR_FIRST.match(lower, at)
    if match:
        return match, "EXPIRY"
    return CODE.match(lower, at) or SPACED_CODE.match(lower, at), "CVV"


def is_time(lower: str, date: re.Match[str]) -> bool:
    """Whether what may be a month and year with a colon between is a time of day."""
    if ":" not in date.group():
        return False
    return bool(_OF_DAY.match(lower, date.end()) or _AT.search(lower, max(0, date.start() - 10), date.start()))


def card_was_given(scan: Scan) -> bool:
    """A card, its code or date in the author's last three messages, and no question for another number since."""
    context = scan.context
    own = [index for index, message in enumerate(context.previous) if message.by == context.by]
    given = [i for i in own[-_FOLLOWING_MESSAGES:] if any(mark in context.previous[i].text for mark in _OF_CARDS)]
    if not given:
        return False
    since = [m.text.lower() for m in context.previous[given[-1] + 1 :] if m.by != context.by]
    return not since or not _OTHER_ASK.any_in(since[-1])
