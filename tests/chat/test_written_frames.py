"""Frames written by hand are the ones the protocol's encoder would make."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.consumers.agent import AgentConsumer
from chat.protocol import codec, frames, relay
from chat.protocol.commands import VISITOR_COMMANDS, PostMessage, named
from chat.protocol.events import Author, FindingSpan, MessageAcknowledged, MessagePosted, MessageRemasked
from chat.protocol.relay import ConversationNews, PostedEntry, TeamNews

ENTRY = PostedEntry(
    UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4), 7, 5, "public", "visitor", UUID(int=6), UUID(int=8),
    datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), b"",
)  # fmt: skip
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
zones = st.just(UTC) | st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
instants = st.builds(
    lambda second, micro, zone: datetime.fromtimestamp(second, zone).replace(microsecond=micro),
    st.integers(0, 4_000_000_000),
    st.just(0) | st.integers(0, 999_999),
    zones,
)
spans = st.lists(st.tuples(st.sampled_from(["CARD", 'ODD"']), st.integers(0, 99), st.integers(0, 99)), max_size=3)


@given(text=texts, name=texts, at=instants, findings=spans, remasked=st.booleans())
def test_a_posted_message_is_written_as_the_encoder_writes_it(text, name, at, findings, remasked):
    entry = replace(ENTRY, at=at, findings=tuple(findings), is_remasked=remasked)
    event = (MessageRemasked if remasked else MessagePosted)(
        conversation=entry.conversation_id,
        sequence=5,
        client_id=entry.client_id,
        author=Author(kind="visitor", name=name),
        kind="public",
        at=at,
        text=text,
        findings=[FindingSpan(entity=entity, start=start, end=end) for entity, start, end in findings],
    )

    assert frames.posted(entry, 5, ("visitor", name), text) == codec.encode(event)


@given(
    at=instants,
    findings=spans,
    remasked=st.booleans(),
    body=st.binary(max_size=40),
    public=st.none() | st.integers(1, 9),
    kind=st.sampled_from(["public", "note", 'odd"']),
)
def test_what_travels_between_processes_is_written_as_the_encoder_writes_it(at, findings, remasked, body, public, kind):
    entry = replace(
        ENTRY, at=at, findings=tuple(findings), is_remasked=remasked, body=body, public_sequence=public, kind=kind
    )

    assert json.loads(relay._posted(entry)) == json.loads(relay._other(entry))
    assert relay.decode(relay.encode([entry])) == [entry]


@given(at=instants, sequence=st.integers(1, 2**31 - 1))
def test_an_acknowledgement_is_written_as_the_encoder_writes_it(at, sequence):
    client_id, conversation = uuid4(), uuid4()
    event = MessageAcknowledged(client_id=client_id, conversation=conversation, sequence=sequence, at=at)

    assert frames.acknowledged(client_id, conversation, sequence, at) == codec.encode(event)


def test_a_command_reads_the_same_however_its_fields_are_ordered():
    client_id, conversation = uuid4(), uuid4()
    usual = f'{{"v":1,"type":"message.post","client_id":"{client_id}","conversation":"{conversation}","text":"Hi"}}'
    other = f'{{"text":"Hi","conversation":"{conversation}","client_id":"{client_id}","type":"message.post","v":1}}'

    first, second = (codec.parse(frame, named(VISITOR_COMMANDS)) for frame in (usual, other))

    assert first == second
    assert isinstance(first, PostMessage)


@pytest.mark.parametrize("count", [1, 3])
def test_members_are_told_of_all_conversations_in_one_frame_made_once(count):
    told = TeamNews(
        UUID(int=1), tuple(ConversationNews(UUID(int=1), UUID(int=9 + n), "resolved") for n in range(count))
    )
    member, shared = AgentConsumer(), {}

    first, second = member.frame(told, shared), AgentConsumer().frame(told, shared)

    event = json.loads(first)
    changed = event["conversations"] if count > 1 else [event]
    assert first is second
    assert [(each["conversation"], each["status"]) for each in changed] == [
        (str(UUID(int=9 + n)), "resolved") for n in range(count)
    ]
