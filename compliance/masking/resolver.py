"""Of overlapping candidates one is taken: by kind, then score, then length."""

from bisect import bisect_left
from collections.abc import Iterable

from compliance.masking.entities import PRIORITY
from compliance.masking.findings import Candidate


def resolve(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Candidates that do not overlap, in order of position."""
    pool = list(candidates)
    if len(pool) == 1:
        return pool
    ibans = [candidate for candidate in pool if candidate.entity == "IBAN"]
    if ibans:
        pool = [candidate for candidate in pool if not _inside(candidate, ibans)]
    pool.sort(key=_rank)
    taken: list[Candidate] = []
    starts: list[int] = []
    for candidate in pool:
        at = bisect_left(starts, candidate.start)
        after_previous = at == 0 or taken[at - 1].end <= candidate.start
        if after_previous and (at == len(taken) or candidate.end <= starts[at]):
            taken.insert(at, candidate)
            starts.insert(at, candidate.start)
    return taken


def _inside(candidate: Candidate, ibans: list[Candidate]) -> bool:
    """A number within an IBAN goes with it: the whole is masked."""
    return candidate.entity == "CARD" and any(
        iban.start <= candidate.start and candidate.end <= iban.end for iban in ibans
    )


def _rank(candidate: Candidate) -> tuple[float, int, float, int]:
    length = candidate.end - candidate.start
    # The longest valid card wins: a shorter one inside it would leave digits behind.
    card_length = -length if candidate.entity == "CARD" else 0
    priority: float = PRIORITY[candidate.entity]
    if candidate.is_unnamed:
        # A Spanish driving licence has the form and check letter of an identity number: its word decides.
        priority = PRIORITY["BANKACCT"] + 0.5
    return priority, card_length, -candidate.score, -length
