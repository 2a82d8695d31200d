"""The words that make a number mean something, and how they are looked for.

Words are regular expression fragments over folded lower-case text, the same in Python, RE2 and
JavaScript: no `\\b`, `\\w`, `\\s`, `\\d`, no look-around, no inline flags.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from compliance.masking.gate import PatternSet


@cache
def rulebook() -> dict[str, Any]:
    """The contents of rules.json."""
    text = files("compliance.masking").joinpath("rules.json").read_text(encoding="utf-8")
    book: dict[str, Any] = json.loads(text)
    return book


@cache
def alternation(*names: str) -> str:
    """The fragments of the named word lists as one group, longest first."""
    return f"(?:{'|'.join(_fragments(*names))})"


def _fragments(*names: str) -> list[str]:
    fragments = {word for name in names for word in rulebook()["lexicon"][name]}
    return sorted(fragments, key=lambda word: (-len(word), word))


#: What ends a way of a choice, or has to be passed over whole.
_STEP: Final = re.compile(r"\\.|\[[^\]]*\]|[()|]")


def _choice(fragment: str) -> tuple[list[str], str] | None:
    """The ways of the choice a fragment begins with, and what comes behind it."""
    if not fragment.startswith("(?:"):
        return None
    ways: list[str] = []
    depth, begun = 1, 3
    for step in _STEP.finditer(fragment, begun):
        depth += {"(": 1, ")": -1}.get(step.group(), 0)
        if not depth or (depth == 1 and step.group() == "|"):
            ways.append(fragment[begun : step.start()])
            begun = step.end()
        if not depth:
            break
    return ways, fragment[begun:]


def _ways(fragment: str) -> Iterator[str]:
    """The fragment; where a choice begins it, a fragment for each, in the order in which they would be tried."""
    choice = _choice(fragment)
    if choice is None or choice[1].startswith(("*", "+", "{")):
        yield fragment
        return
    ways, rest = choice
    for way in ways:
        yield from _ways(way + rest.removeprefix("?"))
    if rest.startswith("?"):
        yield from _ways(rest[1:])


def _begins(fragments: Iterable[str]) -> str:
    """A look ahead for the signs that any of the fragments begins with; nothing if one begins otherwise."""
    signs = set()
    for fragment in fragments:
        begin = _BEGIN.match(fragment)
        if begin is None:
            return ""
        signs |= set(begin.group().replace("?", ""))
    return f"(?=[{''.join(map(re.escape, sorted(signs)))}])"


#: Signs that may be left out, and one that may not.
_BEGIN: Final = re.compile(r"(?:[^()\[\]\\.?*+{]\?)*[^()\[\]\\.?*+{](?![?*{])")


@cache
def words(*names: str) -> re.Pattern[str]:
    """A pattern for any of the named words, standing alone or directly before a digit.

    The word is group 1.
    """
    fragments = _fragments(*names)
    begins = _begins(way for fragment in fragments for way in _ways(fragment))
    pattern = re.compile(f"{begins}(?<![a-z])({'|'.join(fragments)})(?![a-z])")
    _SETS[id(pattern)] = mention(*names)
    return pattern


#: For each pattern of `words` the same for RE2. By id: such patterns are never let go of, and to hash one takes
#: longer than a search.
_SETS: Final[dict[int, PatternSet]] = {}


def gated(pattern: re.Pattern[str], *sources: str) -> re.Pattern[str]:
    """The pattern, with others for RE2 of which one occurs wherever it does: a `Scan` asks those first.

    For patterns that live as long as the process.
    """
    _SETS[id(pattern)] = PatternSet(sources)
    return pattern


@cache
def mention(*names: str) -> PatternSet:
    """Whether any of the named words occurs, and no more than that."""
    return PatternSet((gate(*names),))


def occurs(listed: re.Pattern[str] | PatternSet, lower: str) -> bool:
    """Whether one of the words occurs: what a search would say, in a tenth of the time."""
    if isinstance(listed, PatternSet):
        return listed.any_in(lower)
    known = _SETS.get(id(listed))
    return known.any_in(lower) if known else listed.search(lower) is not None


@cache
def gate(*names: str) -> str:
    """The same for RE2, which has no look-around."""
    return f"(?:^|[^a-z]){alternation(*names)}(?:[^a-z]|$)"


def one_of(plain_words: Iterable[str]) -> str:
    """A fragment for any of many words without signs of their own, the longest first, as a tree of their letters.

    A long list of alternatives is tried one by one at each place; of a tree one branch.
    """
    tree: dict[str, Any] = {}
    for word in plain_words:
        node = tree
        for char in word:
            node = node.setdefault(char, {})
        node[""] = {}
    return _branches(tree)


def _branches(tree: dict[str, Any]) -> str:
    """The fragment for what may follow at one place of the tree."""
    ways = [char + _branches(tree[char]) for char in sorted(tree) if char]
    if not ways:
        return ""
    if "" in tree:
        return f"(?:{'|'.join(ways)})?"
    return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"


def is_plain(char: str) -> bool:
    """An ASCII letter or digit. Letters of scripts without spaces may stand beside a number."""
    return char.isascii() and char.isalnum()


def is_within(at: int, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a place lies in one of some spans, which are in order and apart."""
    nearest = bisect_right(spans, at, key=lambda span: span[0]) - 1
    return nearest >= 0 and at < spans[nearest][1]


