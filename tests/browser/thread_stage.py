"""The stage of a conversation: the socket and the screen, played."""

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
    const {Outbox} = await import("/static/chat/shared/socket.js");
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


def play_on_stage(run_js):
    """Return what runs a scene on the stage above; a scene returns what it wants to show."""
    return lambda scene: run_js(MODULE, f"async ({{Thread}}) => {{ {STAGE} {scene} }}")
