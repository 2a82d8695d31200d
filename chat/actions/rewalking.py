"""Go through stored conversations with a masking policy and see what it would mask. Nothing is written here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from chat.actions.stored_messages import Batch, StoredMessage
from chat.models import AuthorKind, Message
from compliance import surfaces
from compliance.ingest import ingest_part
from compliance.masking import (
    AGENT,
    VISITOR,
    MaskedText,
    MaskingError,
    Utterance,
    WindowMasking,
)
from compliance.masking.window import REMEMBERED, WITHIN_S
from compliance.rule_sets import RuleSetInForce
from compliance.surfaces import Surface
from tenants.encryption.resealing import reseal_readable
from tenants.keyring import ring
from tenants.scoping import current_tenant_id

WINDOW: Final = timedelta(seconds=WITHIN_S)


@dataclass(slots=True)
class Walked:
    """What a policy makes of a batch.

    `changes` are in the order they were made: a message may change twice, by itself and as a part of a split number.
    """

    changes: list[tuple[UUID, MaskedText]] = field(default_factory=list)
    bodies: dict[UUID, bytes] = field(default_factory=dict)
    scanned: list[UUID] = field(default_factory=list)
    failed: int = 0
    unreadable: int = 0


def walk(batch: Batch, rule_set: RuleSetInForce) -> Walked:
    """Mask every message of a batch with what was said before it at hand, and seal what has changed.

    Raises:
        KeyProviderError: The organisation's keys are out of reach; nothing was done.
    """
    # All at once: a contact's key costs a round trip, a message a few microseconds.
    ring.load_contact_ciphers(current_tenant_id(), batch.contacts)
    walked, due = Walked(), batch.due_ids
    for thread in batch.threads:
        _through(thread, due, rule_set, walked)
    return walked


def _through(thread: Sequence[StoredMessage], due: set[UUID], rule_set: RuleSetInForce, walked: Walked) -> None:
    tenant_id = current_tenant_id()
    envelopes = [(Message.slot(tenant_id, row.contact_id, row.id), bytes(row.body)) for row in thread]

    def masked(texts: list[str | None]) -> Mapping[int, str]:
        return _ThreadWalk(thread, due, rule_set, walked).through(texts)

    walked.bodies |= {thread[index].id: body for index, body in reseal_readable(envelopes, masked).items()}


class _ThreadWalk:
    """Goes through one conversation in order, with the last few texts, masked, at hand."""

    def __init__(
        self, thread: Sequence[StoredMessage], due: set[UUID], rule_set: RuleSetInForce, walked: Walked
    ) -> None:
        self._thread = thread
        self._due = due
        self._rule_set = rule_set
        self._walked = walked
        # Index of the message, and what it says by now.
        self._before: list[tuple[int, Utterance]] = []
        self._new: dict[int, str] = {}

    def through(self, texts: list[str | None]) -> Mapping[int, str]:
        """Return what the texts that change become, by index."""
        for index, text in enumerate(texts):
            row = self._thread[index]
            is_due = row.id in self._due
            if text is None:
                # Erased, or not what was stored: nobody can read it, so there is nothing to mask.
                if is_due:
                    self._walked.scanned.append(row.id)
                    self._walked.unreadable += 1
                continue
            now = self._masked(index, row, text) if is_due else text
            self._before = [*self._before, (index, Utterance(_by(row), now))][-REMEMBERED:]
        return self._new

    def _masked(self, index: int, row: StoredMessage, text: str) -> str:
        earliest = row.posted_at - WINDOW
        before = [(at, said) for at, said in self._before if self._thread[at].posted_at >= earliest]
        try:
            found = ingest_part(
                text, surface=_surface(row), rule_set=self._rule_set, previous=[said for _, said in before]
            )
        except MaskingError:
            self._walked.failed += 1
            return text
        self._walked.scanned.append(row.id)
        self._take_earlier(before, found)
        if found.new.text != text:
            self._change(index, found.new)
        return found.new.text

    def _take_earlier(self, before: Sequence[tuple[int, Utterance]], found: WindowMasking) -> None:
        for place, again in found.earlier.items():
            index, said = before[place]
            if again.text == said.text:
                continue
            self._change(index, again)
            self._before = [(at, Utterance(one.by, again.text) if at == index else one) for at, one in self._before]

    def _change(self, index: int, masked: MaskedText) -> None:
        self._new[index] = masked.text
        self._walked.changes.append((self._thread[index].id, masked))


def _by(row: StoredMessage) -> str:
    return VISITOR if row.author_kind == AuthorKind.VISITOR else AGENT


def _surface(row: StoredMessage) -> Surface:
    return surfaces.VISITOR_MESSAGE if row.author_kind == AuthorKind.VISITOR else surfaces.AGENT_MESSAGE
