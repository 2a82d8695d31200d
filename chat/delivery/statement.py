"""The one statement that stores messages of an organisation, and what goes with it in the same transaction.

Idempotent: a message whose author has sent its `client_id` before is not stored again. Rows come in the order they
are to be numbered in. The conversations are locked in the order of their ids, so that two batches never wait for each
other in a ring; both numberings are given under that lock.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from chat.delivery.sealed import SealedMessage, Stored
from chat.models import AuthorKind, Finding, Message
from compliance import audit, audit_events
from compliance.masking import CARD_CLASS
from tenants.actors import Actor, ActorKind
from tenants.pipelined import Statement

NEW: Final = "new"
REPEATED: Final = "repeated"
BLOCKED: Final = "blocked"
# The visitor has no receipt of a text that is in force.
UNCONSENTED: Final = "unconsented"
# The organisation hears only visitors for whom its site vouches.
UNSIGNED: Final = "unsigned"
RESOLVED: Final = "resolved"
# The visitor's session has ended, or the organisation's service has.
GONE: Final = "gone"
# There is no such conversation for this author, or, in a batch, somebody else holds it at this moment.
NOT_HELD: Final = "not held"

# The lateral looks with their limits stand for index scans row by row: as a plain EXISTS the planner may read all
# messages of the organisation into a hash, once for each batch.
# Whether a visitor may still be here, and has been told and asked what is in force, is judged in the same statement as
# what they say is stored: no way in can leave it out, and who was sent away a moment ago is not heard.
# A batch passes over conversations that others hold, so that one held for long keeps nobody else waiting.
_STORE: Final = """
WITH given AS (
    SELECT * FROM unnest(
        %(ids)s::uuid[], %(conversations)s::uuid[], %(contacts)s::uuid[], %(kinds)s::text[], %(author_kinds)s::text[],
        %(authors)s::uuid[], %(client_ids)s::uuid[], %(bodies)s::bytea[], %(rule_sets)s::int[], %(ats)s::timestamptz[]
    ) WITH ORDINALITY AS given (
        id, conversation_id, contact_id, kind, author_kind, author_id, client_id, body, masked_with, posted_at, place
    )
), held AS MATERIALIZED (
    SELECT id, contact_id, status, last_sequence, last_public_sequence FROM chat_conversation
    WHERE tenant_id = %(tenant)s AND id = ANY(%(conversations)s::uuid[]) ORDER BY id FOR NO KEY UPDATE {waiting}
), judged AS MATERIALIZED (
    SELECT given.*, held.status, held.last_sequence, held.last_public_sequence, earlier.id AS earlier_id,
        earlier.sequence AS earlier_sequence, earlier.public_sequence AS earlier_public_sequence,
        earlier.kind AS earlier_kind, earlier.posted_at AS earlier_at, earlier.body AS earlier_body, CASE
        WHEN held.id IS NULL THEN 'not held'
        WHEN given.author_kind = 'visitor' AND (here.status IS NULL OR session.id IS NULL) THEN 'gone'
        WHEN earlier.sequence IS NOT NULL THEN 'repeated'
        WHEN given.author_kind = 'visitor' AND contact.blocked_at IS NOT NULL THEN 'blocked'
        WHEN given.author_kind = 'visitor' AND %(needs_receipt)s::boolean
            AND (session.notice_hash = ANY(%(accepts)s::bytea[])) IS NOT TRUE THEN 'unconsented'
        WHEN given.author_kind = 'visitor' AND %(signed_only)s::boolean
            AND (session.signed_until > given.posted_at) IS NOT TRUE THEN 'unsigned'
        WHEN held.status <> 'open' AND given.kind <> 'note' THEN 'resolved'
        ELSE 'new' END AS outcome
    FROM given LEFT JOIN held ON held.id = given.conversation_id AND held.contact_id = given.contact_id
    LEFT JOIN LATERAL (
        SELECT message.id, message.sequence, message.public_sequence, message.kind, message.posted_at, message.body
        FROM chat_message AS message
        WHERE message.tenant_id = %(tenant)s AND message.conversation_id = given.conversation_id
        AND message.author_id = given.author_id AND message.client_id = given.client_id LIMIT 1
    ) AS earlier ON true
    LEFT JOIN LATERAL (
        SELECT contact.blocked_at FROM chat_contact AS contact
        WHERE contact.tenant_id = %(tenant)s AND contact.id = given.contact_id LIMIT 1
    ) AS contact ON true
    LEFT JOIN LATERAL (
        SELECT session.id, session.notice_hash, session.signed_until FROM chat_visitorsession AS session
        WHERE session.tenant_id = %(tenant)s AND session.id = given.author_id
        AND session.contact_id = given.contact_id AND session.expires_at > given.posted_at LIMIT 1
    ) AS session ON given.author_kind = 'visitor'
    LEFT JOIN (
        SELECT tenant.status FROM tenants_tenant AS tenant WHERE tenant.id = %(tenant)s AND tenant.status = 'active'
    ) AS here ON true
), numbered AS MATERIALIZED (
    SELECT judged.*, last_sequence + row_number() OVER earlier AS sequence, CASE
        WHEN kind <> 'note' THEN last_public_sequence + count(*) FILTER (WHERE kind <> 'note') OVER earlier
    END AS public_sequence,
    max(place) FILTER (WHERE author_kind = 'agent' AND kind = 'public') OVER whole AS answered_at_place
    FROM judged WHERE outcome = 'new'
    WINDOW whole AS (PARTITION BY conversation_id), earlier AS (PARTITION BY conversation_id ORDER BY place)
), stored AS (
    INSERT INTO chat_message (
        id, tenant_id, conversation_id, sequence, public_sequence, kind, author_kind, author_id, client_id, body,
        masked_with, posted_at
    ) SELECT id, %(tenant)s, conversation_id, sequence, public_sequence, kind, author_kind, author_id, client_id, body,
        masked_with, posted_at FROM numbered
), told AS (
    SELECT conversation_id, max(sequence) AS sequence, max(public_sequence) AS public_sequence,
        max(posted_at) AS last_at, bool_or(answered_at_place IS NOT NULL) AS is_answered,
        min(posted_at) FILTER (WHERE author_kind = 'agent' AND kind = 'public') AS first_at,
        min(posted_at) FILTER (
            WHERE author_kind = 'visitor' AND place > coalesce(answered_at_place, 0)
        ) AS waiting_since
    FROM numbered GROUP BY conversation_id
), moved AS (
    UPDATE chat_conversation AS conversation SET
        last_sequence = told.sequence,
        last_public_sequence = coalesce(told.public_sequence, conversation.last_public_sequence),
        last_message_at = told.last_at,
        waiting_since = CASE WHEN told.is_answered THEN told.waiting_since
            ELSE coalesce(conversation.waiting_since, told.waiting_since) END,
        first_reply_at = coalesce(conversation.first_reply_at, told.first_at)
    FROM told WHERE conversation.tenant_id = %(tenant)s AND conversation.id = told.conversation_id
)
SELECT judged.place, judged.outcome, numbered.sequence, numbered.public_sequence, judged.status,
    judged.earlier_id, judged.earlier_sequence, judged.earlier_public_sequence, judged.earlier_kind, judged.earlier_at,
    judged.earlier_body, found.entities, found.starts, found.ends
