"""The connection that keeps itself alive, with WebSocket played by the test."""

import pytest

STAGE = """
    const opened = [], events = [], states = [];
    class FakeSocket {
        constructor(url) { this.url = url; this.sent = []; this.readyState = 0; opened.push(this); }
        send(data) { this.sent.push(JSON.parse(data)); }
        close() { this.readyState = 3; }
        accept() { this.readyState = 1; this.onopen(); }
        say(event) { this.onmessage({data: JSON.stringify({v: 1, ...event})}); }
        lose(code = 1006) { this.onclose({code}); }
    }
    let greetings = 0;
    const lefts = [];
    const live = new LiveSocket({
        url: "ws://here/ws/",
        greet: async (left) => {
            greetings += 1;
            lefts.push(left);
            return {v: 1, type: "session.open", ticket: "t" + greetings, conversations: []};
        },
        onEvent: (event) => events.push(event.type),
        onState: (state) => states.push(state),
        WebSocketClass: FakeSocket,
    });
    const pause = (ms = 0) => new Promise((resume) => setTimeout(resume, ms));
    const until = async (check) => { for (let turn = 0; turn < 4000 && !check(); turn += 1) await pause(5); };
    const begin = async () => { live.start(); await until(() => opened.length); opened[0].accept(); };
"""


@pytest.fixture
def play(run_js):
    return lambda scene: run_js(
        "chat/shared/socket.js", f"async ({{LiveSocket, socketAddress}}) => {{ {STAGE} {scene} }}"
    )


def test_the_first_frame_carries_the_ticket_and_the_address_does_not(play):
    frame, url, open_before = play("""
        await begin();
        return [opened[0].sent[0], opened[0].url, live.send({type: "typing.set"})];
    """)

    assert frame["ticket"] == "t1"
    assert "t1" not in url
    assert open_before is False


def test_nothing_is_sent_before_the_session_is_open_and_all_after(play):
    states, sent = play("""
        await begin();
        opened[0].say({type: "session.opened", heartbeat_s: 25, conversations: []});
        live.send({type: "typing.set"});
        return [states, opened[0].sent.map((frame) => frame.type)];
    """)

    assert states == ["connecting", "open"]
    assert sent == ["session.open", "typing.set"]


def test_a_heartbeat_is_answered(play):
    sent = play("""
        await begin();
        opened[0].say({type: "session.opened", heartbeat_s: 25, conversations: []});
        opened[0].say({type: "heartbeat", conversations: []});
        return opened[0].sent.at(-1);
    """)

    assert sent == {"v": 1, "type": "heartbeat"}


def test_a_lost_connection_is_made_anew_with_a_fresh_ticket(play):
    tickets, states = play("""
        await begin();
        opened[0].say({type: "session.opened", heartbeat_s: 25, conversations: []});
        opened[0].lose();
        await until(() => opened.length > 1);
        opened[1].accept();
        return [opened.map((socket) => socket.sent[0].ticket), states];
    """)

    assert tickets == ["t1", "t2"]
    assert states == ["connecting", "open", "lost", "connecting"]


def test_the_ticket_that_a_connection_left_is_for_the_next_one_and_the_newest_counts(play):
    lefts = play("""
        await begin();
        opened[0].say({type: "session.opened", heartbeat_s: 25, conversations: [], ticket: "a"});
        opened[0].say({type: "heartbeat", conversations: [], ticket: "b"});
        opened[0].say({type: "heartbeat", conversations: []});
        opened[0].lose();
        await until(() => opened.length > 1);
        return lefts;
    """)

    assert lefts == [None, "b"]


def test_a_ticket_that_was_left_is_kept_until_it_has_been_sent_and_then_used_no_more(play):
    lefts = play("""
        await begin();
        opened[0].say({type: "session.opened", heartbeat_s: 25, conversations: [], ticket: "a"});
        opened[0].lose();
        await until(() => opened.length > 1);
        opened[1].lose();
        await until(() => opened.length > 2);
        opened[2].accept();
        opened[2].lose(4401);
        await until(() => opened.length > 3);
        live.ticket = "b";
        live.stop();
        live.start();
        await until(() => opened.length > 4);
        return lefts;
    """)

    assert lefts == [None, "a", "a", None, None]


def test_where_a_refusal_may_pass_no_number_of_them_is_final(play):
    states, count = play("""
        live.patient = true;
        await begin();
        for (let time = 0; time < 3; time += 1) {
            opened[time].lose(4401);
            await until(() => opened.length > time + 1);
        }
        opened[3].lose(4401);
        return [states, opened.length];
    """)

    assert "refused" not in states
    assert count == 4


def test_silence_longer_than_two_heartbeats_counts_as_lost(play):
    count = play("""
        await begin();
        opened[0].say({type: "session.opened", heartbeat_s: 0.02, conversations: []});
        await until(() => opened.length > 1);
        return opened.length;
    """)

    assert count == 2


def test_a_second_refusal_in_a_row_is_final(play):
    states, count = play("""
        await begin();
        opened[0].lose(4401);
        await until(() => opened.length > 1);
        opened[1].lose(4401);
        await pause(700);
        return [states.at(-1), opened.length];
    """)

    assert states == "refused"
    assert count == 2


def test_a_draining_server_is_left_when_it_says(play):
    count = play("""
        await begin();
        opened[0].say({type: "session.opened", heartbeat_s: 25, conversations: []});
        opened[0].say({type: "server.draining", reconnect_after_ms: 20});
        await until(() => opened.length > 1);
        return opened.length;
    """)

    assert count == 2


def test_a_network_that_is_back_hurries_the_next_attempt(play):
    waited_ms = play("""
        await begin();
        live.attempt = 30;
        opened[0].lose();
        const began = performance.now();
        dispatchEvent(new Event("online"));
        await until(() => opened.length > 1);
        return performance.now() - began;
    """)

    assert waited_ms < 400


def test_a_stopped_connection_stays_closed(play):
    count, state = play("""
        await begin();
        live.stop();
        dispatchEvent(new Event("online"));
        await pause(30);
        return [opened.length, opened[0].readyState];
    """)

    assert (count, state) == (1, 3)


def test_a_session_that_cannot_be_had_is_asked_for_again(play):
    states = play("""
        let fails = 1;
        const greet = live.greet;
        live.greet = async () => { if (fails--) throw new Error("down"); return greet(); };
        live.start();
        await until(() => opened.length);
        return states;
    """)

    assert states == ["connecting", "lost", "connecting"]


def test_the_socket_address_keeps_the_page_s_security(play):
    got = play(
        'return [socketAddress("/ws/", "https://a.example/x"), socketAddress("/ws/", "http://a.localhost:8000/x")];'
    )

    assert got == ["wss://a.example/ws/", "ws://a.localhost:8000/ws/"]
