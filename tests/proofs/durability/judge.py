"""Compare what senders were told, what screens showed and what is stored. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

SIDES: Final = ("visitor", "agent")
OTHER: Final = {"visitor": "agent", "agent": "visitor"}
Entry = tuple[int, str, str]


@dataclass(frozen=True)
class Stored:
    """A conversation as it is kept: every row's `client_id`, and (sequence, client_id, text) as each side reads it."""

    rows: Sequence[str]
    agent: Sequence[Entry]
    visitor: Sequence[Entry]


@dataclass(frozen=True)
class Fault:
    """What was done, and when, by the machine's steady clock."""

    kind: str
    at: float


@dataclass
class Verdict:
    """What was found. `wrong` says where, with ids."""

    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    unsettled: int = 0
    wrong: list[str] = field(default_factory=list)

    def note(self, what: str, conversation: str, side: str, detail: object) -> None:
        if len(self.wrong) < 20:
            self.wrong.append(f"{what}: conversation {conversation}, {side}: {detail}")


def judge(histories: Mapping[str, Mapping[str, Any]], kept: Mapping[str, Stored]) -> Verdict:
    """Compare all conversations.

    Args:
        histories: By side and conversation, as `thread.Thread.history` tells it.
        kept: By conversation.
    """
    verdict = Verdict()
    for conversation, stored in kept.items():
        _rows(verdict, conversation, stored)
        for side in SIDES:
            history = histories[side][conversation]
            public = {one["client_id"] for one in history["posted"] if one["kind"] == "public"}
            other = histories[OTHER[side]][conversation]["shown"]
            _told(verdict, conversation, side, history, stored)
            _seen(verdict, conversation, side, history, {one["client_id"] for one in other}, public)
            _shown(verdict, conversation, side, history, getattr(stored, side))
    return verdict


def _rows(verdict: Verdict, conversation: str, stored: Stored) -> None:
    twice = [client_id for client_id, count in Counter(stored.rows).items() if count > 1]
    verdict.doubled += len(twice)
    for client_id in twice:
        verdict.note("stored twice", conversation, "both", client_id)
    for side in SIDES:
        sequences = [sequence for sequence, _, _ in getattr(stored, side)]
        if sequences != list(range(1, len(sequences) + 1)):
            verdict.out_of_order += 1
            verdict.note("sequences with gaps", conversation, side, len(sequences))


def _told(verdict: Verdict, conversation: str, side: str, history: Mapping[str, Any], stored: Stored) -> None:
    """Every acknowledgement names a stored message, and the same sequence each time."""
    sequences = {client_id: sequence for sequence, client_id, _ in getattr(stored, side)}
    for item in history["posted"]:
        if not item["sequences"]:
            continue
        verdict.acknowledged += 1
        if item["client_id"] not in sequences:
            verdict.lost += 1
            verdict.note("acknowledged, not stored", conversation, side, item["client_id"])
        elif set(item["sequences"]) != {sequences[item["client_id"]]}:
            verdict.out_of_order += 1
            verdict.note("acknowledged under another sequence", conversation, side, item["client_id"])


def _seen(
    verdict: Verdict, conversation: str, side: str, history: Mapping[str, Any], other: set[str], public: set[str]
) -> None:
    """Every acknowledged message is on the sender's screen, and on the other's if it is for them."""
    own = {one["client_id"] for one in history["shown"]}
    for item in history["posted"]:
        client_id = item["client_id"]
        is_missing = client_id not in own or (client_id in public and client_id not in other)
        if item["sequences"] and is_missing:
            verdict.lost += 1
            verdict.note("acknowledged, not shown", conversation, side, client_id)
        elif is_missing:
            verdict.unsettled += 1
            verdict.note("never acknowledged", conversation, side, client_id)


def _shown(verdict: Verdict, conversation: str, side: str, history: Mapping[str, Any], stored: Sequence[Entry]) -> None:
    """A screen shows what is stored, in its order, each once."""
    shown = [(one["sequence"], one["client_id"]) for one in history["shown"]]
    twice = len(shown) - len({client_id for _, client_id in shown})
    verdict.doubled += twice
    if twice:
        verdict.note("shown twice", conversation, side, twice)
    if shown != [(sequence, client_id) for sequence, client_id, _ in stored[: len(shown)]]:
        verdict.out_of_order += 1
        verdict.note("another order", conversation, side, len(shown))
    texts = {client_id: text for _, client_id, text in stored}
    for one in history["shown"]:
        was_replaced = one["sequence"] in history["replaced"] or not any(map(str.isalpha, one["text"]))
        if not was_replaced and texts.get(one["client_id"], one["text"]) != one["text"]:
            verdict.out_of_order += 1
            verdict.note("another text", conversation, side, one["client_id"])


def recoveries(histories: Mapping[str, Mapping[str, Any]], faults: Iterable[Fault]) -> dict[str, list[float]]:
    """Return, by kind of fault, seconds from a fault until things were well again, one for each conversation and side.

    Well again: the first message that this side posted after the fault has been acknowledged to it and shown to the
    other. The time until it was posted counts too.
    """
    done = {side: {key: _done(histories, side, key) for key in histories[side]} for side in SIDES}
    found: defaultdict[str, list[float]] = defaultdict(list)
    for fault in faults:
        for side in SIDES:
            for of_one in done[side].values():
                first = next((done_at for posted_at, done_at in of_one if posted_at >= fault.at), None)
                if first is not None:
                    found[fault.kind].append(first - fault.at)
    return dict(found)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies, 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _done(histories: Mapping[str, Mapping[str, Any]], side: str, conversation: str) -> list[tuple[float, float]]:
    """When each message was posted, and when it was both acknowledged and on the other's screen.

    A sender who sees the message come back knows as much as by an acknowledgement, which may be lost on its way.
    """
    never = float("inf")
    echoed_at = {one["client_id"]: one["shown_at"] for one in histories[side][conversation]["shown"]}
    shown_at = {one["client_id"]: one["shown_at"] for one in histories[OTHER[side]][conversation]["shown"]}
    instants = []
    for item in histories[side][conversation]["posted"]:
        if item["kind"] == "public":
            told_at = min(item["acknowledged_at"] or never, echoed_at.get(item["client_id"], never))
            instants.append((item["posted_at"], max(told_at, shown_at.get(item["client_id"], never))))
    return sorted(instants)
