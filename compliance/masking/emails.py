"""E-mail addresses, plain and as people write them for other people. No list of domains, no network."""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.findings import Candidate
from compliance.masking.gate import PatternSet
from compliance.masking.lexicon import gated, rulebook, words
from compliance.masking.scan import Scan

_LABEL: Final = r"[^\W_](?:[^\W_]|-){0,62}+"
_LOCAL: Final = r"[^\s@<>()\[\]{},;:\"'\\/=\ue000]"
_BEFORE_AT: Final = rf"(?:{_LOCAL}|(?<=[A-Za-z])'(?=[A-Za-z])){{1,64}}+"
_PLAIN: Final = re.compile(
    rf"(?<!{_LOCAL})({_BEFORE_AT})[ ]?@[ ]?({_LABEL}(?:[ ]?\.[ ]?{_LABEL}){{0,6}}\.[^\W\d_]{{2,24}})"
)
_AT: Final = (
    r"(?:[ ]?[(\[{<][ ]?(?:at|@|arroba|arobase|a)[ ]?[)\]}>][ ]?|&#64;|&commat;|[ ]?@[ ]?|[ ](?:at|arroba|arobase"
    r"|chez|chiocciola|apenstaartje|klammeraffe|at sign|at the rate)[ ])"
)
_DOT: Final = (
    r"(?:[ ]?[(\[{<][ ]?(?:dot|\.|punto|ponto|point|punkt|punt)[ ]?[)\]}>][ ]?|[ ]?\.[ ]?"
    r"|[ ](?:dot|punto|ponto|point|punkt|punt)[ ])"
)
_TLD: Final = (
    "(?:com|net|org|edu|gov|io|co|info|biz|me|dev|app|ai|uk|us|ca|au|de|fr|es|it|nl|pt|br|in|eu|ch|at|be|ie|pl|se|"
    "no|dk|fi|test|example|online|shop|mail)"
)
_SPOKEN: Final = gated(
    re.compile(
        rf"(?<![a-z0-9._%+-])([a-z0-9_%+-]{{1,40}}+(?:(?:\.|[\[(](?:dot|\.)[\])]"
        rf"|[ ](?:dot|punto|ponto|point|punkt|punt|underscore|dash)[ ])[a-z0-9_%+-]{{1,40}}+){{0,4}})"
        rf"({_AT})([a-z0-9-]{{1,40}}+(?:{_DOT}[a-z0-9-]{{2,40}}){{0,3}}{_DOT}{_TLD})(?![a-z0-9])"
    ),
    rf"[a-z0-9-]{_DOT}{_TLD}(?:[^a-z0-9]|$)",
)
#: A comma for the dot, or none, with the large providers.
_PROVIDER: Final = re.compile(
    r"(?<![a-z0-9._%+-])[a-z0-9][a-z0-9._%+-]{1,63}+[ ]?@[ ]?(?:g(?:oogle)?mail|yahoo|ymail|hotmail|outlook|live|icloud"
    r"|aol|msn|gmx|web|proton(?:mail)?|orange|free|libero|bol|uol)(?:[,;][ ]?|[ ])?(?:com|net|org|de|fr|it|es|ch|at|nl"
    r"|co[., ]uk|com[., ]br|me)(?![a-z0-9])"
)
#: What stands behind an @ in the first and the third, in RE2: there are texts full of signs.
_HOSTS: Final = PatternSet(
    (
        r"@[ ]?[^ @]+[ ]?\.",
        "@[ ]?(?:g|yahoo|ymail|hotmail|outlook|live|icloud|aol|msn|web|proton|orange|free|libero|bol|uol)",
    )
)
_HOST, _LARGE_HOST = range(2)
#: With these "at" is no preposition.
_LARGE: Final = re.compile(
    "(?:g(?:oogle)?mail|yahoo|ymail|hotmail|outlook|icloud|aol|gmx|proton(?:mail)?|me|live|msn)(?![a-z])"
)
#: Spaces around every sign, as some keyboards put them.
_LOOSE: Final = re.compile(
    rf"(?<![a-z0-9._%+-])[a-z0-9_%+-]{{1,40}}(?:[ ]?[.][ ]?[a-z0-9_%+-]{{1,40}}){{0,4}}[ ]@[ ]"
    rf"[a-z0-9-]{{1,40}}(?:[ ]?\.[ ]?[a-z0-9-]{{2,40}}){{0,3}}[ ]?\.[ ]?{_TLD}(?![a-z0-9])"
)
_WORD: Final = words("email")
_NOT_LOCAL: Final = frozenset(rulebook()["not_local"])


class EmailDetector:
    """Addresses with an @, and with words or brackets in its place."""

    id = "email"
    entities = ("EMAIL",)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Addresses in one view."""
        fired = _HOSTS.fired(scan.lower) if "@" in scan.text else ()
        for match in _PLAIN.finditer(scan.text) if _HOST in fired else ():
            start = match.start()
            while start < match.end(1) - 1 and scan.text[start] in ".-_*~!?&|`#":
                start += 1
            yield scan.candidate("EMAIL", start, match.end(), self.id, 0.9)
        for match in _LOOSE.finditer(scan.lower) if " @ " in scan.lower else ():
            yield scan.candidate("EMAIL", match.start(), match.end(), self.id, 0.95)
        for match in _PROVIDER.finditer(scan.lower) if _LARGE_HOST in fired else ():
            yield scan.candidate("EMAIL", match.start(), match.end(), self.id, 0.8)
        for match in scan.found(_SPOKEN):
            if self._is_address(scan, match):
                yield scan.candidate("EMAIL", match.start(), match.end(), self.id, 0.75)

    def _is_address(self, scan: Scan, match: re.Match[str]) -> bool:
        local, sign = match.group(1), match.group(2).strip()
        if sign.startswith(("(", "[", "{", "<", "@", "&")):
            return True
        if local in _NOT_LOCAL:
            return False
        if _LARGE.match(match.group(3)):
            return True
        if scan.is_bare(match.start(), match.end()):
            return True
        dotted = any(mark in local for mark in (" dot ", ".", "_", " underscore ")) or any(
            char.isdigit() for char in local
        )
        return dotted or scan.word_before(_WORD, match.start()) or scan.was_asked(_WORD)
