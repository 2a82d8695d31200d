"""What can go wrong while masking. No message carries any of the text."""


class MaskingError(Exception):
    """The base of everything the engine raises."""


class DetectorFailedError(MaskingError):
    """A card-class detector failed or ran out of time: the text may not be stored or shown.

    `detector` names it. The sender keeps the text and tries again.
    """

    def __init__(self, detector: str) -> None:
        super().__init__(f"The detector {detector} could not finish.")
        self.detector = detector


class ForgedMaskedTextError(MaskingError):
    """Something other than the engine tried to make a `MaskedText`."""


class RuleRefusedError(MaskingError):
    """A custom rule or exempt pattern is not acceptable; the message says why."""
