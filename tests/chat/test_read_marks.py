"""How far each side has read: told to the other, counted in the list, kept as two numbers."""

import pytest

from chat import queues
from chat.actions.assignment import take_conversation
from chat.actions.reading import mark_read_now as mark_read
from chat.delivery.sealed import ConversationNotFoundError
from chat.models import Conversation, ReadMark
from helpdesk.core import clock
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def talk(vera, ada, open_agent_socket):
    """Vera has said two things, and Ada a note and an answer: 1, 2, 3 (a note), 4; for Vera 1, 2 and 3."""
    visitor = vera.connect()
    conversation = vera.start(visitor)
    visitor.say(conversation, "Hello")
    visitor.say(conversation, "Is anybody there?")
    agent = open_agent_socket(ada)
    agent.send("conversation.follow", conversation=conversation, after_sequence=0)
    agent.expect("conversation.resumed")
    agent.say(conversation, "She is in a hurry", kind="note")
    agent.say(conversation, "I am")
    yield visitor, agent, conversation
    visitor.connection.close()


def unread(member, conversation):
    with tenant_scope(member.tenant):
        return queues.row_in("open", Conversation.objects.get(id=conversation).id, member).unread


def test_the_visitor_is_told_how_far_the_team_has_read_in_the_visitor_s_own_numbering(talk):
    visitor, agent, conversation = talk
    agent.send("read.mark", conversation=conversation, sequence=4)

    moved = visitor.expect("read.moved")

    assert (moved["by"], moved["sequence"], moved["seen"]) == ("team", 3, True)


def test_a_note_that_was_read_tells_the_visitor_of_the_message_before_it(talk):
    visitor, agent, conversation = talk
    agent.send("read.mark", conversation=conversation, sequence=3)

    assert visitor.expect("read.moved")["sequence"] == 2


def test_the_team_is_told_how_far_the_visitor_has_read_in_the_full_numbering(talk):
    visitor, agent, conversation = talk
    visitor.send("read.mark", conversation=conversation, sequence=3)

    moved = agent.expect("read.moved")

    assert (moved["by"], moved["sequence"], moved["seen"]) == ("visitor", 4, True)


def test_what_has_only_arrived_is_told_and_not_stored(talk, acme):
    visitor, agent, conversation = talk
    visitor.send("read.mark", conversation=conversation, sequence=3, seen=False)

    moved = agent.expect("read.moved")

    assert (moved["sequence"], moved["seen"]) == (4, False)
    with tenant_scope(acme):
        assert not ReadMark.objects.filter(side="visitor").exists()


def test_marks_survive_a_reconnect_of_either_side(talk, vera, ada, open_agent_socket):
    visitor, agent, conversation = talk
    agent.send("read.mark", conversation=conversation, sequence=2)
    visitor.expect("read.moved")
    visitor.send("read.mark", conversation=conversation, sequence=3)
    agent.expect("read.moved", by="visitor")
    position = [{"conversation": conversation, "after_sequence": 3}]

    with vera.connect(positions=position) as again:
        [state] = again.opened["conversations"]

    assert (state["read_sequence"], state["seen_sequence"]) == (3, 2)


def test_a_mark_moves_forward_only_and_never_past_what_is_there(talk, ada, acme):
    _, _, conversation = talk
    beyond = mark_read(viewer=ada, conversation_id=conversation, sequence=2**31 - 1, seen=True)
    back = mark_read(viewer=ada, conversation_id=conversation, sequence=1, seen=True)

    assert beyond is not None
    assert (beyond.sequence, beyond.public_sequence) == (4, 3)
    assert back is None
    with tenant_scope(acme):
        assert ReadMark.objects.get(side="team").sequence == 4


def test_unread_counts_the_visitor_s_messages_that_nobody_who_answers_has_seen(talk, ada, sam):
    _, _, conversation = talk
    before = unread(ada, conversation)
    mark_read(viewer=ada, conversation_id=conversation, sequence=1, seen=True)

    assert before == 2
    assert unread(ada, conversation) == 1
    assert unread(sam, conversation) == 1


def test_a_look_over_a_colleague_s_shoulder_moves_nothing(talk, ada, sam, acme):
    _, _, conversation = talk
    with tenant_scope(acme):
        take_conversation(conversation_id=conversation, actor=ada, now=clock.now())

    assert mark_read(viewer=sam, conversation_id=conversation, sequence=4, seen=True) is None
    assert unread(ada, conversation) == 2


def test_who_may_read_and_not_answer_moves_nothing(talk, acme, now):
    _, _, conversation = talk
    officer = make_member(acme, "Otto", Role.COMPLIANCE_OFFICER, now=now)

    assert mark_read(viewer=officer, conversation_id=conversation, sequence=4, seen=True) is None


def test_mallory_cannot_mark_acmes_conversation(talk, mallory, globex):
    _, _, conversation = talk
    with pytest.raises(ConversationNotFoundError):
        mark_read(viewer=mallory, conversation_id=conversation, sequence=1, seen=True)


def test_lists_of_colleagues_hear_that_something_was_read(talk, sam, open_agent_socket):
    _, agent, conversation = talk
    colleague = open_agent_socket(sam)
    agent.send("read.mark", conversation=conversation, sequence=4)

    moved = colleague.expect("read.moved")

    assert (moved["conversation"], moved["by"]) == (conversation, "team")
