"""What goes into and comes out of the engine. Offsets are code points, half-open."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from compliance.masking.errors import ForgedMaskedTextError

VISITOR: Final = "visitor"
AGENT: Final = "agent"

_ENGINE_SEAL: Final = object()


@dataclass(frozen=True, slots=True)
class Utterance:
    """One message of a conversation: who wrote it ("visitor" or "agent") and the text."""

    by: str
    text: str
    #: How it reads as context, once that was asked for: it is the context of the messages after it as well.
    reading: list[str] = field(default_factory=list, init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Context:
    """What surrounds the text to be masked.

    `previous` are the messages before it, oldest first, already masked or not; six are enough.
    `names` are those known from the contact's own profile.
    """

    by: str = VISITOR
    previous: Sequence[Utterance] = ()
    names: Sequence[str] = ()


class Finding(NamedTuple):
    """One masked value: where it was, where its placeholder is, and who found it.

    `last_four` is given for cards only. `confidence` is between 0 and 1.
    """

    entity: str
    start: int
    end: int
    masked_start: int
    masked_end: int
    detector: str
    confidence: float
    last_four: str | None = None


@dataclass(frozen=True, slots=True)
class MaskedText:
    """A text the engine has masked. Only the engine makes one; storage accepts nothing else."""

    text: str
    findings: tuple[Finding, ...] = ()
    #: The fingerprint of the policy that masked it.
    masked_with: str = ""
    seal: object = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.seal is not _ENGINE_SEAL:
            raise ForgedMaskedTextError("Only compliance.masking makes a MaskedText.")

    def __str__(self) -> str:
        return self.text


def sealed(text: str, findings: tuple[Finding, ...], masked_with: str) -> MaskedText:
    """Make a `MaskedText`. For the engine alone; import-linter keeps others out of this module."""
    return MaskedText(text, findings, masked_with, _ENGINE_SEAL)


class Candidate(NamedTuple):
    """A span some detector believes in, in offsets of the text being masked."""

    entity: str
    start: int
    end: int
    detector: str
    score: float
    last_four: str | None = None
    #: By its form and check alone: no word is near it.
    is_unnamed: bool = False
