/** Draws messages into a log: clones the page's <template>, fills slots with textContent. */
import { clockTime, dayKey, dayLabel, fullTime } from "../../core/js/times.js";
import { hiddenSentence, segments } from "./composer.js";

const GROUP_MS = 3 * 60_000;
const STATES = {
  sending: "Sending…",
  offline: "Waiting for the connection…",
  waiting: "Waiting a moment…",
  checking: "Being checked…",
  sent: "Sent",
  delivered: "Delivered",
  seen: "Seen",
  failed: "Not sent",
};
const FAILURES = {
  too_long: "Not sent: it is too long",
  resolved: "Not sent: this conversation is resolved",
  blocked: "Not sent",
  consent_required: "Not sent yet: please see the notice",
  identity_required: "Not sent yet: please sign in",
  not_permitted: "Not sent: you may not post here",
  not_found: "Not sent: this conversation is gone",
  bad_frame: "Not sent: the server could not read it",
};
const FINAL = new Set(["too_long", "resolved", "blocked", "not_permitted", "not_found"]);

export class MessageList {
  /** `message` and `masked` are the blank templates; `viewer` is "visitor" or "agent". */
  constructor(list, { message, masked, viewer, onRetry }) {
    Object.assign(this, { list, message, masked, viewer });
    this.echoes = new Map();
    this.bySequence = new Map();
    list.addEventListener("click", (event) => {
      const retry = event.target.closest('[data-slot="retry"]');
      if (retry) onRetry(retry.closest(".message").dataset.client);
    });
    this.regroup();
  }

  echo({ client_id, text, kind, at }) {
    if (this.echoes.has(client_id)) return;
    const element = this.#blank(client_id);
    this.#fill(element, { text, kind, at, findings: [], author: { kind: this.viewer, name: "" } });
    element.classList.add("is-new");
    this.echoes.set(client_id, element);
    this.line?.remove();
    this.list.append(element);
    this.#arrange(element);
  }

  mark(client_id, state, code) {
    const element = this.echoes.get(client_id);
    if (!element) return;
    for (const name of Object.keys(STATES)) element.classList.toggle(`is-${name}`, name === state);
    this.#tell(element, state, (state === "failed" && FAILURES[code]) || STATES[state]);
    slot(element, "retry").hidden = state !== "failed" || FINAL.has(code);
  }

  /** Put a message in its place; it takes over the echo that carried its id. */
  place(message) {
    const echo = this.echoes.get(message.client_id);
    const element = this.#numbered(message, echo);
    this.echoes.delete(message.client_id);
    this.bySequence.set(message.sequence, element);
    if (echo) {
      this.#tell(element);
      slot(element, "retry").hidden = true;
    } else element.classList.add("is-new");
    const waiting = this.echoes.values().next().value;
    if (waiting) this.list.insertBefore(element, waiting);
    else if (!echo || element !== this.list.lastElementChild) this.list.append(element);
    this.#arrange(element);
    return element;
  }

  precede(earlier) {
    this.list.prepend(...earlier.map((message) => this.#numbered(message)));
    this.regroup();
  }

  replace(message) {
    const element = this.bySequence.get(message.sequence);
    if (element) this.#fill(element, message);
  }

  clear() {
    this.list.replaceChildren();
    this.echoes.clear();
    this.bySequence.clear();
  }

  regroup() {
    for (const element of this.list.querySelectorAll(".message[data-sequence]")) this.bySequence.set(Number(element.dataset.sequence), element);
    const first = this.line?.nextElementSibling;
    this.line?.remove();
    for (const element of [...this.list.querySelectorAll(".message")]) this.#arrange(element);
    first?.before(this.line);
  }

  #blank(client_id) {
    const element = this.message.content.firstElementChild.cloneNode(true);
    element.dataset.client = client_id;
    return element;
  }

  #numbered(message, element = this.#blank(message.client_id)) {
    element.dataset.sequence = message.sequence;
    this.#fill(element, message);
    return element;
  }

  #fill(element, { text, findings, author, kind, at }) {
    element.className = `message message--${author.kind}${kind === "note" ? " message--note" : ""}`;
    element.dataset.at = at;
    element.dataset.author = `${author.kind}:${author.kind === this.viewer && kind !== "note" && this.viewer === "visitor" ? "" : author.name}:${kind}`;
    slot(element, "author").textContent = author.name;
    slot(element, "note").hidden = kind !== "note";
    slot(element, "text").replaceChildren(...segments(text, findings).map((part) => this.#segment(part)));
    const time = slot(element, "time");
    time.dateTime = at;
    time.textContent = clockTime(at);
    time.title = fullTime(at);
    const why = slot(element, "why");
    why.textContent = author.kind === this.viewer ? hiddenSentence(findings) : "";
    why.hidden = !why.textContent;
  }

  #segment({ text, hidden }) {
    if (!hidden) return document.createTextNode(text);
    const chip = this.masked.content.firstElementChild.cloneNode(true);
    chip.title = `Hidden before it was stored: ${hidden}`;
    slot(chip, "masked").textContent = text;
    return chip;
  }

