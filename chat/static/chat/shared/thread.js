/** One conversation on a socket: order, echo, acknowledgement, retry. Tells a view. */
import { markRead, postMessage, resumeConversation, startConversation, uuid7 } from "./socket.js";

export const HOLD_MS = 200;
export const ACKNOWLEDGE_MS = 10_000;
const MARK_MS = 300;
const RETRIES = 5;
const SHOWN_FIRST = 60;
const EARLIER = 200;
/** Errors that another try can cure. */
const PASSING = { too_fast: "waiting", being_checked: "checking", unavailable: "waiting" };

export class Thread {
  /** `side` is "visitor" or "team"; it has `read` so far, the other has `seen`. For the view see widget/screen.js. */
  constructor({ socket, outbox, view, onRefused, opening = () => undefined, conversation = null, last = 0, side = "visitor", read = 0, seen = 0, now = Date.now }) {
    Object.assign(this, { socket, outbox, view, onRefused, opening, conversation, side, read, seen, now });
    this.sequence = new Sequence(last);
    this.target = this.theirs = last;
    this.arrived = seen;
    this.marked = this.here = read;
    this.unread = [];
    this.older = [];
    this.timers = new Map();
  }

  position() {
    return this.conversation ? [{ conversation: this.conversation, after_sequence: this.sequence.last }] : [];
  }

  /** At the end of `last` messages. */
  begin(conversation, last) {
    this.conversation = conversation;
    this.first = Math.max(0, last - SHOWN_FIRST);
    this.sequence = new Sequence(this.first);
  }

  earlier() {
    if (!this.first || this.timers.has("earlier")) return;
    this.#later("earlier", ACKNOWLEDGE_MS, () => { this.older = []; });
    this.socket.send(resumeConversation(this.conversation, Math.max(0, this.first - EARLIER)));
  }

  post(text, kind = "public", insisted) {
    const item = { client_id: uuid7(this.now()), text, kind, insisted, at: new Date(this.now()).toISOString(), tries: 0, conversation: this.conversation };
    if (!this.conversation) item.opening = this.opening();
    this.outbox.add(item);
    this.view.echo(item);
    this.#send(item);
    return item;
  }

  retry(client_id) {
    const item = this.outbox.get(client_id);
    if (!item) return;
    item.tries = 0;
    this.#send(item);
  }

  resume() {
    if (this.conversation) this.socket.send(resumeConversation(this.conversation, this.sequence.last));
  }

  /** Whether a person looks: what is shown then is read. */
  look(on) {
    this.isLooking = on;
    if (on && this.unread.length) this.view.divide?.(this.read);
    this.#read();
  }

  flush() {
    for (const item of this.outbox.waiting()) this.#send(item);
  }

  /** What was on its way goes again with the next connection. */
  lost() {
    for (const { client_id } of this.outbox.waiting()) {
      if (!this.timers.has(client_id)) continue;
      this.#cancel(client_id);
      this.view.mark(client_id, "offline");
    }
  }

  stop() {
    this.timers.forEach(clearTimeout);
    this.timers.clear();
  }

  hear(event) {
    this.#handlers[event.type]?.(event);
  }

  #handlers = {
    "conversation.started": (event) => {
      if (this.conversation) return;
      this.conversation = event.conversation;
      this.flush();
    },
    "message.acknowledged": (event) => {
      this.#cancel(event.client_id);
      const item = this.outbox.remove(event.client_id);
      if (item) this.view.mark(event.client_id, "sent");
      this.#expect(event.sequence);
    },
    "message.posted": (event) => {
      if (event.conversation !== this.conversation) return;
      this.#offer(event);
      this.#read();
    },
    "message.remasked": (event) => {
      if (event.conversation === this.conversation) this.view.replace(event);
    },
    "conversation.resumed": (event) => {
      if (event.conversation !== this.conversation || this.#isOlder(event.messages)) return;
      this.view.behind?.(true);
      for (const message of event.messages) this.#offer(message);
      this.view.divide?.(this.from);
      if (event.complete) this.from = undefined;
      this.#read();
      this.view.behind?.(false);
      if (!event.complete && event.messages.length) this.resume();
    },
    "read.moved": ({ conversation, by, sequence, seen }) => {
      if (conversation !== this.conversation) return;
      if (by === this.side) this.#move(seen ? sequence : 0, 0);
      else this.#move(0, seen ? sequence : 0, sequence);
    },
    heartbeat: (event) => this.#expect(this.#stateIn(event)),
    "session.opened": (event) => {
      const last = this.#stateIn(event);
      this.here = this.marked;
      if (this.sequence.isBehind(last)) {
        this.from = this.read;
        this.resume();
      }
      this.flush();
    },
    error: (event) => this.#refused(event),
  };

