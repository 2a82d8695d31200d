/**
 * One connection for all tabs of a member: the tab that holds a lock has it, the others hear and send through it.
 *
 * When that tab goes, however it goes, the browser gives the lock to the next one, which connects at once. Every tab
 * holds a lock of its own besides, by which the leader learns that it has gone.
 */
import { openSession, reconnectDelay, resumeConversation } from "../shared/socket.js";
import { followConversation, unfollowConversation } from "./commands.js";
import { Follows } from "./follows.js";

const forever = () => new Promise(() => {});

export class TabSocket {
  /**
   * @param {object} parts
   * @param {string} parts.name the same for all tabs of one member
   * @param {(handlers: object) => import("../shared/socket.js").LiveSocket} parts.connect makes the connection itself
   * @param {() => object[]} parts.positions what this tab follows, and how far it has come
   * @param {(event: object) => void} parts.onEvent what the server says, and "follow.ended" when a conversation was let go
   * @param {(state: string) => void} parts.onState as of LiveSocket, and "ended" when another tab has signed out
   */
  constructor({ name, connect, positions, onEvent, onState, locks = navigator.locks, Channel = globalThis.BroadcastChannel }) {
    Object.assign(this, { name, connect, positions, onEvent, onState, locks });
    this.tab = crypto.randomUUID();
    this.isOpen = false;
    this.state = "connecting";
    this.losses = 0;
    // Neither is there outside a secure context: then each tab has its own connection.
    this.channel = locks && Channel ? new Channel(name) : null;
  }

  start() {
    if (!this.channel) {
      this.#lead();
      return;
    }
    this.channel.onmessage = ({ data }) => this.#told(data);
    document.addEventListener("visibilitychange", () => this.#hurry());
    // Only who holds its own lock is known, or it would seem to be gone already.
    this.locks.request(this.#lockOf(this.tab), () => { this.isThere = true; this.#greet(); return forever(); });
    this.locks.request(this.name, () => { this.#lead(); return forever(); });
  }

  /** Whether the frame is on its way. */
  send(frame) {
    if (this.live) this.#carry(frame, this.tab);
    else this.channel.postMessage({ frame, tab: this.tab });
    return this.isOpen;
  }

  /** Connect now rather than in a while. */
  wake() {
    if (this.live) this.live.hurry(true);
    else this.channel.postMessage({ hurry: true });
  }

  /** The member has signed out: in every tab. */
  end() {
    this.channel?.postMessage({ state: "ended" });
  }

  // Every tab --------------------------------------------------------------------------------------------------

  #told(data) {
    if (data.to && data.to !== this.tab) return;
    if (data.event) this.onEvent(data.event);
    else if (data.state) this.#became(data.state);
    else if (data.asks) this.#greet();
    else if (this.live) this.#leads(data);
  }

  #became(state) {
    this.state = state;
    this.isOpen = state === "open";
    if (this.isOpen) this.losses = 0;
    this.onState(state);
    // The timers of a tab out of sight may rest for a minute; ours, in sight, does not.
    if (state === "lost" && !this.live) setTimeout(() => this.#hurry(), reconnectDelay(this.losses++));
  }

  #hurry() {
    if (!this.live && !this.isOpen && !document.hidden) this.channel.postMessage({ hurry: true });
  }

  #greet() {
    if (this.isThere && !this.live) this.channel.postMessage({ hello: this.tab, positions: this.positions() });
  }

  // The one that leads -----------------------------------------------------------------------------------------

  #lead() {
    this.follows = new Follows();
    this.known = new Set([this.tab]);
    this.live = this.connect({
      greet: async () => openSession(this.asked = this.follows.positions()),
      onEvent: (event) => this.#heard(event),
      onState: (state) => this.#tell({ state }),
    });
    for (const { conversation, after_sequence } of this.positions()) {
      this.follows.add(conversation, this.tab, after_sequence);
      this.follows.letGo();
    }
    this.channel?.postMessage({ asks: true });
    this.live.start();
  }

  /** What another tab wants. */
  #leads({ frame, tab, hello, positions, hurry }) {
    if (frame) this.#carry(frame, tab);
    if (hurry) this.live.hurry();
    if (!hello) return;
    if (!this.known.has(hello)) this.#know(hello);
    for (const { conversation, after_sequence } of positions) this.#follow(followConversation(conversation, after_sequence), hello);
    this.channel.postMessage({ to: hello, state: this.state });
    // What it has not sent yet may go.
    if (this.isOpen) this.channel.postMessage({ to: hello, event: { type: "session.opened", conversations: [] } });
  }

  #know(tab) {
    this.known.add(tab);
    this.locks.request(this.#lockOf(tab), () => {
      this.known.delete(tab);
      for (const conversation of this.follows.leave(tab)) this.live.send(unfollowConversation(conversation));
    });
  }

  #carry(frame, tab) {
    if (frame.type === "conversation.follow") this.#follow(frame, tab);
    else if (frame.type !== "conversation.unfollow" || this.follows.remove(frame.conversation, tab)) this.live.send(frame);
  }

  #follow(frame, tab) {
    const { conversation, after_sequence } = frame;
    const how = this.follows.add(conversation, tab, after_sequence);
    const gone = this.follows.letGo();
    if (gone) {
      this.live.send(unfollowConversation(gone));
      this.#tell({ event: { type: "follow.ended", conversation: gone } });
    }
    if (how === "new") this.live.send(frame);
    else if (how === "shared") this.live.send(resumeConversation(conversation, after_sequence));
  }

  #heard(event) {
    if (event.type === "message.posted") this.follows.heard(event.conversation, event.sequence);
    this.#tell({ event });
    if (event.type === "session.opened") this.#opened(event);
  }

  /** What tabs have come to follow since the session was asked for is followed now; what is gone is let go. */
  #opened({ conversations }) {
    const asked = new Set(this.asked.map(({ conversation }) => conversation));
    const there = new Set(conversations.map(({ conversation }) => conversation));
    for (const { conversation, after_sequence } of this.follows.positions()) {
      if (there.has(conversation)) continue;
      if (!asked.has(conversation)) this.live.send(followConversation(conversation, after_sequence));
      else {
        this.follows.all.delete(conversation);
        this.#tell({ event: { type: "follow.ended", conversation } });
      }
    }
  }

  #tell(data) {
    this.channel?.postMessage(data);
    this.#told(data);
  }

  #lockOf(tab) {
    return `${this.name}.${tab}`;
  }
}
