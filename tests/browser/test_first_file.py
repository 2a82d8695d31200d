"""How a conversation begins with a file, in the visitor's browser."""

import pytest

THREAD = """
class Thread {
  opening() { return { page: "https://shop.example/" }; }
  hear(event) { if (event.type === "conversation.started") this.conversation = event.conversation; }
}
const thread = Object.assign(new Thread(), { sent: [], outbox: { waiting: () => [] } });
const answers = (of) => {
  thread.socket = { send: (frame) => { thread.sent.push(frame); setTimeout(() => of(frame)); } };
};
"""


@pytest.fixture
def begun(run_js):
    def begun(story):
        return run_js("chat/widget/first.js", f"async ({{begin}}) => {{ {THREAD} {story} }}")

    return begun


def test_it_is_begun_with_what_a_text_would_begin_it_with_and_once(begun):
    told = begun("""
        answers(({client_id}) => thread.hear({type: "conversation.started", client_id, conversation: "c1"}));
        const made = [await begin(thread, "f1"), await begin(thread, "f2")];
        return [made, thread.sent, Object.hasOwn(thread, "hear")];
    """)

    frame = {"v": 1, "type": "conversation.start", "client_id": "f1", "page": "https://shop.example/"}
    assert told == [[{"conversation": "c1"}, {"conversation": "c1"}], [frame], False]


def test_what_the_server_refuses_is_told_by_its_name(begun):
    told = begun("""
        answers(({client_id}) => {
          thread.hear({type: "error", client_id: "another", code: "too_fast"});
          thread.hear({type: "error", client_id, code: "consent_required"});
        });
        return [await begin(thread, "f1"), thread.sent.length];
    """)

    assert told == [{"error": "consent_required"}, 1]


def test_a_text_that_is_on_its_way_begins_it(begun):
    told = begun("""
        answers(() => {});
        thread.outbox.waiting = () => [{client_id: "m1"}];
        setTimeout(() => thread.hear({type: "conversation.started", conversation: "c1"}));
        return [await begin(thread, "f1"), thread.sent.length];
    """)

    assert told == [{"conversation": "c1"}, 0]


def test_without_an_answer_it_is_asked_for_again_under_the_same_id_and_given_up_in_the_end(begun):
    told = begun("""
        answers(() => {});
        return [await begin(thread, "f1", 1), new Set(thread.sent.map(({client_id}) => client_id)).size];
    """)

    assert told == [{"error": "gone"}, 1]


def test_a_conversation_that_another_tab_has_begun_meanwhile_is_taken(begun):
    told = begun("""
        answers(() => { thread.conversation = "c2"; });
        return begin(thread, "f1", 1);
    """)

    assert told == {"conversation": "c2"}