def last_end(pattern: re.Pattern[str], text: str, start: int, end: int) -> int:
    """Where the last word found in `text[start:end]` ends, or -1."""
    found = -1
    for match in pattern.finditer(text, start, end):
        found = match.end(1)
    return found


#: Between a value and the word behind it: "123 is my cvv".
LINK: Final = re.compile(
    r"[ \t\n,;:()='\"<>=\u2190\u2192*_-]{0,4}"
    r"(?:(?:is|was|are|c'est|for|as|being|would be|an?|new|old|safe|good|right|correct|wrong"
    r"|current|secure|valid|atm|bank|debit|es|est|ist|e|sono|the|my|our|his|her|their|a|mi|el|la|"
    r"mon|ma|le|meine?|der|die|das|mein|meu|minha|o|il|mio|mia|het|mijn|de|card|that's|thats|it's|what's|what|says"
    r"|said|written|printed|shown|stands|be|there|in|into|where|it|goes|went|under)"
    r"[ \t\n,:('\"]{1,3}){0,3}"
)
#: What may follow a number that counts nothing: "850 and it bounces", no "850 points".
GOES_ON: Final = re.compile(
    r"[\"')]{0,2}(?:[ ]?[.,;!?)\n-]|[ ]*(?![\s\S])|[ ](?:and|but|or|so|then|it|it's|its|is|was|that|which|for|as|in"
    r"|into|on|at|to|by|again|still|now|today|yesterday|when|where|like|because|cos|cuz|with|i|he|she|they|we|you|the"
    r"|this|my"
    r"|twice|once|(?:two|three|four|five|six|ten|[2-9]|many|several|few|a few|multiple)[ ](?:times|x)|every|everytime"
    r"|always|won't|wont|wouldn't|can't|cant|cannot|has|had|keeps|says|should|will|would|comes|stopped|went|goes|opens|refuses"
    r"|rejected|declined|blocked|locked|works?|worked|working|doesn't|doesnt|didn't|didnt|does|did|isn't|isnt|not|never|fails?|failed|bounces?"
    r"|gets?"
    r"|got|thanks?|thx|please|pls|plz|mate|dear|sir|lol|haha|tho|though|i|instead|might|may|maybe|perhaps"
    r"|somewhere|anyway|there|here|myself|everywhere|each|already|down|right|correct|wrong|ok|okay|if|can|could|u|ur"
    r"|im|i'm|just|y|o|pero|en|al|como|por|si"
    r"|et|ou|mais|au|aux|a|dans|comme|pour|und|oder|aber|am|im|beim|bei|als|auf|e|mas|ma|no|na|em|para|non|nel|nella"
    r"|alla"
    r"|sul|come|per|se|wont|won't|will|cant|can't|cannot|gilt|geht|marche|passe|funciona|entra|werkt|dziala"
    r"|fungerar|chalta|sein|ser|essere|etre|zijn|byc|vara|glaub|creo|credo|acho|tror|hatao|nahi|nie|nicht|niet"
    r"|inte|ikke|senor|senora|senorita|moca|moco|monsieur|madame|signora|signore|hoor|bhaiya|bhai|ji|maar|bij"
    r"|op|hai|par|mein|ka|i|w|do|jako|ale|och|men|som|pa|og)(?![a-z]))"
)