FROM judged LEFT JOIN numbered ON numbered.place = judged.place
LEFT JOIN LATERAL (
    SELECT array_agg(entity ORDER BY start) AS entities, array_agg(start ORDER BY start) AS starts,
        array_agg("end" ORDER BY start) AS ends
    FROM chat_finding WHERE tenant_id = %(tenant)s AND message_id = judged.earlier_id
) AS found ON judged.outcome = 'repeated'
ORDER BY judged.place
"""
WAITING: Final = _STORE.format(waiting="")
PASSING: Final = _STORE.format(waiting="SKIP LOCKED")
# Locked on its own first, so that the statement after it sees whatever the holder before stored.
LOCK: Final = """
SELECT id FROM chat_conversation WHERE tenant_id = %(tenant)s AND id = ANY(%(conversations)s::uuid[])
ORDER BY id FOR NO KEY UPDATE
"""
# What was found belongs to a message that was stored just now, or to none.
_FINDINGS: Final = """
INSERT INTO chat_finding (id, tenant_id, message_id, entity, start, "end", detector, rule_set_number, last_four)
SELECT given.id, %(tenant)s, given.message_id, given.entity, given.start, given."end", given.detector,
    given.rule_set_number, given.last_four
FROM unnest(
    %(ids)s::uuid[], %(messages)s::uuid[], %(entities)s::text[], %(starts)s::int[], %(ends)s::int[],
    %(detectors)s::text[], %(rule_sets)s::int[], %(last_fours)s::text[]
) AS given (id, message_id, entity, start, "end", detector, rule_set_number, last_four)
JOIN chat_message AS message ON message.tenant_id = %(tenant)s AND message.id = given.message_id
"""


class Outcome(NamedTuple):
    """What came of one message: its numbers if it is new, the conversation's state, and how it was stored before."""

    outcome: str
    sequence: int
    public_sequence: int | None
    status: str
    stored: Stored | None


