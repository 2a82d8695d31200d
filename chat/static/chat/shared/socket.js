/** The frames of chat/protocol/schema.json, and one connection that keeps itself alive. */

export const VERSION = 1;
export const MAX_TEXT_BYTES = 8192;
const encoder = new TextEncoder();

export const textBytes = (text) => encoder.encode(text).length;

export const frame = (type, fields) => ({ v: VERSION, type, ...fields });

export const openSession = (conversations, ticket) => frame("session.open", ticket ? { ticket, conversations } : { conversations });
export const startConversation = (client_id, opening = {}) => frame("conversation.start", { client_id, ...opening });
export const postMessage = ({ client_id, conversation, text, kind, insisted }) => frame("message.post", { client_id, conversation, text, kind, insisted });
export const resumeConversation = (conversation, after_sequence) => frame("conversation.resume", { conversation, after_sequence });
export const setTyping = (conversation, on) => frame("typing.set", { conversation, on });
export const markRead = (conversation, sequence, seen) => frame("read.mark", { conversation, sequence, seen });
export const giveConsent = (told) => frame("consent.give", told);
export const heartbeat = () => frame("heartbeat", {});

const isPosted = (event) => typeof event.text === "string" && Number.isInteger(event.sequence) && event.sequence > 0 && typeof event.author?.kind === "string";
const CHECKS = {
  "session.opened": (event) => Array.isArray(event.conversations),
  "message.acknowledged": (event) => typeof event.client_id === "string" && Number.isInteger(event.sequence),
  "message.posted": isPosted,
  "message.remasked": isPosted,
  "conversation.started": (event) => typeof event.conversation === "string",
  "conversation.resumed": (event) => Array.isArray(event.messages) && Number.isInteger(event.last_sequence),
  "conversations.changed": (event) => Array.isArray(event.conversations),
  heartbeat: (event) => Array.isArray(event.conversations ?? []),
  error: (event) => typeof event.code === "string",
};

/** The event in a frame, or null. Unknown types pass: a newer server may send them. */
export function parseEvent(data) {
  let event;
  try {
    event = JSON.parse(data);
  } catch {
    return null;
  }
  if (event?.v !== VERSION || typeof event.type !== "string") return null;
  return (CHECKS[event.type]?.(event) ?? true) ? event : null;
}

