"""Forms of reports about masking. No value is sent in them: places only."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from chat.models import DeclineReason, ReportKind
from chat.protocol.events import FindingSpan, MessagePosted
from compliance.masking import ENTITIES, OTHER
from compliance.masking_choice.words import entity_name

#: Of a longer message, only so many words can be pointed at.
MAX_WORDS: Final = 600
_WORD: Final = re.compile(r"\S+")
_TRAILING: Final = ".,;:!?)]}\"'”’"  # noqa: RUF001
_LEADING: Final = "([{\"'“‘"  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a message: plain, hidden (named by `entity`), or a word that can be pointed at by its number."""

    text: str
    start: int
    end: int
    entity: str = ""
    number: int | None = None

    @property
    def span(self) -> str:
        return f"{self.start}-{self.end}"


def pieces_of(message: MessagePosted) -> list[Piece]:
    """Cut a message into what was hidden, words, and what stands between them."""
    pieces: list[Piece] = []
    words = 0
    for part in _parts(message.text, message.findings):
        if part.entity:
            pieces.append(part)
            continue
        at = part.start
        for match in _WORD.finditer(part.text):
            start, end = _core(part, match)
            if words == MAX_WORDS:
                break
            pieces.append(Piece(message.text[at:start], at, start))
            pieces.append(Piece(message.text[start:end], start, end, number=words))
            words += 1
            at = end
        pieces.append(Piece(message.text[at : part.end], at, part.end))
    return [piece for piece in pieces if piece.text]


def _parts(text: str, findings: Sequence[FindingSpan]) -> Iterator[Piece]:
    at = 0
    for finding in sorted(findings, key=lambda each: each.start):
        if not at <= finding.start < finding.end <= len(text):
            continue
        yield Piece(text[at : finding.start], at, finding.start)
        yield Piece(text[finding.start : finding.end].strip("[]"), finding.start, finding.end, entity=finding.entity)
        at = finding.end
    yield Piece(text[at:], at, len(text))


def _core(part: Piece, match: re.Match[str]) -> tuple[int, int]:
    """A word without the signs around it; of signs alone, all of them."""
    core = match.group().rstrip(_TRAILING)
    end = match.start() + len(core) if core else match.end()
    start = match.end() - len(match.group().lstrip(_LEADING)) if core else match.start()
    return part.start + min(start, end - 1), part.start + end


class ReportForm(forms.Form):
    """What was missed, by the numbers of words, or which hidden span was no reason to hide."""

    kind = forms.ChoiceField(choices=ReportKind.choices, initial=ReportKind.MISS)
    words = forms.TypedMultipleChoiceField(coerce=int, required=False)
    entity = forms.ChoiceField(label="What is it?", required=False)
    hidden = forms.ChoiceField(required=False)
    version = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, message: MessagePosted, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pieces = pieces_of(message)
        kinds = [(entity, entity_name(entity)) for entity in ENTITIES]
        fields: dict[str, Any] = self.fields
        fields["entity"].choices = [(OTHER, "Something else"), *kinds]
        fields["words"].choices = [(piece.number, "") for piece in self.pieces if piece.number is not None]
        fields["hidden"].choices = [("", ""), *((piece.span, "") for piece in self.pieces if piece.entity)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") == ReportKind.MISS and cleaned.get("hidden") and not cleaned.get("words"):
            # Pointing at what is hidden says which of the two is meant.
            cleaned["kind"] = ReportKind.FALSE_ALARM
        if cleaned.get("kind") == ReportKind.MISS and not cleaned.get("words"):
            raise ValidationError("Mark the words that should have been hidden.")
        if cleaned.get("kind") == ReportKind.FALSE_ALARM and not cleaned.get("hidden"):
            raise ValidationError("Choose what was hidden without need.")
        return cleaned

    @property
    def kinds(self) -> list[ReportKind]:
        """What can be reported of this message."""
        kinds = [ReportKind.MISS] if any(piece.number is not None for piece in self.pieces) else []
        return [*kinds, ReportKind.FALSE_ALARM] if any(piece.entity for piece in self.pieces) else kinds

    @property
    def span(self) -> tuple[int, int]:
        """From the first word marked to the last, or the hidden span; in code points of the text."""
        if self.cleaned_data["kind"] == ReportKind.FALSE_ALARM:
            start, _, end = self.cleaned_data["hidden"].partition("-")
            return int(start), int(end)
        marked = [piece for piece in self.pieces if piece.number in set(self.cleaned_data["words"])]
        return marked[0].start, marked[-1].end


class DeclineForm(forms.Form):
    """Why nothing comes of a report."""

    reason = forms.ChoiceField(label="Why", choices=DeclineReason.choices)
