"""A number that somebody keyed in or told, or that is a sentence of its own: the topic says what it is.

"I keep putting 850 in the box", "he made me say 4821", "they have my code already!! 742". No word has to stand
beside it; but nothing may make it a count of something: "I used 850 points".
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from compliance.masking.codeplace import is_response
from compliance.masking.codes import is_amount, is_of_other, others_behind, says_otherwise
from compliance.masking.findings import Candidate
from compliance.masking.followups import CODE
from compliance.masking.gate import PatternSet
from compliance.masking.lexicon import GOES_ON, is_plain, occurs, words
from compliance.masking.pins import PIN_VALUE, is_no_pin
from compliance.masking.scan import Scan
from compliance.masking.stated import SAID_BESIDE, is_come_back_to, is_stated, named_far

Spans = Sequence[tuple[int, int]]

_PIN: Final = words("pin")
_YEAR: Final = re.compile("19[0-9]{2}|20[0-4][0-9]")
#: Where PINs are keyed in.
MACHINE: Final = (
    "(?:atms?|cash ?machine|cash ?point|card (?:machine|reader|terminal)|pin ?pad|pos terminal|cajero|datafono|tpv"
    "|distributeur|geldautomat(?:en)?|bankautomat(?:en)?|bancomat|lettore|maquininha|caixa eletronico|geldautomaat"
    "|pinautomaat|bankomat(?:u|em)?)"
)
MACHINE_GATE: Final = f"(?:^|[^a-z]){MACHINE}(?:[^a-z]|$)"
_MACHINE: Final = PatternSet((MACHINE_GATE,))
#: From a number to the word for what it is.
_NEAR: Final = 80
_ANSWER: Final = 60
#: Two numbers and no other.
_PAIR: Final = re.compile(
    r"(?<![0-9])([0-9]{3,6})[ ,]{1,2}(?:or|o|ou|oder|of|maybe|/|either)[ ,]{1,2}(?:maybe "
    r"|even )?([0-9]{3,6})(?![0-9])(?=[^0-9]*(?![\s\S]))"
)
_NEGATIVE: Final = words("negative")
_DIRECT: Final = 2

_VERB: Final = (
    "typ(?:e|ed|ing)|enter(?:ed|ing|s)?|us(?:e|ed|ing)|punch(?:ed|ing)?|put(?:ting|s)?|key(?:ed|ing)?|press(?:ed|ing)?"
    "|try(?:ing)?|tried|tell(?:ing)?|told|gave|giv(?:e|en|ing)|shar(?:e|ed|ing)|sent|send|said|say(?:ing)?|wrote"
    "|writ(?:e|ten)|set|chang(?:e|ed)|cho(?:se|ose|osen)|picked|dial(?:l?ed)?|submit(?:ted)?|input(?:ted)?"
    "|(?:won't|wont|doesn't|doesnt|didn't|didnt|not|never|wouldn't|wouldnt) (?:take|accept|like|recogni[sz]e)"
    "|reject(?:s|ed|ing)?|refus(?:e|es|ed|ing)"
    "|sav(?:e|ed|ing)|stor(?:e|ed|ing)|keep(?:ing)?|remember|note(?: down)?|write down|jot down|add|guarda[dr]?"
    "|apunta[dr]?|anota[dr]?"
    "|notez|retenez|gardez|merk(?:t|en)|notier(?:t|en)|nehmt|guarde[m]?|anote|salva(?:te)?|segna(?:te)?|onthoud|noteer"
    "|read(?:ing)? out|it's either|its either|make it|making it|read it as|reckon|guess(?:ing)?|vul|vulde|invul"
    "|puse|pongo|poner|meti|meto|meter|marque|marco|teclee|tecleo|introduje|introduzco|ingrese|ingreso|digite|digito"
    "|dije|di|uso|tape|taper|tapez|mis|mets|saisi|saisis|entre|compose|donne|utilise|tippe|gebe|nehme|benutze"
    "|digitei|coloquei|coloco|botei|usei|falei|passei|inserito|inserisco|messo|metto|digitato|usato|detto|scritto"
    "|dato|inserire|selezionato"
    "|typ|toets|gebruik|wpisuje|wpisalem|wpisalam|podalem|podalam|skrev|angav|tastet|tastede"
)
_BESIDE: Final = (
    "in|as|him|her|them|it|that|the|my|me|a|an|number|num|no|code|digits?|numbers?|just|this|old|new|same|one|el|la|le"
    "|les|die|den|das|ein|o|os|il|de|het|numero|codigo|codice|pin|cvv|cvc|to|with|into?|again|i think|like|for|ici|aqui"
    "|mon|ma|mes|mi|mein|meine|meinen|meu|minha|mio|mia|mijn|son|su|seu|sein|seine"
    "|also|before|already|earlier|back|you|u|there|either|only|always|both|first|now|out|que|com|con|mit|avec|met"
)
_BEFORE: Final = re.compile(rf"(?<![a-z])(?:{_VERB})(?:[ ](?:{_BESIDE})(?![a-z])){{0,4}}[ :,;=\"'(.-]{{1,3}}(?![\s\S])")
_BEHIND: Final = re.compile(
    r"[\"']?[ ](?:eingegeben|eingetippt|getippt|genommen|gesagt|ein|ingetoetst|ingevoerd|ingetikt|gegeven|gebruikt"
    r"|keyed in|typed in|entered"
    r"|is what (?:i|we|he|she|they|you) (?:use|used|typed?|put|enter|entered|have|had|got|chose|set|wrote|told)"
    r"|(?:is|was) (?:it|the one)(?: i)?)(?![a-z])"
)
#: Nothing but the number between two ends of sentences.
_OWN_SENTENCE: Final = re.compile(r"(?:[.!?;:…]|[)\]]|[ ][-\u2013\u2014])[ ]{1,2}(?![\s\S])|\n[ ]*(?![\s\S])")
_ENDS: Final = re.compile(r"[ ]*(?:[.!?…\n]|(?![\s\S]))")
_REACH: Final = 60
_LIST: Final = re.compile("(?:[ ,/&]{1,3}(?:(?:and|or|then|y|o|und|oder|et|ou|e)[ ])?[0-9]{3,6}(?![0-9])){1,4}")
#: Something that is said right before, which costs less to ask.
_WORD_BEFORE: Final = re.compile(r"[a-z][ :,;=\"'(.-]{1,3}(?![\s\S])")
_WORD: Final = 4


def _cvv() -> re.Pattern[str]:
    """Long to compile, so not on import."""
    return words("cvv", "cvv_world")


class ToldDetector:
    """Codes and PINs that no word stands beside, where one is spoken of."""

    id = "told"
    entities = ("CVV", "PIN")

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Such numbers in one view."""
        cvv = _cvv()
        codes = [word.span(1) for word in scan.found(cvv)] if scan.has(cvv) or scan.was_asked(cvv) else None
        pins = _pins(scan)
        for entity, value, spans, score in (("CVV", CODE, codes, 0.65), ("PIN", PIN_VALUE, pins, 0.6)):
            ends = [end for _, end in spans or ()]
            for match in value.finditer(scan.lower) if spans is not None else ():
                # Right behind its word it has been found already.
                at = bisect_right(ends, match.start())
                if at and match.start() - ends[at - 1] <= _DIRECT:
                    continue
                if _is_free(scan, match) and self._is_said(scan, match, entity, spans or ()):
                    yield scan.candidate(entity, match.start(), match.end(), self.id, score)
                    for other in others_behind(scan.lower, match.end(), value):
                        yield scan.candidate(entity, other.start(), other.end(), self.id, score)

    def _is_said(self, scan: Scan, match: re.Match[str], entity: str, spans: Spans) -> bool:
        word = _PIN if entity == "PIN" else _cvv()
        if _comes_back(scan, entity, match) or _is_one_of_two(scan, word, match):
            return True
        if entity == "PIN" and scan.is_lone_reply(word, *match.span()):
            return True
        return not _YEAR.fullmatch(match.group()) and self._is_told(scan, match, entity, spans)

    def _is_told(self, scan: Scan, match: re.Match[str], entity: str, spans: Spans) -> bool:
        if scan.is_lone_reply(_PIN if entity == "PIN" else _cvv(), *match.span()):
            return True
        keyed = _is_keyed(scan.lower, match)
        if not keyed and is_stated(scan.lower, match):
            word = _PIN if entity == "PIN" else _cvv()
            return _is_spoken_of(scan, match, entity, spans, keyed=False) or _is_reply(scan, word)
        return (keyed or _is_own_sentence(scan.lower, match)) and _is_spoken_of(scan, match, entity, spans, keyed)


