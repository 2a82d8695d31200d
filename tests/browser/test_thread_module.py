"""A conversation on a socket, with the socket and the screen played by the test."""

import pytest

from tests.browser.thread_stage import play_on_stage


@pytest.fixture
def play(run_js):
    return play_on_stage(run_js)


def test_a_first_message_starts_the_conversation_and_follows_it_under_the_same_id(play):
    sent = play("""
        const thread = make();
        const {client_id} = thread.post("hello");
        thread.hear({type: "conversation.started", client_id, conversation: "c"});
        return sent.map((frame) => [frame.type, frame.client_id === client_id, frame.conversation ?? null]);
    """)

    assert sent == [["conversation.start", True, None], ["message.post", True, "c"]]


def test_two_messages_before_the_first_answer_begin_one_conversation(play):
    starts, posts = play("""
        const thread = make();
        const first = thread.post("hello"), second = thread.post("are you there?");
        const starts = sent.map((frame) => [frame.type, frame.client_id === first.client_id]);
        thread.hear({type: "conversation.started", client_id: first.client_id, conversation: "c"});
        thread.hear({type: "conversation.started", client_id: first.client_id, conversation: "c"});
        return [starts, sent.slice(2).map((frame) => [frame.type, frame.text, frame.client_id === second.client_id])];
    """)

    assert starts == [["conversation.start", True]] * 2
    assert posts == [["message.post", "hello", False], ["message.post", "are you there?", True]]


def test_an_own_message_is_echoed_then_sent_then_replaced_by_what_was_kept(play):
    seen, waiting = play("""
        const thread = make({conversation: "c"});
        const {client_id} = thread.post("4111");
        thread.hear({type: "message.acknowledged", client_id, conversation: "c", sequence: 1});
        thread.hear({...posted(1, client_id), text: "[card]"});
        return [seen, thread.outbox.waiting().length];
    """)

    assert seen == [["echo", "4111"], ["sending"], ["sent"], ["place", 1, "[card]"]]
    assert waiting == 0


def test_a_message_written_offline_waits_and_goes_out_once_with_the_same_id(play):
    marks, ids = play("""
        socket.isOpen = false;
        const thread = make({conversation: "c"});
        const {client_id} = thread.post("later");
        socket.isOpen = true;
        thread.hear({type: "session.opened", conversations: [{conversation: "c", last_sequence: 0}]});
        thread.hear({type: "session.opened", conversations: [{conversation: "c", last_sequence: 0}]});
        return [seen, sent.map((frame) => frame.client_id === client_id)];
    """)

    assert marks[1] == ["offline"]
    assert ids == [True, True]


def test_what_was_on_its_way_when_the_connection_went_waits_and_goes_again_but_not_what_was_refused(play):
    seen, sent = play("""
        const thread = make({conversation: "c"});
        const refused = thread.post("too long");
        thread.hear({type: "error", code: "too_long", client_id: refused.client_id});
        thread.post("on its way");
        seen.length = sent.length = 0;
        socket.isOpen = false;
        thread.lost();
        return [seen, sent.length];
    """)

    assert seen == [["offline"]]
    assert sent == 0


def test_a_gap_is_asked_for_after_the_time_that_order_may_take(play):
    early, late, shown = play("""
        const thread = make({conversation: "c"});
        thread.hear(posted(1));
        thread.hear(posted(3));
        const early = types();
        await pause(260);
        const late = sent.at(-1);
        thread.hear(resumed([posted(2), posted(3)], 3));
        return [early, late, seen.map((step) => step[1])];
    """)

    assert early == []
    assert late["type"] == "conversation.resume"
    assert late["after_sequence"] == 1
    assert shown == [1, 2, 3]


def test_a_gap_that_fills_by_itself_asks_for_nothing(play):
    sent = play("""
        const thread = make({conversation: "c"});
        thread.hear(posted(2));
        thread.hear(posted(1));
        await pause(260);
        return types();
    """)

    assert sent == []


def test_a_heartbeat_reveals_a_lost_last_message(play):
    sent = play("""
        const thread = make({conversation: "c", last: 4});
        thread.hear({type: "heartbeat", conversations: [{conversation: "c", last_sequence: 5}]});
        await pause(260);
        return sent.map((frame) => frame.after_sequence);
    """)

    assert sent == [4]


