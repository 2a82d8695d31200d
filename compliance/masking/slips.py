"""Numbers that are others with a digit or two wrong: "…6044, no, the last one is a 1, …6041".

All numbers are compared at once: bit n of a mask stands for number n, so a text of many is no slower.
"""

from collections import defaultdict
from collections.abc import Iterable


class Slips:
    """What lies within two wrong digits of some numbers of the same length."""

    def __init__(self, numbers: Iterable[str]) -> None:
        #: By length, place and digit: the numbers that have it there.
        self._having: defaultdict[tuple[int, int, str], int] = defaultdict(int)
        self._of_length: defaultdict[int, int] = defaultdict(int)
        for index, number in enumerate(numbers):
            self._of_length[len(number)] |= 1 << index
            for place, digit in enumerate(number):
                self._having[len(number), place, digit] |= 1 << index

    def reach(self, digits: str) -> bool:
        """Whether at most two digits are not those of one of the numbers."""
        near = self._of_length.get(len(digits), 0)
        once = twice = 0
        for place, digit in enumerate(digits if near else ""):
            wrong = ~self._having.get((len(digits), place, digit), 0)
            near &= ~(twice & wrong)
            twice |= once & wrong
            once |= wrong
        return near != 0
