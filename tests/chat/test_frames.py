"""Whatever a client sends, it is answered and nothing breaks. The full run is `manage.py prove frames`."""

import asyncio
import contextlib
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.protocol import codec
from chat.protocol.codec import BadFrameError
from chat.protocol.commands import AGENT_COMMANDS, VISITOR_COMMANDS, Command, named
from tests.bench.chat.wire import dial
from tests.proofs.frames.fuzz import BURST, Fuzzer
from tests.proofs.frames.main import HANDLED, unhandled_in
from tests.proofs.frames.mutations import Mutator
from tests.support.server import running
from tests.support.sockets import Browser

pytestmark = pytest.mark.django_db(transaction=True)
FRAMES = 3000
COMMANDS = [named(VISITOR_COMMANDS), named(AGENT_COMMANDS)]

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.uuids().map(str),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(sorted({*COMMANDS[0], *COMMANDS[1]}))
fields = st.dictionaries(
    st.sampled_from(["client_id", "conversation", "text", "kind", "after_sequence", "on", "conversations", "x"]), values
)


def understood(frame):
    """The command or the refusal; anything else is an error that nobody had foreseen."""
    for commands in COMMANDS:
        with contextlib.suppress(BadFrameError):
            assert isinstance(codec.parse(frame, commands), Command)
        codec.client_id_of(frame)


@given(st.text())
def test_any_text_is_a_command_or_refused(text):
    understood(text)


@given(names, fields)
@settings(max_examples=300)
def test_any_fields_are_a_command_or_refused(kind, given_fields):
    understood(json.dumps({"v": 1, "type": kind, **given_fields}))


@given(st.integers())
@settings(max_examples=300)
def test_any_damage_to_a_frame_is_understood_or_refused(seed):
    mutator = Mutator(seed, "01a214b1-3eaa-76af-84c3-691325960ded", is_agent=bool(random.Random(seed).randrange(2)))
    understood(mutator.frame().decode(errors="replace"))


def test_a_server_that_is_sent_nonsense_answers_and_goes_on(acme, tmp_path):
    from tests.factories.chats import widget_key

    log = tmp_path / "web.log"
    with running(log=log, measured=False, LOG_LEVEL="WARNING", CHAT_LIMITS_TIMES="1000000") as server:
        vera = Browser(server, widget_key(acme))
        with vera.connect() as visitor:
            conversation = vera.start(visitor)
            visitor.say(conversation, "Hello")

        async def connect(heard):
            opened = asyncio.get_running_loop().create_future()

            def hear(wire, payload):
                if not opened.done() and b"session.opened" in payload[:60]:
                    opened.set_result(None)
                heard(wire, payload)

            ticket = (await asyncio.to_thread(vera.session))["ticket"]
            wire = await dial(server.port, "/ws/visitor/", hear)
            opening = {"v": 1, "type": "session.open", "ticket": ticket, "conversations": []}
            wire.send(json.dumps(opening).encode())
            await asyncio.wait_for(opened, 10)
            return wire

        fuzzer = Fuzzer(Mutator(7, conversation, is_agent=False), connect)
        asyncio.run(fuzzer.run(FRAMES))
        with vera.connect(positions=[{"conversation": conversation, "after_sequence": 0}]) as visitor:
            assert visitor.say(conversation, "Still there?")["sequence"] > 1

    assert fuzzer.sent >= FRAMES
    assert fuzzer.answers > FRAMES // BURST
    assert unhandled_in(log.read_text(errors="replace")) == []


def test_an_error_that_nobody_foresaw_would_be_seen():
    log = '{"message": "command failed", "reason": "KeyError"}\nTraceback (most recent call last):\n{}'

    assert len(unhandled_in(log)) == 2


def test_only_what_the_server_shows_of_text_that_is_none_is_passed_over():
    shown = 'Traceback (most recent call last):\n  File "x", line 1\n    data.decode()\nUnicodeDecodeError: bad byte'
    known = f"ERROR:    {HANDLED}\n{shown}"

    assert unhandled_in(known) == []
    assert len(unhandled_in(f"something else\n{shown}")) == 1
    assert len(unhandled_in(known.replace("UnicodeDecodeError", "KeyError"))) == 1