def test_a_long_absence_is_fetched_in_pieces(play):
    sent = play("""
        const thread = make({conversation: "c"});
        thread.hear({type: "session.opened", conversations: [{conversation: "c", last_sequence: 3}]});
        thread.hear(resumed([posted(1), posted(2)], 3, false));
        return sent.map((frame) => frame.after_sequence);
    """)

    assert sent == [0, 2]


def test_a_long_conversation_begins_at_its_end_and_earlier_pages_come_whole_and_in_order(play):
    asked, preceded, shown = play("""
        const preceded = [];
        view.precede = (messages, isMore) => preceded.push([messages.map((one) => one.sequence), isMore]);
        const thread = make();
        const from = (first, last) => Array.from({length: last - first + 1}, (_, place) => posted(first + place));
        thread.begin("c", 300);
        thread.hear({type: "session.opened", conversations: [{conversation: "c", last_sequence: 301}]});
        thread.hear(resumed(from(241, 301), 301));
        thread.earlier();
        thread.earlier();
        // An answer that had no room for all of them.
        thread.hear(resumed(from(41, 42), 301, false));
        thread.hear(resumed(from(43, 242), 301));
        thread.earlier();
        thread.hear(resumed(from(1, 200), 301));
        thread.earlier();
        const asked = sent.filter(({type}) => type === "conversation.resume").map((frame) => frame.after_sequence);
        return [asked, preceded.map(([all, isMore]) => [all[0], all.at(-1), all.length, isMore]), seen.length];
    """)

    assert asked == [240, 40, 42, 0]
    assert preceded == [[41, 240, 200, True], [1, 40, 40, False]]
    assert shown == 61


def test_what_is_being_checked_says_so_and_is_tried_again_under_its_id(play):
    seen, ids = play("""
        const thread = make({conversation: "c"});
        const {client_id} = thread.post("hm");
        thread.hear({type: "error", code: "being_checked", client_id, retry_ms: 30});
        await pause(60);
        return [seen, sent.map((frame) => frame.client_id === client_id)];
    """)

    assert seen[2:] == [["checking", "being_checked"], ["sending"]]
    assert ids == [True, True]


@pytest.mark.parametrize("code", ["too_long", "resolved", "blocked", "not_permitted"])
def test_a_refused_message_is_marked_kept_and_told(play, code):
    seen, kept, refusals = play(f"""
        const thread = make({{conversation: "c"}});
        const {{client_id}} = thread.post("no");
        thread.hear({{type: "error", code: "{code}", client_id}});
        return [seen.at(-1), thread.outbox.waiting().length, refusals];
    """)

    assert seen == ["failed", code]
    assert kept == 1
    assert refusals == [code]


def test_trying_again_by_hand_uses_the_same_id(play):
    ids = play("""
        const thread = make({conversation: "c"});
        const {client_id} = thread.post("again");
        thread.hear({type: "error", code: "not_permitted", client_id});
        thread.retry(client_id);
        thread.retry("unknown");
        return sent.map((frame) => frame.client_id === client_id);
    """)

    assert ids == [True, True]


def test_a_message_hidden_afterwards_is_shown_anew(play):
    seen = play("""
        const thread = make({conversation: "c", last: 1});
        thread.hear({...posted(1), type: "message.remasked", text: "[card]"});
        return seen;
    """)

    assert seen == [["replace", "[card]"]]


def test_events_of_another_conversation_are_left_alone(play):
    seen = play("""
        const thread = make({conversation: "mine"});
        thread.hear(posted(1));
        thread.hear(resumed([posted(1)], 1));
        thread.hear({type: "unheard.of"});
        thread.stop();
        return seen;
    """)

    assert seen == []


def test_of_a_reply_that_was_held_back_its_writer_hears_why_and_sends_it_with_their_reason(play):
    held, sent = play("""
        const held = [];
        const thread = make({conversation: "c", onRefused: (code, item, field) => held.push([code, item.text, field])});
        const {client_id} = thread.post("Your SSN?");
        thread.hear({type: "error", code: "held_back", field: "identity", client_id});
        thread.post("Your SSN?", "public", "agreed");
        return [held, sent.map((frame) => frame.insisted ?? null)];
    """)

    assert held == [["held_back", "Your SSN?", "identity"]]
    assert sent == [None, "agreed"]