def _comes_back(scan: Scan, entity: str, match: re.Match[str]) -> bool:
    """Whether the text goes on to say what the number was: "4360. pin.", "2051 on the keypad, that IS my PIN"."""
    word = _PIN if entity == "PIN" else _cvv()
    return is_come_back_to(scan, word, match.end()) or named_far(scan, word, match.end()) is not None


def _is_one_of_two(scan: Scan, word: re.Pattern[str], match: re.Match[str]) -> bool:
    """Whether a short reply to a question for it says that it is one of two: "umm 910 or 970, its rubbed off"."""
    if len(scan.lower) > _ANSWER or not scan.was_asked(word) or scan.has(_NEGATIVE):
        return False
    pair = _PAIR.search(scan.lower)
    return pair is not None and match.start() in (pair.start(1), pair.start(2))


def _pins(scan: Scan) -> list[tuple[int, int]] | None:
    """The words for PINs in the text; None where neither a PIN nor a machine that asks for one is spoken of."""
    lower = scan.lower
    found = [word.span(1) for word in scan.found(_PIN) if not is_no_pin(lower, word.start(1))]
    if found or scan.has(_MACHINE) or scan.was_asked(_PIN) or occurs(_PIN, scan.recent):
        return found
    return None


def _past_list(lower: str, end: int) -> int:
    """The end of a list of numbers: "tried 1187 1178 and 1718"."""
    found = _LIST.match(lower, end)
    return found.end() if found else end


