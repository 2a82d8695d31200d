"""What the browser's twin of the engine is made from: the same patterns, words and tables, as one module.

`python -m compliance.masking.twin` prints chat/static/chat/shared/masking-rules.js. The twin only
advises before sending; it knows cards with their codes, SSNs and IBANs. A test compares the file.
"""

import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, Final

from compliance.masking import cards, cardvetoes, codes, fold, followups, iban, issuers, lexicon, runs, scan, ssn
from compliance.masking.findings import Context
from compliance.masking.placeholders import PLACEHOLDER, without_placeholders
from compliance.masking.policy import Level, MaskingPolicy
from compliance.masking.resolver import resolve

#: What `cards` has a method of `str` for.
_HEX_BEFORE: Final = re.compile(r"[0-9a-f]{1,64}(?![\s\S])")
TWIN_ENTITIES: Final = ("CARD", "CVV", "SSN", "IBAN")
_WORDS: Final = {
    "card": ("card",),
    "notCard": ("not_card",),
    "cvv": ("cvv",),
    "cvvStrong": ("cvv_strong",),
    "negative": ("negative",),
    "cvvNegative": ("negative", "last_four"),
    "ssn": ("ssn",),
    "itin": ("itin",),
    "ssnOther": ssn.OTHER_LISTS,
}


def twin_policy() -> MaskingPolicy:
    """The engine switched to what the twin can do, for comparing the two."""
    off = {entity: Level.OFF for entity in MaskingPolicy.named("all").levels if entity not in TWIN_ENTITIES}
    return MaskingPolicy.named("all").with_levels(**off)


def advice(text: str) -> list[tuple[str, int, int]]:
    """What the twin finds: the text as folded, without the engine's other views, context and rounds."""
    policy = twin_policy()
    view = scan.Scan(fold.fold(without_placeholders(text)), Context(), policy)
    detectors = (cards.CardDetector(), codes.CvvDetector(), ssn.SsnDetector(), iban.IbanDetector())
    found = [candidate for detector in detectors for candidate in detector.find(view)]
    wanted = [candidate for candidate in found if candidate.entity in TWIN_ENTITIES]
    return [(candidate.entity, candidate.start, candidate.end) for candidate in resolve(wanted)]


def _packed(ranges: list[list[int]]) -> str:
    """Each range by its distance from the one before, in hexadecimal, then what differs from ten digits from 0."""
    before = [0, *(first for first, _, _ in ranges)]
    return " ".join(
        f"{first - last:x}" if (count, value) == (10, 0) else f"{first - last:x}.{count}.{value}"
        for (first, count, value), last in zip(ranges, before, strict=False)
    )


def _digit_ranges() -> list[list[int]]:
    """Digits of all scripts and styles as [first code point, count, first value]."""
    ranges: list[list[int]] = []
    for point in range(128, sys.maxunicode + 1):
        folded = fold.fold_char(chr(point)) if unicodedata.category(chr(point)) in ("Nd", "No") else ""
        if not folded.isdigit() or not folded.isascii():
            continue
        last = ranges[-1] if ranges else [0, 0, 0]
        if last[0] + last[1] == point and (last[2] + last[1]) % 10 == int(folded):
            last[1] += 1
        else:
            ranges.append([point, 1, int(folded)])
    return ranges


def _joined(words: list[str]) -> str:
    """Words in one string, which takes the browser a fifth less to load than a list."""
    if any("~" in word for word in words):
        raise ValueError("a word holds what stands between words")
    return "~".join(sorted(set(words)))


def _without_list(source: str) -> str:
    """A pattern with a sign for the words that the browser has as a list already."""
    if "~" in source:
        raise ValueError("a pattern holds what stands for a list of words")
    return source.replace(lexicon.alternation("last_four"), "~")


def _issued(low: str, high: str, lengths: Iterable[int]) -> str:
    """A range of beginnings with the lengths of its numbers, where these are others than 16 digits."""
    of = ",".join(map(str, lengths))
    return low + ("" if low == high else f"-{high}") + ("" if of == "16" else f":{of}")


def _by_length(lengths: Mapping[str, int]) -> dict[int, str]:
    """Countries one after the other, by the length they share."""
    return {
        length: "".join(country for country in lengths if lengths[country] == length) for length in lengths.values()
    }


def twin_rules() -> dict[str, Any]:
    """Patterns, words and tables by the names the twin uses."""
    patterns = {
        "run": runs.RUN,
        "date": followups.DATE,
        "code": followups.CODE,
        "spacedCode": followups.SPACED_CODE,
        "gap": followups.GAP,
        "description": codes.DESCRIPTION,
        "break": codes.BREAK,
        "failure": codes.FAILURE,
        "links": codes.LINKS,
        "year": codes.YEAR,
        "or": codes.OR,
        "ending": codes.ENDING,
        "ofOther": codes.OF_OTHER,
        "counted": codes.COUNTED,
        "gluedDate": followups.GLUED_DATE,
        "formatted": ssn.FORMATTED,
        "nine": ssn.ANY,
        "einForm": ssn.EIN_FORM,
        "ibanStart": iban.START,
        "product": cardvetoes.PRODUCT,
        "imei": cardvetoes.IMEI,
        "sum": cardvetoes.SUM,
        "url": cardvetoes.URL,
        "carrier": cardvetoes.CARRIER,
        "month": cards.MONTH,
        "hexBefore": _HEX_BEFORE,
        "hexAfter": cardvetoes.HEX_AFTER,
        "placeholder": PLACEHOLDER,
        "link": lexicon.LINK,
        "nextValue": scan.NEXT_VALUE,
    }
    return {
        "lists": {name: _joined(lexicon.rulebook()["lexicon"][name]) for name in sorted(set(chain(*_WORDS.values())))},
        "words": _WORDS,
        "digits": _packed(_digit_ranges()),
        "patterns": {name: _without_list(pattern.pattern) for name, pattern in patterns.items()},
        "canonical": sorted(" ".join(map(str, shape)) for shape in runs.CANONICAL),
        "wholeOnly": sorted(" ".join(map(str, shape)) for shape in runs.WHOLE_ONLY),
        "issuers": " ".join(_issued(low, high, lengths) for _, low, high, lengths in issuers.RANGES),
        "iban": _by_length(iban.LENGTHS),
        # A character of the first for one of the second.
        "fold": ["".join(fold.SPECIAL), "".join(fold.SPECIAL.values())],
    }


def twin_module() -> str:
    """The text of masking-rules.js."""
    facts = json.dumps(twin_rules(), ensure_ascii=True, separators=(",", ":"))
    return (
        "// Made from the engine's rules by `python -m compliance.masking.twin`; do not edit.\n"
        f"export default {facts};\n"
    )


if __name__ == "__main__":
    sys.stdout.write(twin_module())
