/** One conversation on a socket: order, echo, acknowledgement, retry. Knows nothing of the DOM; tells a view. */
import { postMessage, resumeConversation, startConversation, uuid7 } from "./protocol.js";
import { Sequence } from "./sequence.js";

export const HOLD_MS = 200;
export const ACKNOWLEDGE_MS = 10_000;
const RETRIES = 5;
/** Errors that another try of the same message can cure, and what to show meanwhile. */
const PASSING = { too_fast: "waiting", being_checked: "checking", unavailable: "waiting" };

export class Thread {
  /**
   * @param view has echo(item), mark(client_id, state, code), place(message), replace(message), behind(isBehind)
   * @param onRefused (code, item?) what the whole conversation should know of
   * @param opening () what goes along when a conversation begins: page and answers
   */
  constructor({ socket, outbox, view, onRefused, opening = () => undefined, conversation = null, last = 0, now = Date.now }) {
    Object.assign(this, { socket, outbox, view, onRefused, opening, conversation, now });
    this.sequence = new Sequence(last);
    this.target = last;
    this.timers = new Map();
  }

  /** What to name in `session.open`. */
  position() {
    return this.conversation ? [{ conversation: this.conversation, after_sequence: this.sequence.last }] : [];
  }

  /** Show the reader's own text at once, and send it. */
  post(text, kind = "public") {
    const item = { client_id: uuid7(this.now()), text, kind, at: new Date(this.now()).toISOString(), tries: 0, conversation: this.conversation };
    if (!this.conversation) item.opening = this.opening();
    this.outbox.add(item);
    this.view.echo(item);
    this.#send(item);
    return item;
  }

  /** Try a failed message again, under the same id. */
  retry(client_id) {
    const item = this.outbox.get(client_id);
    if (!item) return;
    item.tries = 0;
    this.#send(item);
  }

  /** Fetch what follows the last message shown. */
  resume() {
    if (this.conversation) this.socket.send(resumeConversation(this.conversation, this.sequence.last));
  }

  /** Send all that is waiting. */
  flush() {
    for (const item of this.outbox.waiting()) this.#send(item);
  }

  /** The connection is gone: what was on its way may never have arrived, and goes again when there is one. */
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

  /** Take an event that concerns this conversation. */
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
      if (event.conversation === this.conversation) this.#offer(event);
    },
    "message.remasked": (event) => {
      if (event.conversation === this.conversation) this.view.replace(event);
    },
    "conversation.resumed": (event) => {
      if (event.conversation !== this.conversation) return;
      this.view.behind?.(true);
      for (const message of event.messages) this.#offer(message);
      this.view.behind?.(false);
      if (!event.complete && event.messages.length) this.resume();
    },
    heartbeat: (event) => this.#expect(this.#lastIn(event)),
    "session.opened": (event) => {
      if (this.sequence.isBehind(this.#lastIn(event))) this.resume();
      this.flush();
    },
    error: (event) => this.#refused(event),
  };

  #offer(message) {
    for (const ready of this.sequence.offer(message)) {
      this.#cancel(ready.client_id);
      this.outbox.remove(ready.client_id);
      this.view.place(ready);
    }
    if (this.sequence.hasGap) this.#expect(message.sequence);
  }

  #lastIn({ conversations = [] }) {
    return conversations.find((state) => state.conversation === this.conversation)?.last_sequence ?? 0;
  }

  /** Ask for what is missing up to `sequence`, unless it comes by itself within the time that order may take. */
  #expect(sequence) {
    this.target = Math.max(this.target, sequence);
    if (!this.sequence.isBehind(this.target) || this.timers.has("gap")) return;
    this.#later("gap", HOLD_MS, () => { if (this.sequence.isBehind(this.target)) this.resume(); });
  }

  #send(item) {
    this.#cancel(item.client_id);
    const sent = this.socket.isOpen && this.socket.send(
      this.conversation ? postMessage({ client_id: item.client_id, conversation: this.conversation, text: item.text, kind: item.kind })
        : startConversation(item.client_id, item.opening),
    );
    this.view.mark(item.client_id, sent ? "sending" : "offline");
    // Unanswered on an open connection: once more under the same id, then say so.
    if (sent) this.#later(item.client_id, ACKNOWLEDGE_MS, () => this.#again(item, "unanswered"));
  }

  #again(item, code) {
    item.tries += 1;
    // What is being checked is kept until it has been: the sender has nothing else to do than to wait.
    if ((item.tries > RETRIES && code !== "being_checked") || (code === "unanswered" && item.tries > 1)) this.view.mark(item.client_id, "failed", code);
    else this.#send(item);
  }

  #refused({ code, client_id, retry_ms }) {
    const item = client_id && this.outbox.get(client_id);
    if (item && Object.hasOwn(PASSING, code)) {
      this.view.mark(client_id, PASSING[code], code);
      this.#later(client_id, (retry_ms ?? 1000) * 2 ** item.tries, () => this.#again(item, code));
    } else if (item) {
      this.#cancel(client_id);
      this.view.mark(client_id, "failed", code);
    }
    this.onRefused(code, item || undefined);
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
