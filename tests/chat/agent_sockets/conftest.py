"""Vera's question, and members who follow it."""

import pytest


@pytest.fixture
def vera_asks(vera):
    """A conversation of Vera's with one message."""
    with vera.connect() as visitor:
        conversation = vera.start(visitor)
        visitor.say(conversation, "Hello")
    return conversation


def follow(agent, conversation, after=0):
    agent.send("conversation.follow", conversation=conversation, after_sequence=after)
    return agent.expect("conversation.resumed")
