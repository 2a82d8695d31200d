"""What can go wrong while masking. No message carries any of the text."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


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


def fails_closed(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Turn whatever a function raises into `DetectorFailedError`: the text must not get through."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return function(*args, **kwargs)
            except MaskingError:
                raise
            except Exception:  # noqa: BLE001, S110  the reason could carry the text; it goes no further
                pass
            # Raised outside the handler, so that the cause is not chained to it.
            raise DetectorFailedError(name)

        return guarded

    return decorate
