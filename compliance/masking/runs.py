"""Runs of digit groups: the raw material of card numbers, in one text or over several."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

#: What people say between the groups of a number they dictate.
_SAID: Final = (
    "(?:x|and|y|et|und|e|en|aur|then|next|followed by|after that|finally|lastly|and then|luego|puis|dann|poi|dan"
    "|depois|phir|dash"
    "|hyphen|space|dot|comma|period|underscore|minus|slash|tiret|guion|espacio|punto|punkt|point|trait|plus|nbsp|br"
    "|uh|uhm|um|umm|er|erm|eh|ehm|hm|hmm|ah|ok|okay|yes|yeah|ja|oui|si|first|second|third|fourth|last|four|vier|cuatro|quatre|quattro|quatro"
    "|group|digits|numbers|the|dazu|noch)"
)
#: What may stand between two groups of one number: up to five signs of any kind, a letter, or a few words of that sort.
_GAP: Final = (
    "(?:[^0-9a-z\ue000]{0,5}|[a-z]"
    f"|[^0-9a-z\ue000]{{0,4}}{_SAID}(?:[^0-9a-z\ue000]{{1,3}}{_SAID}){{0,2}}[^0-9a-z\ue000]{{0,4}})"
)
RUN: Final = re.compile(f"[0-9](?:{_GAP}[0-9])+")
_MOST_LOOKED_AT: Final = 40
_GROUP: Final = re.compile("[0-9]+")

#: How the digits of a card are written, in groups, apart from one group and groups of equal size.
CANONICAL: Final = frozenset(
    {
        (4, 4, 4, 4),
        (4, 4, 4, 4, 3),
        (4, 4, 4, 4, 2),
        (4, 4, 4, 4, 1),
        (4, 6, 5),
        (4, 6, 4),
        (4, 5, 6),
        (4, 4, 4, 3),
        (4, 4, 4, 2),
        (4, 4, 4, 1),
        (4, 4, 5),
    }
)
#: Written so by some; taken only if nothing of the run is left over.
WHOLE_ONLY: Final = frozenset(
    {
        (4, 4, 4),
        (4, 4, 8),
        (4, 8, 4),
        (8, 4, 4),
        (4, 12),
        (12, 4),
        (8, 8),
        (6, 10),
        (6, 9),
        (6, 13),
        (8, 11),
        (6, 6, 4),
        (5, 5, 5),
        (5, 5, 5, 1),
        (5, 5, 6),
        (6, 5, 4),
        (6, 4, 6),
        (6, 4, 5),
        (4, 4, 7),
        (10, 6),
        (12, 3),
        (4, 11),
        (4, 3, 4, 4),
        (4, 4, 3, 4),
        (2, 4, 4, 4, 2),
        (4, 4, 4, 4, 4),
        (1, 3, 3, 3, 3, 3),
    }
)

USUAL: Final = CANONICAL | WHOLE_ONLY
_MOST_GROUPS: Final = 6
_LENGTHS: Final = range(12, 20)


class Group(NamedTuple):
    """Digits with nothing between them."""

    start: int
    end: int
    digits: str


class Run(list[Group]):
    """Groups close to each other. They do not change: digits and sizes are put together once."""

    def __init__(self, groups: Iterable[Group]) -> None:
        super().__init__(groups)
        #: Groups from the first on that are of numbers already found.
        self.taken = 0
        #: Those of all groups.
        self.digits = "".join([group.digits for group in self])
        #: Digits in each group.
        self.sizes = tuple([len(group.digits) for group in self])
        #: Where in `digits` each group begins, and their end.
        self.offsets = [0, *accumulate(self.sizes)]


def find_runs(lower: str, least: int = 1) -> Iterator[Run]:
    """Maximal sequences of digit groups close to each other, without those too short for so many digits."""
    for match in RUN.finditer(lower):
        if match.end() - match.start() < least:
            continue
        groups = _GROUP.finditer(lower, match.start(), match.end())
        yield Run([Group(group.start(), group.end(), group.group()) for group in groups])


def joined(run: Run, first: int, last: int) -> str:
    """The digits of groups `first` to `last`, exclusive."""
    return run.digits[run.offsets[first] : run.offsets[last]]


def shape(run: Run, first: int, last: int) -> tuple[int, ...]:
    """The sizes of groups `first` to `last`, exclusive."""
    return run.sizes[first:last]


def is_evenly_separated(lower: str, run: Run) -> bool:
    """Whether the same stands between all groups of a run."""
    between = {lower[one.end : other.start] for one, other in pairwise(run)}
    return len(between) == 1


def regular_stretch(run: Run, first: int, size: int) -> int:
    """The end of the groups of `size` digits that begin at `first`; looks at no more than 40."""
    last = first
    sizes, most = run.sizes, min(len(run), first + _MOST_LOOKED_AT)
    while last < most and sizes[last] == size:
        last += 1
    return last


def usual_counts(run: Run, first: int, *, begins_run: bool) -> tuple[int, ...]:
    """How many groups from `first` on are written as cards are, by their sizes alone, most first."""
    return _usual_counts(run.sizes[first : first + _MOST_GROUPS], USUAL if begins_run else CANONICAL)


@lru_cache(maxsize=4096)
def _usual_counts(sizes: tuple[int, ...], ways: frozenset[tuple[int, ...]]) -> tuple[int, ...]:
    usual = [sizes[0] in _LENGTHS] + [sizes[:count] in ways for count in range(2, len(sizes) + 1)]
    return tuple(count for count in range(len(sizes), 0, -1) if usual[count - 1])
