"""Mask spans that a person has pointed at, because no rule saw them."""

from collections.abc import Sequence
from typing import Final

from compliance.masking.entities import ENTITIES, OTHER
from compliance.masking.findings import Candidate, MaskedText, sealed
from compliance.masking.placeholders import PLACEHOLDER
from compliance.masking.render import Rendering

DETECTOR: Final = "report"
_CARD_DIGITS: Final = range(12, 20)


def mask_by_hand(text: str, spans: Sequence[tuple[int, int]], entity: str) -> MaskedText:
    """Put placeholders over spans of a text that has been masked already.

    Args:
        text: As it is stored.
        spans: Start and end in code points, half-open. What is a placeholder already is left out.
        entity: What it is; of an unknown kind, or a card that has not a card's digits, it becomes `[masked]`.
    """
    taken = [match.span() for match in PLACEHOLDER.finditer(text)]
    free = sorted(piece for span in spans for piece in _free(max(0, span[0]), min(len(text), span[1]), taken))
    rendering = Rendering(text)
    rendering.apply([_candidate(text, start, end, entity) for start, end in _apart(free)])
    return sealed(rendering.text, rendering.findings(), "")


def _free(start: int, end: int, taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The parts of a span outside the placeholders."""
    pieces = []
    for low, high in taken:
        if high <= start or low >= end:
            continue
        if start < low:
            pieces.append((start, low))
        start = high
    if start < end:
        pieces.append((start, end))
    return pieces


def _apart(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same, those that overlap as one."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _candidate(text: str, start: int, end: int, entity: str) -> Candidate:
    digits = "".join(char for char in text[start:end] if char in "0123456789")
    if entity not in ENTITIES or (entity == "CARD" and len(digits) not in _CARD_DIGITS):
        entity = OTHER
    return Candidate(entity, start, end, DETECTOR, 1.0, digits[-4:] if entity == "CARD" else None)
