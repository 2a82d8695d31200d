/** A WebSocket in name: carries the frames over HTTP, one at a time, and asks now and then what is new. */
import { openSession } from "../shared/socket.js";

const ASK_MS = 2000;
const ASK_HIDDEN_MS = 10_000;
/** What means nothing to a server that keeps no connection. */
const UNSAID = new Set(["heartbeat", "conversation.unfollow"]);
const LOST = 1006;
const NOT_SIGNED_IN = 4401;
const NOT_ALLOWED = 4403;

export class PolledSocket {
  /** @param {{token: () => string}} parts token against forged requests */
  constructor(url, { token, onLost = () => {}, ask_ms = ASK_MS, fetch = globalThis.fetch.bind(globalThis) }) {
    Object.assign(this, { url, token, onLost, ask_ms, fetch });
    this.followed = new Map();
    this.turn = Promise.resolve();
    setTimeout(() => this.onopen?.());
  }

  send(data) {
    const frame = JSON.parse(data);
    this.#note(frame);
    if (UNSAID.has(frame.type)) return;
    this.#inTurn(frame);
    if (frame.type === "session.open") this.#askLater();
  }

  close(code) {
    clearTimeout(this.timer);
    const told = this.isClosed ? null : this.onclose;
    this.isClosed = true;
    if (code) told?.({ code });
  }

  /** The server keeps in mind nothing: what is followed is said with each question. */
  #note({ type, conversation, conversations = [] }) {
    for (const { conversation: each, after_sequence } of conversations) this.followed.set(each, after_sequence);
    if (type === "conversation.follow") this.followed.set(conversation, 0);
    if (type === "conversation.unfollow") this.followed.delete(conversation);
  }

  #askLater() {
    this.timer = setTimeout(async () => {
      const positions = [...this.followed].map(([conversation, after_sequence]) => ({ conversation, after_sequence }));
      await this.#inTurn(openSession(positions), (event) => ({ ...event, type: "heartbeat", polled: true }));
      if (!this.isClosed) this.#askLater();
    }, document.hidden ? ASK_HIDDEN_MS : this.ask_ms);
  }

  /** In the order in which they were sent. */
  #inTurn(frame, told = (event) => event) {
    this.turn = this.turn.then(() => (this.isClosed ? undefined : this.#exchange(frame, told)));
    return this.turn;
  }

  async #exchange(frame, told) {
    let event;
    try {
      const headers = { "Content-Type": "application/json", "X-CSRFToken": this.token() };
      const response = await this.fetch(this.url, { method: "POST", headers, body: JSON.stringify(frame), redirect: "manual", cache: "no-store" });
      if (response.type === "opaqueredirect" || response.status === 401) return this.close(NOT_SIGNED_IN);
      if (response.status === 403) return this.close(NOT_ALLOWED);
      if (response.status === 204) return undefined;
      event = await response.json();
    } catch {
      this.onLost();
      return this.close(LOST);
    }
    if (!this.isClosed) this.onmessage?.({ data: JSON.stringify(told(event)) });
    return undefined;
  }
}