/** A UUIDv7 (RFC 9562, section 5.7). */
export function uuid7(now = Date.now(), random = (bytes) => crypto.getRandomValues(bytes)) {
  const bytes = random(new Uint8Array(16));
  for (let place = 0; place < 6; place += 1) bytes[place] = Math.floor(now / 2 ** (8 * (5 - place))) % 256;
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const FINAL_CODES = new Set([4401, 4403]);
const OPEN_TIMEOUT_MS = 10_000;
const LOOK_MS = 5000;
const SOON_MS = 2000;
const SOON_TRIES = 8;

/** Milliseconds before attempt `n`, from 0: full jitter over 0.5, 1, 2 s, which a killed server needs; then to 30 s. */
export function reconnectDelay(attempt, random = Math.random) {
  const most = attempt < SOON_TRIES ? Math.min(SOON_MS, 500 * 2 ** attempt) : SOON_MS * 2 ** (attempt - SOON_TRIES + 1);
  return random() * Math.min(30_000, most);
}

export function socketAddress(path, base = location.href) {
  const address = new URL(path, base);
  address.protocol = address.protocol === "https:" || address.protocol === "wss:" ? "wss:" : "ws:";
  return address.href;
}

export class LiveSocket {
  /** `greet(ticket)` promises the first frame; `onState` hears "connecting", "open", "lost" and, if not `patient`, "refused". */
  constructor({ url, greet, onEvent, onState, patient, WebSocketClass = WebSocket }) {
    Object.assign(this, { url, greet, onEvent, onState, patient, WebSocketClass });
    this.attempt = 0;
    this.stopped = true;
    this.isOpen = false;
    this.silence_ms = 60_000;
    this.refusals = 0;
  }

  start() {
    if (!this.stopped) return;
    this.stopped = false;
    this.wake = () => { if (!document.hidden) this.hurry(); };
    this.sleep = () => { if (this.isOpen) this.#lose(); };
    addEventListener("online", this.wake);
    addEventListener("offline", this.sleep);
    addEventListener("pageshow", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    this.#connect();
  }

  stop() {
    this.stopped = true;
    this.ticket = null;
    removeEventListener("online", this.wake);
    removeEventListener("offline", this.sleep);
    removeEventListener("pageshow", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    this.#drop();
  }

  send(frame) {
    if (!this.isOpen) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  async #connect() {
    this.#drop();
    this.isWaiting = false;
    this.onState("connecting");
    const turn = (this.turn = {});
    let first;
    try {
      first = await this.greet(this.ticket);
    } catch (error) {
      if (turn === this.turn && !this.stopped) this.#again(error.retry_ms);
      return;
    }
    if (turn !== this.turn || this.stopped) return;
    const socket = (this.socket = new this.WebSocketClass(this.url));
    this.#watch(OPEN_TIMEOUT_MS);
    socket.onopen = () => {
      this.ticket = null;
      socket.send(JSON.stringify(first));
    };
    socket.onmessage = (message) => { if (socket === this.socket) this.#heard(message.data); };
    socket.onclose = (event) => { if (socket === this.socket) this.#closed(event.code); };
  }

  #heard(data) {
    this.#watch(this.silence_ms);
    const event = parseEvent(data);
    if (!event) return;
    if (event.ticket) this.ticket = event.ticket;
    if (event.type === "session.opened") this.#opened(event);
    if (event.type === "heartbeat") this.send(heartbeat());
    if (event.type === "server.draining") setTimeout(() => this.hurry(true), event.reconnect_after_ms ?? 10_000);
    this.onEvent(event);
  }

  #opened(event) {
    this.attempt = 0;
    this.refusals = 0;
    this.isOpen = true;
    if (event.heartbeat_s) this.silence_ms = event.heartbeat_s * 2200;
    this.#watch(this.silence_ms);
    this.onState("open");
  }

  #closed(code) {
    this.#drop();
    if (FINAL_CODES.has(code) && !this.patient && (this.refusals += 1) > 1) {
      this.stop();
      this.onState("refused");
      return;
    }
    this.#again();
  }

  #lose() {
    this.#drop();
    this.#again();
  }

  #again(least_ms = 0) {
    this.onState("lost");
    this.isWaiting = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#connect(), Math.max(least_ms, reconnectDelay(this.attempt)));
    this.attempt += 1;
  }

  /** Woken up, network back, or asked to by the server. */
  hurry(asked = false) {
    if (!this.stopped && (asked || this.isWaiting || this.isOpen && this.#isSilent)) this.#connect();
  }

  /** Give up when nothing is heard so long, by the clock that runs on in a sleep. */
  #watch(silence_ms) {
    clearInterval(this.watchdog);
    this.heardAt = Date.now();
    this.patience_ms = silence_ms;
    this.watchdog = setInterval(() => { if (this.#isSilent) this.#lose(); }, Math.min(silence_ms, LOOK_MS));
  }

  /** Also when the clock was set back. */
  get #isSilent() {
    return Math.abs(Date.now() - this.heardAt) > this.patience_ms;
  }

  #drop() {
    clearInterval(this.watchdog);
    clearTimeout(this.timer);
    this.isOpen = false;
    const socket = this.socket;
    this.socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }
}

/** Messages not yet acknowledged. Their text goes as soon as the server has it. */
export class Outbox {
  /** `storage` keeps them over a reload; null for memory only. */
  constructor(storage = null, key = "hushdesk.outbox") {
    this.storage = storage;
    this.key = key;
    this.items = new Map();
    for (const item of this.#load()) this.items.set(item.client_id, item);
  }

  add(item) {
    this.items.set(item.client_id, item);
    this.#save();
  }

  get(client_id) {
    return this.items.get(client_id);
  }

  remove(client_id) {
    const item = this.items.get(client_id);
    if (this.items.delete(client_id)) this.#save();
    return item;
  }

  clear() {
    this.items.clear();
    this.#save();
  }

  waiting() {
    return [...this.items.values()];
  }

  #load() {
    try {
      const items = JSON.parse(this.storage?.getItem(this.key) ?? "[]");
      return Array.isArray(items) ? items.filter((item) => typeof item?.client_id === "string" && typeof item.text === "string") : [];
    } catch {
      return [];
    }
  }

  #save() {
    try {
      if (this.items.size) this.storage?.setItem(this.key, JSON.stringify(this.waiting()));
      else this.storage?.removeItem(this.key);
    } catch {
      // Full or refused: memory keeps it while the page lives.
    }
  }
}
