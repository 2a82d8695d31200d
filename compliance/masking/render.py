"""Put placeholders in place of values and keep book of where both are."""

from compliance.masking.findings import Candidate, Finding, MaskedText
from compliance.masking.placeholders import placeholder_for


class Rendering:
    """A text on its way from raw to masked. Offsets of findings refer to the text it began with."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._findings: list[Finding] = []

    @classmethod
    def again(cls, text: str, masked: MaskedText) -> "Rendering":
        """Go on from what has been masked of `text`."""
        rendering = cls(text)
        rendering.text = masked.text
        rendering._findings = list(masked.findings)
        return rendering

    def overlay(self, later: MaskedText) -> None:
        """Take over what was found in the present text, given as masked."""
        self.apply(
            [
                Candidate(
                    finding.entity,
                    finding.start,
                    finding.end,
                    finding.detector,
                    finding.confidence,
                    finding.last_four,
                )
                for finding in later.findings
            ]
        )

    def findings(self) -> tuple[Finding, ...]:
        """What has been masked, in order of position."""
        return tuple(self._findings)

    def apply(self, chosen: list[Candidate]) -> None:
        """Replace candidates of the present text: in order, not overlapping, none in a placeholder."""
        pieces: list[str] = []
        fresh: list[Finding] = []
        kept = self._findings
        at = length = known = shift = 0
        moved: list[Finding] = []
        for candidate in chosen:
            while known < len(kept) and kept[known].masked_start < candidate.start:
                moved.append(_moved(kept[known], shift))
                known += 1
            placeholder = placeholder_for(candidate, self.text)
            pieces += [self.text[at : candidate.start], placeholder]
            length += candidate.start - at
            # How far the text that it began with is ahead of the present one.
            ahead = kept[known - 1].end - kept[known - 1].masked_end if known else 0
            fresh.append(_finding(candidate, ahead, length, length + len(placeholder)))
            length += len(placeholder)
            at = candidate.end
            shift += len(placeholder) - (candidate.end - candidate.start)
        moved += [_moved(finding, shift) for finding in kept[known:]]
        self.text = "".join(pieces) + self.text[at:]
        self._findings = sorted(moved + fresh, key=lambda finding: finding.masked_start)


def _finding(candidate: Candidate, ahead: int, masked_start: int, masked_end: int) -> Finding:
    return Finding(
        entity=candidate.entity,
        start=candidate.start + ahead,
        end=candidate.end + ahead,
        masked_start=masked_start,
        masked_end=masked_end,
        detector=candidate.detector,
        confidence=round(candidate.score, 2),
        last_four=candidate.last_four,
    )


def _moved(finding: Finding, shift: int) -> Finding:
    if not shift:
        return finding
    return Finding(
        finding.entity,
        finding.start,
        finding.end,
        finding.masked_start + shift,
        finding.masked_end + shift,
        finding.detector,
        finding.confidence,
        finding.last_four,
    )
