"""How a sentence says what a number is without a word right beside it.

"My pin? pretty sure its 1147" states it behind the word; "I typed 2051 on the keypad, that IS my PIN" and "4360. pin."
come back to it.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from compliance.masking.lexicon import GOES_ON, LINK, is_plain
from compliance.masking.pins import is_no_pin
from compliance.masking.scan import NEXT_VALUE, Scan

_REACH: Final = 60
#: A pronoun and what it is, or a guess: "this is", "mine would be", "on my card it says", "maybe".
_STATED: Final = re.compile(
    "(?<![a-z])(?:"
    "(?:it|this|that|mine|which|there|he|she|they|card)(?: r|'?s|'d be| is| was| are| says| said| reads?| shows?"
    "| would be"
    "| should be| could be| might be| must be| has to be| ends up being| being)|(?:should|could|might|must|may"
    "|would) be"
    "|should(?:'ve| have) been|ends up being|being|maybe|perhaps|probably|possibly|i(?:'d| would)? (?:say|think"
    "|believe|guess|reckon)"
    "|(?:pretty|quite|fairly) sure|now|then|so|with|using|via"
    "|(?:eso |este |el mio )?(?:es|era|dice|pone|sera|seria)|(?:creo|pienso)(?: que)?(?: es)?|puede ser|quizas?|tal vez"
    "|c'est|c'etait|ce serait|(?:ca|il|elle) (?:dit|fait|est)|(?:je )?(?:crois|pense)(?: que c'est)?|il y a|marque"
    "|peut-etre"
    "|(?:es|das|sie|er) (?:ist|war|ware|lautet)|steht|glaube(?: ich)?|vielleicht|mussten?|sollte"
    "|(?:isso |ele |ela )?(?:diz|seria)|acho que e|esta(?: escrito)?|talvez"
    "|c'e(?: scritto)?|sta scritto|credo(?: che)? sia|dovrebbe essere|forse|dice|shayad|hoga"
    "|(?:het|dat|dit) (?:is|was|zou)|staat(?: er)?|(?:ik )?denk|misschien"
    ")(?:[ ](?:it's|its|it is|that|still|just|like|only|always|now|actually|really|probably|maybe|either|it was|printed"
    "|definitely|def|ist|war|es|da|er|que es|c'est|sia|e|is|het)){0,3}[ :,=\"']{1,3}(?![\\s\\S])"
)
_WORD_BEFORE: Final = re.compile(r"[a-z][ :,=\"']{1,3}(?![\s\S])")
#: "That ends in 7 or 8", which may be said; "every single time", which is none of it.
SAID_BESIDE: Final = re.compile(
    "(?:ends?|ending|starts?|starting|begins?|beginning|finish(?:es)?|termina|acaba|finit|commence|endet|beginnt"
    "|finisce"
    "|inizia|eindigt|begint)[ ](?:in|on|with|en|con|com|par|mit|auf|per|op|met)[ ](?:an? )?[0-9]{1,2}(?:[ ](?:or|o|ou"
    "|oder|of)"
    "[ ][0-9]{1,2})?(?![0-9])|(?:every|each)(?: and every| single)? (?:time|day|order|month|purchase|payment)"
)
#: What comes back to a number: "that IS my", "which has been the", "das ist meine".
_BACK: Final = re.compile(
    "(?<![a-z])(?:that|this|which|it|thats|its|same|those|these|ese|esa|eso|este|das|dies|die|c'est|ca|essa|esse|isso"
    "|esta"
    "|quello|questo|e|dat|dit)(?:'s)?"
    "(?:[ ](?:is|was|are|were|has|have|been|had|the|my|our|your|his|her|their|a|es|era|mi|el|la|ist|war|meine?|mein"
    "|der|bien"
    "|mon|le|ma|e|minha|meu|o|il|mio|mia|mijn|de|right|wrong|correct|usual|old|new|same|card|actual|real|exact|very"
    "|bank)){0,5}"
    "[ ](?![\\s\\S])"
)
_BACK_REACH: Final = 90
#: A word that is a sentence of its own behind the number: "4360. pin. there you go".
_APART: Final = re.compile(
    r"[\"')]?[ ]?[.,;:!?…<(-]{1,4}[ ]?(?:(?:yes|yeah|yep|no|really|i mean|sorry|lol|ok|that is|thats|obviously"
    r"|honestly|oh|so)"
    r"[ ,.]{1,3}){0,3}(?:my |the |mi |mon |meine? |meu |mio |mijn )?"
)
#: "…, the pin I mean".
_MEANT: Final = re.compile(
    "[ ](?:i mean|i meant|that is|is what i mean|i'm talking about|meine ich|quiero decir|je veux dire)(?![a-z])"
)
_CLOSES: Final = re.compile(r"[ ]*(?:[.,!?;:)\n]|(?![\s\S]))")
#: From a number to its word, further than right behind: "946 is the number on the strip …".
FAR: Final = re.compile(
    "(?:[ ,;:.!\"'()-]{1,4}(?:is|was|are|were|that's|thats|that|this|these|those|what|which|you|u|ya|they|we|call"
    "|calls|called|it|its"
    "|it's|the|my|our|his|her|their|your|ur|on|off|from|number|numbers|code|digits|thing|one|ones|in|at|for|as|of|i"
    "|think"
    "|believe|guess|mean|meant|would|be|should|a|an|if|says|say|said|reads|written|printed|shown|stands|there|here|to"
    "|by"
    "|next|near|beside|under|behind|above|over|get|got|have|has|see|read|found|sorry|wants?|need|asked|little|tiny"
    "|small"
    "|strip|bit|part|side|line|band|panel|card|front|back|valid|current|old|new|full|us|uk|look|looks|right|correct"
    "|wrong|ok|okay|fine|good|like|seems?|sounds?|match|matches|work|works|rejected|refused|declined|invalid"
    "|literally|clearly|exactly|actually|really|just|still|always|being"
    r"|too|easy|simple|safe|strong|enough|need|be|when|where|es|lo|que|dice|pone|el|la"
    "|mi|en|de|del|como|ist|das|was|auf|der|die|dem|meiner?|meine[mn]?|steht|im"
    "|c'est|ce|qui|est|ecrit|sur|ma|mon|le|au|e|o|que|esta|no|na|do|da|meu|minha|il|che|sul|sulla|mio|mia|quello|is"
    "|wat|er|op|mijn"
    "|het|staat)(?![a-z])){1,11}[ :,\"'(]{1,3}"
)
_FAR_REACH: Final = 75
#: Right before a number that is put right: "the passport number on the ticket is wrong, should be".
_PUT_RIGHT: Final = re.compile(
    "(?<![a-z])(?:(?:should|ought to|must|needs to|has to|was supposed to|(?:is |are )?supposed to|meant to)(?:'ve"
    "| have)?"
    "(?:[ ](?:be|been|read|say|said|actually))+"
    "|(?:correct|right|good|real|actual|proper|true|valid|new|updated|corrected)(?:[ ](?:one|ones|number|no|version"
    "|id))?(?:'s| is| was|:| =|,)?"
    "|it(?:'s|s| is)(?: (?:actually|really))?|instead of that|use"
    "|deberia(?: ser)?|(?:el |la )?(?:correcto|correcta|bueno|buena|verdadero)(?: es)?|tiene que ser"
    "|(?:devrait|doit)(?: etre)?|(?:le |la )?(?:bon|bonne|vrai|vraie|correct)(?: numero)?(?: c'est| est)?"
    "|(?:muss|musste|sollte|soll)(?: es)?(?: eigentlich)?(?: heissen| heisen| sein| lauten)?|richtig(?:e"
    "|er)?(?: nummer)?(?: ist| ware| lautet)?"
    "|(?:deveria|deve)(?: ser)?|(?:o |a )?(?:certo|certa|correto|correta)(?: e)?"
    "|(?:dovrebbe|deve)(?: essere)?|(?:quello |quella )?(?:giusto|giusta|corretto|corretta)(?: e)?"
    "|moet(?: het)?(?: zijn)?|(?:het )?juiste(?: nummer)?(?: is)?"
    ")[ :=]{1,3}(?![\\s\\S])"
)


def _words_behind(scan: Scan, word: re.Pattern[str], end: int, reach: int) -> Iterator[re.Match[str]]:
    """The words that begin within reach behind a number."""
    matches = scan.found(word)
    for at in range(bisect_left(matches, end, key=lambda match: match.start(1)), len(matches)):
        if matches[at].end(1) > end + reach:
            return
        yield matches[at]


def is_stated(lower: str, match: re.Match[str]) -> bool:
    """Whether a sentence that speaks of something says that it is this number, which counts nothing."""
    start, end = match.span()
    if not _WORD_BEFORE.search(lower, max(0, start - 4), start):
        return False
    return GOES_ON.match(lower, end) is not None and _STATED.search(lower, max(0, start - _REACH), start) is not None


def is_come_back_to(scan: Scan, word: re.Pattern[str], end: int) -> bool:
    """Whether the text comes back to a number that ends at `end`: "…, that IS my <word>", ". <word>."."""
    if not scan.has(word):
        return False
    lower = scan.lower
    apart = _APART.match(lower, end)
    found = word.match(lower, apart.end()) if apart else None
    if found and _CLOSES.match(lower, found.end(1)):
        return True
    for found in _words_behind(scan, word, end, _BACK_REACH):
        between = lower[end : found.start(1)]
        if any(map(str.isdigit, between)) or is_no_pin(lower, found.start(1)):
            return False
        if _MEANT.match(lower, found.end(1)):
            return True
        if _BACK.search(between) and not LINK.fullmatch(between):
            return not is_plain(lower[end : end + 1])
    return False


def named_far(scan: Scan, word: re.Pattern[str], end: int) -> re.Match[str] | None:
    """The word for what a number that ends at `end` is said to be: "471 is what you call a <word>"."""
    if not scan.has(word):
        return None
    lower = scan.lower
    found = next(_words_behind(scan, word, end, _FAR_REACH), None)
    if found is None or FAR.fullmatch(lower, end, found.start(1)) is None:
        return None
    # "12345, and my ssn is 987…": the word belongs to what follows it.
    return None if NEXT_VALUE.match(lower[found.end(1) : found.end(1) + 20]) else found


def is_put_right(scan: Scan, word: re.Pattern[str], start: int, *, past_numbers: bool = False) -> bool:
    """Whether a number is what one should be that was spoken of: "… <word> is wrong, should be 518263947"."""
    if not _WORD_BEFORE.search(scan.lower, max(0, start - 4), start):
        return False
    if _PUT_RIGHT.search(scan.lower, max(0, start - _REACH), start) is None:
        return False
    at = scan.last_found(word, max(0, start - _BACK_REACH), start)
    return at >= 0 and (past_numbers or not any(map(str.isdigit, scan.lower[at:start])))
