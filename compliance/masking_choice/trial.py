"""Try a rule before it masks anything: on everyday sentences that come with the product, and on a sample given."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from compliance.masking import CARD_CLASS, Level, MaskingPolicy, RuleRefusedError, mask
from compliance.masking.placeholders import CUSTOM_PREFIX
from compliance.masking_choice.choice import OwnRule, admit_rule

#: A sample of the organisation's own may be all about it, so a rule may match more of that.
MOST_EVERYDAY: Final = 0.1
MOST_OF_SAMPLE: Final = 0.5
#: Of fewer lines a share says nothing.
FEW_LINES: Final = 10
MAX_LINES: Final = 200
MAX_LINE: Final = 500


@dataclass(frozen=True, slots=True)
class TriedLine:
    """A text of the sample, cut at what the rule matches: plain and matched pieces in turn, the first one plain."""

    pieces: tuple[str, ...]

    @property
    def is_hit(self) -> bool:
        return len(self.pieces) > 1


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule matches."""

    rule: OwnRule
    everyday: tuple[TriedLine, ...]
    sample: tuple[TriedLine, ...]

    @property
    def everyday_hits(self) -> list[TriedLine]:
        return [line for line in self.everyday if line.is_hit]

    @property
    def sample_hits(self) -> list[TriedLine]:
        return [line for line in self.sample if line.is_hit]

    @property
    def refusal(self) -> str:
        """Why the rule is too broad, or nothing."""
        hits, lines = len(self.everyday_hits), len(self.everyday)
        if hits > lines * MOST_EVERYDAY:
            return _too_many(hits, lines, "everyday sentences", MOST_EVERYDAY)
        hits, lines = len(self.sample_hits), len(self.sample)
        if lines >= FEW_LINES and hits > lines * MOST_OF_SAMPLE:
            return _too_many(hits, lines, "lines of your sample", MOST_OF_SAMPLE)
        return ""

    def require_narrow(self) -> None:
        """Let a rule pass that matches little.

        Raises:
            RuleRefusedError: It matches too much.
        """
        if self.refusal:
            raise RuleRefusedError(self.refusal)


def try_rule(rule: OwnRule, sample: Sequence[str] = ()) -> Trial:
    """Run a rule as the engine would, alone.

    Args:
        rule: Its pattern has to be acceptable.
        sample: Texts, looked at and forgotten; of many or long ones the beginning.

    Raises:
        RuleRefusedError: Its name or pattern is not acceptable.
    """
    policy = MaskingPolicy("trial", _ALONE, rules=(admit_rule(rule),))
    everyday = tuple(_tried(line, policy) for line in everyday_sentences())
    lines = [line.strip()[:MAX_LINE] for line in sample if line.strip()]
    return Trial(rule, everyday, tuple(_tried(line, policy) for line in lines[:MAX_LINES]))


@cache
def everyday_sentences() -> tuple[str, ...]:
    """What people write to a helpdesk that no rule has to mask."""
    text = files("compliance.masking_choice").joinpath("everyday_sentences.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line.strip())


def _too_many(hits: int, lines: int, of_what: str, most: float) -> str:
    return f"It matches {hits} of {lines} {of_what} ({hits / lines:.0%}); {most:.0%} is the most."


def _tried(text: str, policy: MaskingPolicy) -> TriedLine:
    pieces: list[str] = []
    at = 0
    for finding in mask(text, policy).findings:
        if finding.detector.startswith(CUSTOM_PREFIX):
            pieces += [text[at : finding.start], text[finding.start : finding.end]]
            at = finding.end
    return TriedLine((*pieces, text[at:]))


# Card-class entities cannot be off; what they find is left out.
_ALONE: Final = dict.fromkeys(MaskingPolicy.named("all").levels, Level.OFF) | dict.fromkeys(CARD_CLASS, Level.BALANCED)
