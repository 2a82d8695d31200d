"""One connection for all tabs, what they follow on it, and HTTP where WebSockets don't get through."""

from tests.browser.site import Site

LEADER_GONE_MS = 1000


def test_of_too_many_followed_the_one_that_was_quiet_for_longest_is_let_go(run_js):
    got = run_js(
        "chat/agent/follows.js",
        """({Follows}) => {
            const follows = new Follows(2);
            const wanted = [["a", "t1"], ["b", "t1"], ["a", "t2"], ["a", "t2"]];
            const added = wanted.map(([id, tab]) => follows.add(id, tab, 3));
            follows.heard("b", 9);
            follows.heard("nobody's", 1);
            follows.add("c", "t1", 0);
            const gone = [follows.letGo(), follows.letGo()];
            return [added, gone, follows.positions(), follows.remove("b", "t2"), follows.leave("t1")];
        }""",
    )

    assert got == [
        ["new", "new", "shared", "again"],
        ["a", None],
        [{"conversation": "b", "after_sequence": 9}, {"conversation": "c", "after_sequence": 0}],
        False,
        ["b", "c"],
    ]


TAB = """async (follows) => {
    const {TabSocket} = await import("/static/chat/agent/tabs.js");
    window.heard = [];
    window.sent = [];
    window.connect = ({greet, onEvent, onState}) => ({
        start: async () => { window.live = {onEvent, onState}; window.greeting = await greet(); },
        send: (frame) => { if (window.isOpen) sent.push([frame.type, frame.conversation ?? null]); },
        hurry: () => {},
    });
    window.socket = new TabSocket({
        name: "ada",
        connect,
        positions: () => follows.map((conversation) => ({conversation, after_sequence: 0})),
        onEvent: (event) => heard.push(event.type),
        onState: (state) => heard.push(state),
    });
    socket.start();
}"""
OPEN = """() => {
    window.isOpen = true;
    live.onState("open");
    const conversations = greeting.conversations.map(({conversation}) => ({conversation, last_sequence: 0}));
    live.onEvent({type: "session.opened", conversations});
}"""


def test_tabs_share_one_connection_and_the_next_has_it_at_once_when_the_first_is_gone(page, site: Site):
    first, second = page, page.context.new_page()
    for tab, follows in ((first, ["a"]), (second, ["a", "b"])):
        tab.goto(site.address("/blank"))
        tab.evaluate(TAB, follows)
        first.wait_for_function("window.greeting")
    first.evaluate(OPEN)

    second.wait_for_function("heard.includes('session.opened')")
    second.evaluate("socket.send({type: 'message.post', conversation: 'b'})")
    first.wait_for_function("sent.some(([type]) => type === 'message.post')")
    first.evaluate("live.onEvent({type: 'message.posted', conversation: 'b', sequence: 1})")
    second.wait_for_function("heard.includes('message.posted')")

    assert second.evaluate("window.live ?? null") is None
    # What both follow was asked for when the session was opened.
    assert first.evaluate("sent") == [["conversation.follow", "b"], ["message.post", "b"]]
    second.evaluate("socket.send({type: 'conversation.follow', conversation: 'a', after_sequence: 0})")
    second.evaluate("socket.send({type: 'conversation.unfollow', conversation: 'a'})")
    second.evaluate("socket.send({type: 'conversation.follow', conversation: 'a', after_sequence: 0})")
    first.wait_for_function("sent.length > 2")
    assert first.evaluate("sent.slice(2)") == [["conversation.resume", "a"]]

    first.close()
    second.wait_for_function("window.greeting", timeout=LEADER_GONE_MS)
    assert second.evaluate("greeting.conversations.map((each) => each.conversation)") == ["a", "b"]


def test_what_a_tab_followed_is_left_when_it_is_gone_and_signing_out_ends_all(page, site: Site):
    first, second = page, page.context.new_page()
    for tab, follows in ((first, []), (second, ["b"])):
        tab.goto(site.address("/blank"))
        tab.evaluate(TAB, follows)
        first.wait_for_function("window.greeting")
    first.evaluate(OPEN)
    second.wait_for_function("heard.includes('open')")

    first.evaluate("socket.end()")
    second.wait_for_function("heard.includes('ended')")
    second.close()

    first.wait_for_function("sent.some(([type, id]) => type === 'conversation.unfollow' && id === 'b')")


STAGE = """
    const tried = [], asked = [], heard = [];
    class Blocked extends EventTarget {
        constructor() {
            super();
            tried.push(this);
            setTimeout(() => { this.dispatchEvent(new Event("close")); this.onclose?.({code: 1006}); });
        }
        send() {}
        close() {}
    }
    let answer = async () => new Response('{"v":1,"type":"session.opened","conversations":[]}');
    const {PolledSocket} = await import("/static/chat/agent/polling.js");
    class Polled extends PolledSocket {
        constructor(url, options) {
            const fetch = async (url, {body, headers}) => {
                asked.push([url, headers["X-CSRFToken"], JSON.parse(body)]);
                return answer();
            };
            super(url, {...options, ask_ms: 5, fetch});
        }
    }
    const {LiveSocket} = await import("/static/chat/shared/socket.js");
    const classes = {SocketClass: Blocked, PolledClass: Polled};
    const Transport = socketOrPolling({framesUrl: "/frames/", token: () => "t", ...classes, look_ms: 20});
    const live = new LiveSocket({
        url: "ws://here/",
        WebSocketClass: Transport,
        greet: async () => ({v: 1, type: "session.open", conversations: [{conversation: "c", after_sequence: 2}]}),
        onEvent: (event) => heard.push(event),
        onState: (state) => heard.push({type: state}),
    });
    const pause = () => new Promise((resume) => setTimeout(resume, 5));
    const until = async (check) => { for (let turn = 0; turn < 2000 && !check(); turn += 1) await pause(); };
"""


