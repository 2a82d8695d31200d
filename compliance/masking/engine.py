"""The engine: fold, gate, detectors, resolver, renderer, again until nothing more is found.

Rounds make the result a fixed point: what is rendered has been scanned as it stands, so masking
it once more finds nothing. Card-class detectors run first, and if one fails the text is refused;
if a personal-data detector fails, long numbers and addresses are masked whole.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from compliance.masking.alike import Alike
from compliance.masking.cards import CARD_WORD
from compliance.masking.coarse import coarse_candidates
from compliance.masking.detectors import Entry, Plan, ViewMaker, has_anything, plan_for, views_worth_making
from compliance.masking.entities import CARD_CLASS, OTHER
from compliance.masking.errors import DetectorFailedError, fails_closed
from compliance.masking.findings import Candidate, Context, MaskedText, sealed
from compliance.masking.fold import BARRIER, fold
from compliance.masking.keys import keys_view
from compliance.masking.letters import letters_view
from compliance.masking.lookalike import lookalike_view
from compliance.masking.misspelt import misspelt_view
from compliance.masking.placeholders import CARD_GIVEN, CUSTOM_PREFIX, without_placeholders
from compliance.masking.policy import MaskingPolicy
from compliance.masking.render import Rendering
from compliance.masking.replies import secret_reply
from compliance.masking.resolver import resolve
from compliance.masking.rules import RuleDetector
from compliance.masking.scan import Scan
from compliance.masking.segments import segments_view
from compliance.masking.tables import tables_view
from compliance.masking.transcript import transcript_view

#: CPU time of the thread for a text of up to 8 Ki characters, the longest message there is.
DEADLINE_NS: Final = 50_000_000
_DEADLINE_LENGTH: Final = 8192
_MAX_ROUNDS: Final = 16
#: From this round on a find takes all it is glued to: of keys in a row without anything between, each only comes to
#: stand alone when the one before is masked.
_PATIENT_ROUNDS: Final = 5
_GLUED: Final = re.compile(rf"[^\s{BARRIER}]+")
_NO_CONTEXT: Final = Context()


@dataclass(frozen=True, slots=True)
class Round:
    """One look at the text as it stood: what any detector believed in, and what was masked of it."""

    text: str
    scan: Scan
    found: list[Candidate]
    chosen: list[Candidate]


Watch = Callable[[Round], None]


@fails_closed("engine")
def mask(text: str, policy: MaskingPolicy, context: Context = _NO_CONTEXT, *, watch: Watch | None = None) -> MaskedText:
    """Mask one text. Pure: no clock but the thread's CPU time, no network, no database.

    `watch` is told of each round; it changes nothing.

    Raises:
        DetectorFailedError: A card-class detector failed or came too late. The text may not be
            stored or shown.
    """
    if text.isascii() and not _is_worth_reading(text, text.lower(), policy, context):
        return sealed(text, (), policy.fingerprint)
    rendering = Rendering(text)
    masked_to_fixed_point(rendering, policy, context, watch)
    return sealed(rendering.text, rendering.findings(), policy.fingerprint)


def _is_worth_reading(text: str, lower: str, policy: MaskingPolicy, context: Context) -> bool:
    """Whether there can be anything to mask; a word alone only where something was said before it."""
    if has_anything(lower) or context.names or policy.rules:
        return True
    return bool(context.previous) and secret_reply(text) is not None


def masked_to_fixed_point(
    rendering: Rendering, policy: MaskingPolicy, context: Context, watch: Watch | None = None
) -> None:
    """Mask what is left in `rendering` until nothing more is found."""
    plan = plan_for(policy)
    known: dict[str, float] = {}
    alike = Alike()
    for number in range(_MAX_ROUNDS):
        view = fold(without_placeholders(rendering.text))
        scan = Scan(view, context, policy, holds_card=CARD_GIVEN in rendering.text, known=known)
        if not _is_worth_reading(scan.text, scan.lower, policy, context):
            return
        found = found_in(scan, plan, rendering.text if number else None)
        chosen = resolve(_wanted(scan, found, rendering.text))
        if number >= _PATIENT_ROUNDS:
            blanked = without_placeholders(rendering.text)
            chosen = resolve(_with_what_is_glued(candidate, blanked) for candidate in chosen)
        if number and not chosen:
            found = [*found, *alike.find(scan)]
            chosen = resolve(_wanted(scan, found, rendering.text))
        if watch is not None:
            watch(Round(rendering.text, scan, found, chosen))
        if not chosen:
            return
        alike.learn(chosen, rendering.text)
        rendering.apply(chosen)


def _with_what_is_glued(candidate: Candidate, blanked: str) -> Candidate:
    """The candidate up to the next space or placeholder behind it."""
    behind = _GLUED.match(blanked, candidate.end)
    return candidate._replace(end=behind.end()) if behind else candidate


def found_in(scan: Scan, plan: Plan, text: str | None = None) -> list[Candidate]:
    """Everything any detector believes in, within the deadline.

    Of a text that something has been masked in, given as `text`, the other views are looked at only when nothing more
    is found in the first: else they would be looked at once for each find that only another one lets be seen.
    A first miss is tried again: in a large process a garbage collection alone can take as long.
    """
    allowed = DEADLINE_NS * (1 + len(scan.text) // _DEADLINE_LENGTH)
    try:
        return _candidates(scan, plan, text, _Deadline(time.thread_time_ns() + allowed, is_last=False))
    except _LateError:
        pass
    return _candidates(scan, plan, text, _Deadline(time.thread_time_ns() + allowed, is_last=True))


def _candidates(scan: Scan, plan: Plan, text: str | None, deadline: "_Deadline") -> list[Candidate]:
    """Everything any detector believes in."""
    found = _run(plan.active(scan), scan, deadline)
    if text is not None and next(_wanted(scan, found, text), None) is not None:
        return found
    for make_view in views_worth_making(scan.lower):
        view = make_view(scan.view)
        if view is not None:
            guess = make_view is lookalike_view
            other = Scan(view, scan.context, scan.policy, is_guess=guess, holds_card=scan.holds_card, known=scan.known)
            found += _run([entry for entry in plan.active(other) if _reads(entry, make_view)], other, deadline)
    for rule in scan.policy.rules:
        for match in rule.pattern.finditer(scan.text):
            if match.end() > match.start():
                found.append(scan.candidate(OTHER, match.start(), match.end(), CUSTOM_PREFIX + rule.name, 1.0))
    return found


#: Views in which every detector is run.
_WHOLE_VIEWS: Final = (misspelt_view, transcript_view, keys_view, tables_view, letters_view, segments_view)


def _reads(entry: Entry, make_view: ViewMaker) -> bool:
    """Whether a detector is run in such a view."""
    if entry.is_card_class or make_view in _WHOLE_VIEWS:
        return True
    # A letter that passes for a digit is believed in a card number, which has a check digit, and in
    # an SSN or a telephone number, whose word must stand beside it.
    # The same goes for any number of digits alone that a rule explains by its word.
    named = entry.detector.id in ("ssn", "phone") or isinstance(entry.detector, RuleDetector)
    return entry.disguised and (make_view is not lookalike_view or named)


class _LateError(Exception):
    """The deadline was missed, and there is another try."""


@dataclass(frozen=True, slots=True)
class _Deadline:
    at_ns: int
    is_last: bool

    def is_missed(self) -> bool:
        if time.thread_time_ns() <= self.at_ns:
            return False
        if not self.is_last:
            raise _LateError
        return True


def _run(entries: list[Entry], scan: Scan, deadline: _Deadline) -> list[Candidate]:
    """The findings of these detectors, in their order, or fail as the class of data demands."""
    found: list[Candidate] = []
    late = False
    for entry in entries:
        failed = late
        if not late:
            try:
                found.extend(entry.detector.find(scan))
            except Exception:  # noqa: BLE001  whatever it is, the text must not get through
                failed = True
            late = deadline.is_missed()
        if failed or late:
            if entry.is_card_class:
                # Outside the handler: the cause's message or frames could carry the text.
                raise DetectorFailedError(entry.detector.id)
            found.extend(coarse_candidates(scan))
    return found


class NotWanted(StrEnum):
    """Why the policy leaves a candidate as it is."""

    SCORE = "score"
    PLACEHOLDER = "placeholder"
    EXEMPT = "exempt"


def _wanted(scan: Scan, candidates: list[Candidate], text: str) -> Iterator[Candidate]:
    """Those the policy wants: scored high enough, not exempt, not over a placeholder."""
    blanked = without_placeholders(text) if "[" in text else text
    for candidate in candidates:
        if candidate.end > candidate.start and not_wanted(scan.policy, candidate, text, blanked) is None:
            yield candidate


def not_wanted(policy: MaskingPolicy, candidate: Candidate, text: str, blanked: str) -> NotWanted | None:
    """Why the policy does not want a candidate; None when it does. `blanked` is the text without placeholders."""
    if candidate.score < policy.threshold(candidate.entity):
        return NotWanted.SCORE
    if BARRIER in blanked[candidate.start : candidate.end]:
        return NotWanted.PLACEHOLDER
    if policy.exempt and _is_exempt(policy, text, candidate):
        return NotWanted.EXEMPT
    return None


def _is_exempt(policy: MaskingPolicy, text: str, candidate: Candidate) -> bool:
    """Whether the word the number stands in is one of the organisation's own ids.

    A code, PIN or track never is; nor is a number after a word for a card.
    """
    start, end = candidate.start, candidate.end
    if candidate.entity in CARD_CLASS:
        before = fold(text[max(0, start - 40) : start]).text.lower()
        if candidate.entity != "CARD" or CARD_WORD.search(before):
            return False
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    word = text[start:end].strip(".,;:!?()[]\"'")
    return any(pattern.pattern.fullmatch(word) for pattern in policy.exempt)