def statements(tenant_id: UUID, batch: Sequence[SealedMessage], *, passing: bool = False) -> list[Statement]:
    """Return what stores messages of one organisation. The first statement's rows are read by `outcomes`.

    Args:
        passing: Whether to pass over conversations that others hold, rather than wait.
    """
    drafts = [sealed.draft for sealed in batch]
    rows = {
        "tenant": tenant_id,
        "needs_receipt": (accepts := _accepts(batch)) is not None,
        "accepts": [] if accepts is None else list(accepts),
        "signed_only": _signed_only(batch),
        "ids": [sealed.id for sealed in batch],
        "conversations": [draft.conversation_id for draft in drafts],
        "contacts": [draft.contact_id for draft in drafts],
        "kinds": [str(draft.kind) for draft in drafts],
        "author_kinds": [str(draft.author_kind) for draft in drafts],
        "authors": [draft.author_id for draft in drafts],
        "client_ids": [draft.client_id for draft in drafts],
        "bodies": [sealed.body for sealed in batch],
        "rule_sets": [sealed.rule_set_number for sealed in batch],
        "ats": [draft.posted_at for draft in drafts],
    }
    wanted = [Statement(tenant_id, PASSING if passing else WAITING, rows)]
    if findings := [finding for sealed in batch for finding in sealed.findings]:
        wanted.append(_findings(tenant_id, findings))
        wanted += [noted for sealed in batch if (noted := _cards(sealed)) is not None]
    return wanted


def _accepts(batch: Sequence[SealedMessage]) -> tuple[bytes, ...] | None:
    """Return of which notices visitors must have one: as the last of them was sealed, which was looked up last."""
    return next((one.accepts for one in reversed(batch) if one.draft.author_kind == AuthorKind.VISITOR), None)


def _signed_only(batch: Sequence[SealedMessage]) -> bool:
    """Return whether the site must vouch for visitors: as the last of them was sealed."""
    return next((one.signed_only for one in reversed(batch) if one.draft.author_kind == AuthorKind.VISITOR), False)


def outcomes(rows: Sequence[tuple[Any, ...]]) -> list[Outcome]:
    """Return for each message what came of it."""
    return [_outcome(*row) for row in rows]


def _outcome(_: int, outcome: str, sequence: int, public_sequence: int | None, status: str, *earlier: Any) -> Outcome:
    stored = _stored(*earlier) if outcome == REPEATED else None
    return Outcome(outcome, sequence, public_sequence, status, stored)


def _stored(
    message_id: UUID, sequence: int, public_sequence: int | None, kind: str, at: datetime, body: bytes, *found: Any
) -> Stored:
    entities, starts, ends = (each or () for each in found)
    return Stored(
        message_id, sequence, public_sequence, kind, at, bytes(body), tuple(zip(entities, starts, ends, strict=True))
    )


def _findings(tenant_id: UUID, findings: Sequence[Finding]) -> Statement:
    rows = {
        "tenant": tenant_id,
        "ids": [finding.id for finding in findings],
        "messages": [finding.message_id for finding in findings],
        "entities": [finding.entity for finding in findings],
        "starts": [finding.start for finding in findings],
        "ends": [finding.end for finding in findings],
        "detectors": [finding.detector for finding in findings],
        "rule_sets": [finding.rule_set_number for finding in findings],
        "last_fours": [finding.last_four for finding in findings],
    }
    return Statement(tenant_id, _FINDINGS, rows)


def _cards(sealed: SealedMessage) -> Statement | None:
    """A card or its code was caught before it was stored (PCI DSS 10.2.1, 12.10.7): which kinds, how many."""
    caught = [finding.entity for finding in sealed.findings if finding.entity in CARD_CLASS]
    if not caught:
        return None
    draft = sealed.draft
    kind = ActorKind.VISITOR if draft.author_kind == AuthorKind.VISITOR else ActorKind.MEMBER
    return audit.statement(
        draft.tenant_id,
        Actor(kind, draft.author_id),
        audit_events.CARD_CAUGHT,
        Message(id=sealed.id),
        at=draft.posted_at,
        conversation=draft.conversation_id,
        entities=", ".join(sorted(set(caught))),
        count=len(caught),
        rule_set=sealed.rule_set_number,
        found_by="post",
    )
