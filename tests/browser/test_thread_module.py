"""A conversation on a socket, with the socket and the screen played by the test."""

import pytest

MODULE = "chat/shared/thread.js"
STAGE = """
    const sent = [], seen = [], timers = new Map();
    const socket = {isOpen: true, send: (frame) => { if (socket.isOpen) sent.push(frame); return socket.isOpen; }};
    const view = {
        echo: (item) => seen.push(["echo", item.text]),
        mark: (id, state, code) => seen.push(code ? [state, code] : [state]),
        place: (message) => seen.push(["place", message.sequence, message.text]),
        replace: (message) => seen.push(["replace", message.text]),
        behind: () => {},
    };
    const refusals = [];
    const {Outbox} = await import("/static/chat/shared/outbox.js");
    const onRefused = (code) => refusals.push(code);
    const make = (options = {}) => new Thread({socket, outbox: new Outbox(), view, onRefused, ...options});
    const author = {kind: "agent", name: "Ada"};
    const posted = (sequence, client_id = "other-" + sequence) => ({
        type: "message.posted", conversation: "c", sequence, client_id, author, text: "text " + sequence, findings: [],
    });
    const resumed = (messages, last_sequence, complete = true) =>
        ({type: "conversation.resumed", conversation: "c", messages, last_sequence, complete});
    const pause = (ms) => new Promise((resume) => setTimeout(resume, ms));
    const types = () => sent.map((frame) => frame.type);
"""


@pytest.fixture
def play(run_js):
    """Run a scene on the stage above; it returns what it wants to show."""
    return lambda scene: run_js(MODULE, f"async ({{Thread}}) => {{ {STAGE} {scene} }}")


def test_a_first_message_starts_the_conversation_and_follows_it_under_the_same_id(play):
    sent = play("""
        const thread = make();
        const {client_id} = thread.post("hello");
        thread.hear({type: "conversation.started", client_id, conversation: "c"});
        return sent.map((frame) => [frame.type, frame.client_id === client_id, frame.conversation ?? null]);
    """)

    assert sent == [["conversation.start", True, None], ["message.post", True, "c"]]


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
