"""How far a conversation was read and has arrived, on either side, with the socket played by the test."""

import pytest

from tests.browser.thread_stage import play_on_stage


@pytest.fixture
def play(run_js):
    return play_on_stage(run_js)


MARKS = """
    const marks = [];
    Object.assign(view, {progress: (seen, arrived) => marks.push([seen, arrived]), unread: (n) => counts.push(n)});
    const counts = [];
    const told = () => sent.filter((frame) => frame.type === "read.mark").map(({sequence, seen}) => [sequence, seen]);
    const state = (read_sequence, seen_sequence, last_sequence) =>
        ({type: "session.opened", conversations: [{conversation: "c", last_sequence, read_sequence, seen_sequence}]});
    const moved = (by, sequence, seen = true) => ({type: "read.moved", conversation: "c", by, sequence, seen});
    const told_one = async (count) => { while (told().length < count) await pause(20); };
"""


def test_what_a_person_sees_is_marked_as_read_once_and_one_s_own_never(play):
    told = play(
        MARKS
        + """
        const thread = make({conversation: "c"});
        thread.look(true);
        thread.hear(posted(1)); thread.hear(posted(2));
        thread.hear({...posted(3), author: {kind: "visitor", name: ""}});
        await told_one(1);
        thread.look(true);
        await pause(400);
        return told();
    """
    )

    assert told == [[2, True]]


def test_what_nobody_looks_at_is_unread_and_told_as_arrived_then_as_seen(play):
    told, counts = play(
        MARKS
        + """
        const thread = make({conversation: "c"});
        thread.hear(posted(1)); thread.hear(posted(2));
        await told_one(1);
        thread.look(true);
        await told_one(2);
        return [told(), [...new Set(counts)]];
    """
    )

    assert told == [[2, False], [2, True]]
    assert counts == [1, 2, 0]


def test_after_a_reload_the_server_says_what_is_unread(play):
    counts = play(
        MARKS
        + """
        const thread = make({conversation: "c"});
        thread.hear(state(1, 0, 3));
        thread.hear(resumed([posted(1), posted(2), posted(3)], 3));
        thread.stop();
        return counts.at(-1);
    """
    )

    assert counts == 2


def test_a_mark_that_could_not_be_told_goes_out_with_the_next_connection(play):
    told = play(
        MARKS
        + """
        const thread = make({conversation: "c"});
        thread.hear(posted(1));
        socket.isOpen = false;
        thread.look(true);
        await pause(400);
        socket.isOpen = true;
        thread.hear(state(0, 0, 1));
        await told_one(1);
        return told();
    """
    )

    assert told == [[1, True]]


def test_the_other_side_s_marks_only_move_forward_and_another_screen_s_reading_counts(play):
    marks, unread = play(
        MARKS
        + """
        const thread = make({conversation: "c"});
        thread.hear(posted(1));
        thread.hear(moved("team", 4, false)); thread.hear(moved("team", 3)); thread.hear(moved("team", 2));
        thread.hear(moved("visitor", 1));
        thread.stop();
        return [marks.at(-1), counts.at(-1)];
    """
    )

    assert marks == [3, 4]
    assert unread == 0
