"""Numbers split over messages: "4111 1111", then "1111", then "1111".

A message joins if it is mostly digits: beside them only words as people put between the halves.
The first part may also be the end of a sentence that speaks of a card. Joined, they must be an
issued length and beginning and pass Luhn: of four unrelated four-digit answers in a row three in a
hundred look like a card otherwise. The earlier parts are masked again with the new one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from compliance.masking.cards import CARD_WORD
from compliance.masking.closing import names_what_was_given, parts_named
from compliance.masking.engine import mask, masked_to_fixed_point
from compliance.masking.entities import CARD_CLASS, ENTITIES
from compliance.masking.errors import fails_closed
from compliance.masking.findings import Candidate, Context, MaskedText, Utterance, sealed
from compliance.masking.fold import View, fold
from compliance.masking.followups import CardFollowupDetector
from compliance.masking.issuers import MAX_DIGITS, is_card_number, is_issued
from compliance.masking.lexicon import occurs
from compliance.masking.parts import MAX_LENGTH, MESSAGES, SSN, Part, earlier_parts, part_of, without_part_words
from compliance.masking.placeholders import WINDOW, without_placeholders
from compliance.masking.policy import MaskingPolicy
from compliance.masking.render import Rendering
from compliance.masking.replies import may_be_reply, secret_reply
from compliance.masking.resolver import resolve
from compliance.masking.scan import Scan
from compliance.masking.split_iban import join_iban
from compliance.masking.split_small import join_small, may_be_small_part
from compliance.masking.split_text import join_text, tail_of
from compliance.masking.ssn import ssn_kind

#: Seconds within which they were written; the caller leaves older ones out.
WITHIN_S: Final = 180
#: Messages of both parties kept as context.
REMEMBERED: Final = 20

_DETECTOR: Final = WINDOW
_MIN_CARD: Final = 13
_LEAST_ECHO: Final = 4
_MOST_OF_REST: Final = 8
#: Takes a number with digits missing as well: in parts, the rest may be on its way.
_OF_ANY_LENGTH: Final = frozenset({"cpf-or-aadhaar"})
_WHOLE_NATIONAL: Final = 11
#: Eight or twelve digits that begin so may be the first groups of a card.
_CARDS_BEGIN: Final = "3456"
_DIGITS: Final = re.compile("[0-9]+")
#: What the digits of several messages may be apart from a card, if the question or a word before the first says so.
_IN_PARTS: Final = frozenset(ENTITIES) - CARD_CLASS - {"DOB", "ADDRESS", "NAME", "IP", "EMAIL", "SECRET", "IBAN"}
_VALUE_LENGTHS: Final = range(7, 17)
#: The entity, the earlier parts, how many groups of the new part, and the whole number.
_Joined = tuple[str, list[Part], int, str]


@dataclass(frozen=True, slots=True)
class WindowMasking:
    """The new message masked, and those before it that must be masked again.

    `earlier` maps indices into `context.previous` to their new texts; offsets of its findings refer
    to the texts as given there. Only what is new is in its findings.
    """

    new: MaskedText
    earlier: Mapping[int, MaskedText]


def needs_window(text: str) -> bool:
    """Whether a text could be a part of a split number, or a reply that only the question before it explains.

    Cheap, and false for nearly everything.
    """
    if len(text) > MAX_LENGTH:
        return False
    if secret_reply(text) is not None or may_be_reply(text) or names_what_was_given(text):
        return True
    if text.isascii() and not any(char in text for char in "0123456789@-") and " " not in text.strip():
        return False
    return part_of(0, text) is not None or tail_of(text) is not None or may_be_small_part(text)


@fails_closed("window")
def mask_window(text: str, policy: MaskingPolicy, context: Context) -> WindowMasking:
    """Mask a text together with the author's messages before it.

    Raises:
        DetectorFailedError: As `mask`.
    """
    masked = mask(text, policy, context)
    part = part_of(-1, text)
    iban = join_iban(text, context, MESSAGES) if policy.is_on("IBAN") else None
    joined = _joined(part, masked, policy, context) if part and not iban else None
    if iban:
        spans = {piece.index: piece.view.original(piece.start, piece.end) for piece in iban[0]}
        return _masked_in_parts("IBAN", spans, text, policy, context)
    if given := parts_named(text, context):
        return WindowMasking(masked, _remasked(*given, policy, context))
    if part is None or joined is None:
        return _mask_split_text(text, masked, policy, context)
    entity, parts, taken, number = joined
    rendering = Rendering(text)
    new_spans = part.spans[:taken]
    rendering.apply(_with_followups(entity, part, new_spans, rendering.text, policy, context, number))
    masked_to_fixed_point(rendering, policy, context)
    earlier = _remasked(entity, parts, number, policy, context)
    if entity == "CARD":
        earlier |= _echoes_masked(parts, number, policy, context)
    return WindowMasking(sealed(rendering.text, rendering.findings(), policy.fingerprint), earlier)


def _echoes_masked(
    parts: Sequence[Part], number: str, policy: MaskingPolicy, context: Context
) -> dict[int, MaskedText]:
    """What the other party said after them: "4921, thank you, next?"."""
    said = {digits for part in parts for digits in (part.digits, *part.groups()) if len(digits) >= _LEAST_ECHO}
    done: dict[int, MaskedText] = {}
    for index in range(parts[0].index + 1, len(context.previous)):
        message = context.previous[index]
        if message.by == context.by:
            continue
        view = fold(without_placeholders(message.text))
        spans = [match.span() for match in _DIGITS.finditer(view.text) if match.group() in said]
        if spans:
            rendering = Rendering(message.text)
            rendering.apply([_span_candidate("CARD", view, [span], number) for span in spans])
            masked_to_fixed_point(rendering, policy, Context())
            done[index] = sealed(rendering.text, rendering.findings(), policy.fingerprint)
    return done


def _joined(part: Part, masked: MaskedText, policy: MaskingPolicy, context: Context) -> _Joined | None:
    # Twelve or thirteen digits may be a number of their own and the rest of a longer one: join first.
    if len(part.digits) > _MIN_CARD and any(finding.entity == "CARD" for finding in masked.findings):
        return None
    joined = _join(part, context)
    # While a card is on its way, eight of its digits are no telephone number.
    if joined or part.names_card or _was_spoken_of(CARD_WORD, context):
        return joined
    if masked.findings and not _may_be_rest(part, masked):
        return None
    return _join_value(part, policy, context)


def _may_be_rest(part: Part, masked: MaskedText) -> bool:
    """Whether what was found in the new part may be the end of a longer number: "503", "5550189"."""
    found = masked.findings
    return len(found) == 1 and found[0].entity in _IN_PARTS and len(part.digits) <= _MOST_OF_REST


def _mask_split_text(text: str, masked: MaskedText, policy: MaskingPolicy, context: Context) -> WindowMasking:
    """Values that are not digits alone, or too few."""
    named = None if masked.findings else join_text(text, policy, context) or join_small(text, policy, context)
    if named is None:
        return WindowMasking(masked, {})
    return _masked_in_parts(named[0], {part.index: (part.start, part.end) for part in named[1]}, text, policy, context)


def _masked_in_parts(
    entity: str, spans: Mapping[int, tuple[int, int]], text: str, policy: MaskingPolicy, context: Context
) -> WindowMasking:
    done: dict[int, MaskedText] = {}
    for index, span in spans.items():
        rendering = Rendering(text if index < 0 else context.previous[index].text)
        rendering.apply([Candidate(entity, *span, _DETECTOR, 0.9)])
        masked_to_fixed_point(rendering, policy, context if index < 0 else Context())
        done[index] = sealed(rendering.text, rendering.findings(), policy.fingerprint)
    return WindowMasking(done.pop(-1), done)


def _remasked(
    entity: str, parts: Sequence[Part], number: str, policy: MaskingPolicy, context: Context
) -> dict[int, MaskedText]:
    return {part.index: _remask(entity, part, context.previous[part.index].text, policy, number) for part in parts}


def _remask(entity: str, part: Part, text: str, policy: MaskingPolicy, number: str) -> MaskedText:
    rendering = Rendering(text)
    rendering.apply([_span_candidate(entity, part.view, part.spans, number)])
    masked_to_fixed_point(rendering, policy, Context())
    return sealed(rendering.text, rendering.findings(), policy.fingerprint)


def _span_candidate(entity: str, view: View, spans: Sequence[tuple[int, int]], number: str) -> Candidate:
    start, _ = view.original(*spans[0])
    _, end = view.original(*spans[-1])
    last_four = number[-4:] if entity == "CARD" else None
    return Candidate(entity, start, end, _DETECTOR, 0.9, last_four)


def _with_followups(
    entity: str,
    part: Part,
    spans: Sequence[tuple[int, int]],
    text: str,
    policy: MaskingPolicy,
    context: Context,
    number: str,
) -> list[Candidate]:
    found = [_span_candidate(entity, part.view, spans, number)]
    if entity == "CARD":
        scan = Scan(part.view, context, policy)
        found += CardFollowupDetector().beside(scan, spans[-1][1])
    return resolve(candidate for candidate in found if candidate.end <= len(text))


def _join(part: Part, context: Context) -> _Joined | None:
    """The entity, the earlier parts, how many groups of the new part, and the whole number."""
    if part.only_first:
        return None
    parts: list[Part] = []
    prefix = ""
    longest = None
    for earlier in earlier_parts(context):
        parts.insert(0, earlier)
        prefix = earlier.digits + prefix
        if len(prefix) > MAX_DIGITS:
            break
        if part.only_last and len(prefix) < 6:
            continue
        for taken in range(len(part.spans), 0, -1):
            number = prefix + "".join(part.groups()[:taken])
            entity = _entity(number, [*parts, part], taken, context)
            if entity:
                # Thirteen of the sixteen digits may be a number too.
                longest = (entity, [*parts], taken, number)
                break
    return longest


def _join_value(part: Part, policy: MaskingPolicy, context: Context) -> _Joined | None:
    """The same for any other number, which must be one where it is written in one: "my nhs no is 618", "608 7026"."""
    parts: list[Part] = []
    number = part.digits
    if part.only_first or part.only_last:
        return None
    longest = None
    for earlier in earlier_parts(context):
        parts.insert(0, earlier)
        number = earlier.digits + number
        entity = _as_one(earlier, number, policy, context) if len(number) in _VALUE_LENGTHS else None
        if entity:
            longest = (entity, [*parts], len(part.spans), number)
    return longest


def _as_one(first: Part, number: str, policy: MaskingPolicy, context: Context) -> str | None:
    """What the number would be taken for behind the words before its first part, and nothing if for a part only."""
    lead = without_part_words(first.view.text[: first.spans[0][0]])
    before = Context(context.by, context.previous[: first.index])
    found = mask(lead + number, policy, before).findings
    whole = [
        one.entity
        for one in found
        if (one.detector not in _OF_ANY_LENGTH or len(number) >= _WHOLE_NATIONAL)
        and one.start <= len(lead)
        and one.end == len(lead) + len(number)
        and not lead[one.start :].strip(" (+")
    ]
    is_unsure = bool(whole) and whole[0] == "PHONE" and number[0] in _CARDS_BEGIN and len(number) % 4 == 0
    return whole[0] if whole and whole[0] in _IN_PARTS and not is_unsure else None


def _entity(number: str, parts: list[Part], taken: int, context: Context) -> str | None:
    if _MIN_CARD <= len(number) <= MAX_DIGITS:
        if is_card_number(number):
            return "CARD"
        named = any(part.names_card for part in parts) or _was_spoken_of(CARD_WORD, context)
        whole = taken == len(parts[-1].spans)
        if named and whole and len(number) in (15, 16) and is_issued(number):
            return "CARD"
    if len(number) == 9 and taken == len(parts[-1].spans):
        of_ssn = _was_spoken_of(SSN, context) or SSN.search(parts[-1].view.text.lower())
        return ssn_kind(number) if of_ssn else None
    return None


def _was_spoken_of(word: re.Pattern[str], context: Context) -> bool:
    recent = context.previous[-MESSAGES:]
    return any(occurs(word, fold(message.text).text.lower()) for message in recent)


def mask_conversation(utterances: Sequence[Utterance], policy: MaskingPolicy) -> list[MaskedText]:
    """Mask consecutive messages as they would have been masked one by one as they came.

    Offsets of findings refer to the texts as given. Context of one message are the masked texts
    before it, so this gives what stored rows would give.
    """
    renderings: list[Rendering] = []
    for number, utterance in enumerate(utterances):
        first = max(0, number - REMEMBERED)
        previous = [Utterance(utterances[index].by, renderings[index].text) for index in range(first, number)]
        outcome = mask_window(utterance.text, policy, Context(utterance.by, previous))
        renderings.append(Rendering.again(utterance.text, outcome.new))
        for index, remasked in outcome.earlier.items():
            renderings[first + index].overlay(remasked)
    return [sealed(rendering.text, rendering.findings(), policy.fingerprint) for rendering in renderings]