def _is_keyed(lower: str, match: re.Match[str]) -> bool:
    """Whether the text says that somebody keyed in or told the number, and not that it counts something."""
    start, end = match.span()
    if _BEHIND.match(lower, end):
        return True
    return bool(_WORD_BEFORE.search(lower, max(0, start - _WORD), start)) and bool(
        GOES_ON.match(lower, _past_list(lower, end)) and _BEFORE.search(lower, max(0, start - _REACH), start)
    )


def _is_reply(scan: Scan, word: re.Pattern[str]) -> bool:
    """Whether the text is a short answer to a question for it: "might be 4060 might be 4006"."""
    return len(scan.lower) <= _ANSWER and scan.was_asked(word) and not scan.has(_NEGATIVE)


def _is_own_sentence(lower: str, match: re.Match[str]) -> bool:
    """Whether the number is a whole sentence behind another: "my code, again!! 742"."""
    start, end = match.span()
    return _ENDS.match(lower, end) is not None and _OWN_SENTENCE.search(lower, max(0, start - 6), start) is not None


def _is_free(scan: Scan, match: re.Match[str]) -> bool:
    """Not of a longer number or word, no amount, and nothing right before makes it something else."""
    start = match.start()
    before = scan.lower[start - 1] if start else " "
    if is_plain(before) or (before in "-./:,+" and start > 1 and is_plain(scan.lower[start - 2])):
        return False
    return not (is_amount(scan.lower, start) or is_response(scan.lower, start) or scan.negative_before(start, 20))


def _is_spoken_of(scan: Scan, match: re.Match[str], entity: str, spans: Spans, keyed: bool) -> bool:
    """Whether the words for it are near enough, and nothing between says otherwise."""
    lower, start, end = scan.lower, match.start(), match.end()
    at = bisect_right(spans, start, key=lambda span: span[1]) - 1
    near = spans[at][1] if at >= 0 and start - spans[at][1] <= _NEAR else None
    if near is not None:
        if says_otherwise(scan, SAID_BESIDE.sub(" ", lower[near:start])):
            return False
        return not (is_of_other(scan, end) or is_of_other(scan, near))
    if not keyed:
        return False
    is_ahead = at + 1 < len(spans) and spans[at + 1][0] - end <= _NEAR
    return entity == "PIN" or (is_ahead and not is_of_other(scan, end))