def play(run_js, scene: str):
    return run_js("chat/agent/transport.js", f"async ({{socketOrPolling}}) => {{ {STAGE} {scene} }}")


def test_where_sockets_are_blocked_frames_go_over_http_and_what_is_new_is_asked_for(run_js):
    tried, first, asked, sent = play(
        run_js,
        """
        live.start();
        await until(() => heard.some((event) => event.polled));
        live.send({type: "conversation.follow", conversation: "d"});
        live.send({type: "conversation.unfollow", conversation: "c"});
        const before = asked.length;
        await until(() => asked.length > before + 3);
        live.stop();
        return [tried.length, asked[0], asked.at(-1)[2].conversations, heard.map((event) => event.type).slice(-2)];
        """,
    )

    assert tried >= 2
    assert first[:2] == ["/frames/", "t"]
    assert first[2]["type"] == "session.open"
    assert asked == [{"conversation": "d", "after_sequence": 0}]
    assert sent == ["heartbeat", "heartbeat"]


def test_who_is_signed_out_is_told_over_http_too_and_sockets_are_tried_again(run_js):
    refused, again = play(
        run_js,
        """
        answer = async () => new Response(null, {status: 401});
        live.start();
        await until(() => live.stopped);
        const refused = heard.at(-1).type;
        answer = async () => { throw new TypeError("unreachable"); };
        const before = tried.length;
        live.attempt = 0;
        live.start();
        await until(() => tried.length > before);
        live.stop();
        return [refused, tried.length > before];
        """,
    )

    assert refused == "refused"
    assert again is True


def test_card_data_is_never_insisted_on_and_anything_else_for_a_reason_alone(run_js):
    got = run_js(
        "chat/agent/coaching.js",
        """({Coaching}) => {
            const panel = document.createElement("div");
            const add = (tag, attributes, parent = panel) => {
                const made = document.createElement(tag);
                for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
                return parent.appendChild(made);
            };
            add("span", {"data-slot": "why"});
            add("button", {"data-coaching": "instead"});
            add("a", {"data-coaching": "lesson", "data-base": "/o/acme/training/minute/"});
            const insist = add("span", {"data-slot": "insist"});
            const reason = add("select", {}, insist);
            for (const value of ["", "agreed"]) add("option", {value}, reason);
            const send = add("button", {"data-coaching": "insist"}, insist);
            add("button", {"data-coaching": "close"});
            const did = [], coaching = new Coaching(panel, {
                onInsist: (why) => did.push(why), onInstead: (text) => did.push(text.length > 20),
            });
            const states = [];
            for (const kind of ["card", "identity"]) {
                coaching.show(kind);
                states.push([insist.hidden, panel.querySelector("a").getAttribute("href")]);
            }
            send.click();
            reason.value = "agreed";
            send.click();
            coaching.show("card");
            panel.querySelector("[data-coaching=instead]").click();
            return [states, did, panel.hidden];
        }""",
    )

    assert got == [
        [[True, "/o/acme/training/minute/card/"], [False, "/o/acme/training/minute/identity/"]],
        ["agreed", True],
        True,
    ]


def test_what_is_said_where_it_is_heard_fetches_nothing_unless_somebody_begins_or_ends_to_wait(run_js):
    got = run_js(
        "chat/agent/inbox.js",
        """({Inbox}) => {
            const make = (name, className, data = {}, children = []) => {
                const element = Object.assign(document.createElement(name), {className});
                Object.assign(element.dataset, data);
                element.append(...children);
                return element;
            };
            const since = {waitingSince: "2026-03-04T09:30:00Z"};
            const clock = () => make("span", "clock", since, [make("span", "", {slot: "clock"})]);
            const row = (id, ...marks) => Object.assign(
                make("li", "row", {row: id, answers: "true"}, [
                    make("time", "", {relative: ""}), make("span", "row__line"), make("span", "row__marks", {}, marks),
                ]), {id: `row-${id}`});
            const rows = Object.assign(make("ol", "rows", {}, [row("waits", clock()), row("answered")]), {id: "rows"});
            const workspace = make("div", "", {inboxUrl: "/", queue: "mine"}, [rows, make("input", "", {filter: ""})]);
            document.body.replaceChildren(workspace);
            const later = [];
            window.setInterval = () => 0;
            window.setTimeout = (_, wait_ms) => later.push(Math.round(wait_ms / 100) * 100);
            const tried = (act) => {
                const inbox = new Inbox(workspace, {onStateChange: () => {}});
                later.length = 0;
                act(inbox);
                return [...later];
            };
            const said = (kind) => ({text: "hello", author: {kind}, kind: "public", at: "2026-03-04T09:31:00Z"});
            const find = (each, what) => each.querySelector(what);
            const shown = (each) => [find(each, ".row__line").textContent, Boolean(find(each, ".clock"))];
            return [
                tried((inbox) => {
                    inbox.changed("waits", "open", true, true);
                    inbox.heard("waits", said("visitor"), 1);
                }),
                tried((inbox) => inbox.changed("waits", "open", false, true)),
                tried((inbox) => inbox.changed("waits", "open", true, false)),
                tried((inbox) => inbox.heard("answered", said("visitor"), 1)),
                tried((inbox) => inbox.heard("waits", said("agent"), 0)),
                [...rows.children].map(shown),
            ];
        }""",
    )

    assert got == [[], [100, 1200], [100], [1200], [4000], [["Team: hello", False], ["hello", False]]]