  #offer(message) {
    for (const ready of this.sequence.offer(message)) {
      this.#cancel(ready.client_id);
      this.outbox.remove(ready.client_id);
      if ((ready.author.kind === "visitor") !== (this.side === "visitor")) {
        this.theirs = ready.sequence;
        if (ready.sequence > this.read) this.unread.push(ready.sequence);
      }
      this.view.place(ready);
    }
    if (this.sequence.hasGap) this.#expect(message.sequence);
  }

  /** Whether these precede what is shown; there they go once the gap between is closed. */
  #isOlder(messages) {
    if (!(messages[0]?.sequence <= this.first)) return false;
    this.older.push(...messages.filter(({ sequence }) => sequence <= this.first));
    const last = this.older.at(-1).sequence;
    if (last < this.first) this.socket.send(resumeConversation(this.conversation, last));
    else {
      this.#cancel("earlier");
      this.first = this.older[0].sequence - 1;
      this.view.precede(this.older.splice(0), this.first > 0);
    }
    return true;
  }

  #stateIn({ conversations = [] }) {
    const state = conversations.find((each) => each.conversation === this.conversation);
    if (state) this.#move(state.read_sequence, state.seen_sequence);
    return state?.last_sequence ?? 0;
  }

  #move(read = 0, seen = 0, arrived = seen) {
    this.marked = Math.max(this.marked, read);
    this.read = Math.max(this.read, read);
    this.seen = Math.max(this.seen, seen);
    this.arrived = Math.max(this.arrived, arrived);
    this.#read();
  }

  /** Show how far both sides are, and tell the other. */
  #read() {
    if (this.isLooking) this.read = Math.max(this.read, this.theirs);
    this.unread = this.unread.filter((sequence) => sequence > this.read);
    this.view.unread?.(this.unread.length);
    this.view.progress?.(this.seen, this.arrived);
    if (!this.isLooking && this.theirs <= this.here || this.theirs <= this.marked || this.timers.has("read")) return;
    this.#later("read", MARK_MS, () => {
      if (this.socket.send(markRead(this.conversation, this.theirs, this.isLooking === true))) this[this.isLooking ? "marked" : "here"] = this.theirs;
    });
  }

  /** What is missing may come by itself. */
  #expect(sequence) {
    this.target = Math.max(this.target, sequence);
    if (!this.sequence.isBehind(this.target) || this.timers.has("gap")) return;
    this.#later("gap", HOLD_MS, () => { if (this.sequence.isBehind(this.target)) this.resume(); });
  }

  #send(item) {
    this.#cancel(item.client_id);
    // Several begin one conversation, under the first's id.
    const { client_id, opening } = this.outbox.waiting()[0];
    const sent = this.socket.isOpen && this.socket.send(
      this.conversation ? postMessage({ ...item, conversation: this.conversation })
        : startConversation(client_id, opening),
    );
    this.view.mark(item.client_id, sent ? "sending" : "offline");
    // Unanswered: once more under the same id, then say so.
    if (sent) this.#later(item.client_id, ACKNOWLEDGE_MS, () => this.#again(item, "unanswered"));
  }

  #again(item, code) {
    item.tries += 1;
    if ((item.tries > RETRIES && code !== "being_checked") || (code === "unanswered" && item.tries > 1)) this.view.mark(item.client_id, "failed", code);
    else this.#send(item);
  }

  #refused({ code, client_id, retry_ms, field }) {
    const item = client_id && this.outbox.get(client_id);
    if (item && Object.hasOwn(PASSING, code)) {
      this.view.mark(client_id, PASSING[code], code);
      this.#later(client_id, (retry_ms ?? 1000) * (code === "unavailable" ? 2 ** item.tries : 1), () => this.#again(item, code));
    } else if (item) {
      this.#cancel(client_id);
      this.view.mark(client_id, "failed", code);
    }
    this.onRefused(code, item || undefined, field);
  }

  #later(name, delay_ms, action) {
    this.#cancel(name);
    this.timers.set(name, setTimeout(() => { this.timers.delete(name); action(); }, delay_ms));
  }

  #cancel(name) {
    clearTimeout(this.timers.get(name));
    this.timers.delete(name);
  }
}

/** Puts messages in order: each once, none skipped. Pure. */
export class Sequence {
  constructor(last = 0) {
    this.last = last;
    this.held = new Map();
  }

  /** Gives back those that may be shown now. */
  offer(message) {
    if (message.sequence <= this.last) return [];
    this.held.set(message.sequence, message);
    return this.#release();
  }

  get hasGap() {
    return this.held.size > 0;
  }

  isBehind(sequence) {
    return sequence > this.last;
  }

  #release() {
    const ready = [];
    while (this.held.has(this.last + 1)) {
      this.last += 1;
      ready.push(this.held.get(this.last));
      this.held.delete(this.last);
    }
    return ready;
  }
}