  /** Tell on one's newest message, and on the last one seen, how far they have come. */
  progress(seen, arrived) {
    const own = [...this.list.querySelectorAll(`.message--${this.viewer}[data-sequence]:not(.message--note)`)].reverse();
    const last = own.find((element) => element.dataset.sequence <= seen);
    for (const element of this.told ?? []) this.#tell(element);
    this.told = own.slice(0, 1).concat(last ?? []);
    for (const element of this.told) {
      const { sequence } = element.dataset;
      const state = sequence <= seen ? "seen" : sequence <= arrived ? "delivered" : "sent";
      this.#tell(element, state, STATES[state]);
    }
  }

  /** Draw a line above the other side's first message after a sequence, and give it back. */
  divide(after) {
    const theirs = [...this.list.querySelectorAll(`[data-sequence]:not(.message--${this.viewer})`)];
    const first = theirs.find((element) => element.dataset.sequence > after);
    if (!first) return null;
    this.line ??= Object.assign(document.createElement("li"), { className: "new-divider", textContent: "New messages" });
    if (this.line.nextElementSibling !== first) first.before(this.line);
    first.classList.remove("is-continued");
    return this.line;
  }

  #tell(element, state = "", text = "") {
    const told = slot(element, "state");
    told.dataset.state = state;
    told.textContent = text;
  }

  /** Set day line and group. */
  #arrange(element) {
    let before = element.previousElementSibling;
    if (before?.classList.contains("day") && !before.previousElementSibling?.matches(".message")) before = null;
    const previous = before?.matches(".message") ? before : before?.previousElementSibling?.matches?.(".message") ? before.previousElementSibling : null;
    const isNewDay = !previous || dayKey(previous.dataset.at) !== dayKey(element.dataset.at);
    const hasLine = element.previousElementSibling?.classList.contains("day") ?? false;
    if (isNewDay && !hasLine) {
      const line = document.createElement("li");
      line.className = "day";
      line.textContent = dayLabel(element.dataset.at);
      element.before(line);
    } else if (!isNewDay && hasLine) element.previousElementSibling.remove();
    const apart = new Date(element.dataset.at) - new Date(previous?.dataset.at ?? 0);
    element.classList.toggle("is-continued", !isNewDay && previous === element.previousElementSibling && previous.dataset.author === element.dataset.author && apart < GROUP_MS);
  }
}

const slot = (element, name) => element.querySelector(`[data-slot="${name}"]`);

/** Keeps a log at its end while the reader is there, and still when they are not. */

const NEAR_PX = 80;

export class Scroller {
  /** `pill` is shown while something new waits below; `onTop` hears of the other end. */
  constructor(box, pill, onTop) {
    Object.assign(this, { box, pill, onTop });
    this.follows = true;
    this.missed = 0;
    this.aborter = new AbortController();
    const { signal } = this.aborter;
    box.addEventListener("scroll", () => this.#moved(), { passive: true, signal });
    pill.addEventListener("click", () => this.toEnd(), { signal });
    this.observer = new ResizeObserver(() => { if (this.follows) this.#jump(); });
    this.observer.observe(box);
    if (box.firstElementChild) this.observer.observe(box.firstElementChild);
  }

  /** Something was added; one's `own` moves there in any case. */
  added(own = false) {
    if (own) this.toEnd();
    else if (!this.follows) {
      this.missed += 1;
      this.#show();
    }
  }

  /** Show the end, or `first` if that stands before what then is in sight. */
  toEnd(first) {
    this.follows = true;
    this.missed = 0;
    this.#jump();
    if (first && first.getBoundingClientRect().top < this.box.getBoundingClientRect().top) {
      this.follows = false;
      first.scrollIntoView();
    }
    this.#show();
  }

  /** Before something is added above; what it returns, afterwards. */
  hold() {
    const fromEnd = this.box.scrollHeight - this.box.scrollTop;
    return () => this.box.scrollTo({ top: this.box.scrollHeight - fromEnd, behavior: "instant" });
  }

  stop() {
    this.aborter.abort();
    this.observer.disconnect();
  }

  #jump() {
    this.box.scrollTo({ top: this.box.scrollHeight, behavior: "instant" });
  }

  #moved() {
    const isNear = this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < NEAR_PX;
    // What grows below is nobody's scrolling.
    if (isNear || this.box.scrollTop < this.top) this.follows = isNear;
    this.top = this.box.scrollTop;
    if (this.follows) this.missed = 0;
    if (this.box.scrollTop < NEAR_PX) this.onTop?.();
    this.#show();
  }

  #show() {
    this.pill.hidden = this.follows || this.missed === 0;
    const label = this.pill.querySelector("[data-slot=count]");
    if (label) label.textContent = this.missed === 1 ? "1 new message" : `${this.missed} new messages`;
  }
}
