/** The list of conversations: kept current by re-fetching rows, with clocks that run. */
import { timeLeft, timeSince, urgency, waitingClock } from "../../core/js/waits.js";

const ROW_MS = 120;
const LIST_MS = 1200;
/** What is followed says by itself what is new; only the order is left. */
const ORDER_MS = 4000;
const LOOK_MS = 2500;
/** Code points of a row's last line. */
const LINE = 140;
/** The queues that a conversation leaves only with its status. */
const STATUS_OF_QUEUE = { open: "open", resolved: "resolved" };

export class Inbox {
  /**
   * @param {HTMLElement} workspace
   * @param {{onStateChange: (id: string) => void}} handlers told when an open row's status or holder changes
   */
  constructor(workspace, { onStateChange }) {
    this.rows = workspace.querySelector("#rows");
    this.address = workspace.dataset.inboxUrl;
    this.queue = workspace.dataset.queue;
    this.filter = workspace.querySelector("[data-filter]");
    this.onStateChange = onStateChange;
    this.timers = new Map();
    this.states = new Map();
    this.unseen = 0;
    this.title = document.title;
    this.filter.addEventListener("input", () => this.#applyFilter());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.#seen(); });
    setInterval(() => this.#tick(), 1000);
  }

  /**
   * Something about a conversation is different. A row that stays in its queue is fetched at once, unless what is said
   * there is heard here (`isFollowed`), and the order and the counts a little later; otherwise the list is, at once.
   * If nothing but something was `said`, it stays in its queue, and `heard` shows it.
   */
  changed(id, status, isFollowed, said) {
    if (document.hidden) this.#countUnseen(this.unseen + 1);
    const stays = this.#row(id) && (said || STATUS_OF_QUEUE[this.queue] === status);
    if (stays && isFollowed && said) return;
    if (!stays) this.#cancel(id);
    if (stays && !isFollowed) this.#soon(id, ROW_MS, () => this.#refetch(id));
    this.#soon("list", !stays ? ROW_MS : isFollowed ? ORDER_MS : LIST_MS, () => this.refresh());
  }

  /** Show in its row what was just said, and how much of a conversation nobody has read. */
  heard(id, message, unread) {
    const row = this.#row(id);
    if (!row) return;
    if (message) this.#say(row, message);
    if (row.dataset.answers !== "true") return;
    const mark = row.querySelector(".row__unread") ?? this.#mark(row);
    mark.hidden = !unread;
    mark.textContent = `${unread > 99 ? "99+" : unread} unread`;
  }

  /** Whoever answers has read on: what a row says is unread may be so no more. */
  read(id) {
    if (this.#row(id)?.querySelector(".row__unread")) this.#soon(id, ROW_MS, () => this.#refetch(id, false));
  }

  /** Something may be different: somebody came, went or chose another status, perhaps many at once. */
  look() {
    this.#soon("list", LOOK_MS, () => this.refresh());
  }

  /** Fetch the whole list anew; what stays is kept in place. */
  refresh() {
    // What was searched for is asked for again only by who searches: it stands in no address.
    if (this.queue === "found") return undefined;
    // Of ten tabs, one is looked at.
    this.isStale = document.hidden;
    if (this.isStale) return undefined;
    return htmx.ajax("GET", `${this.address}rows/?queue=${this.queue}`, { source: "#rows", target: "#rows", swap: "innerMorph" });
  }

  /** Mark the row of the open conversation. */
  #markRow(id) {
    this.current = id;
    for (const link of this.rows.querySelectorAll(".row__link")) {
      if (link.closest(".row").dataset.row === id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  /** After a swap, or when another conversation was opened: marks, filter and clocks hold for what is there now. */
  settle(id) {
    this.#markRow(id);
    this.#applyFilter();
    this.#copyClock();
    this.#tick();
    this.#compareStates();
  }

  remove(row) {
    const id = row.dataset.row;
    row.remove();
    this.onStateChange(id);
    this.#soon("list", ROW_MS, () => this.refresh());
  }

  /** Move the keyboard's place by `step` rows. */
  move(step) {
    const links = [...this.rows.querySelectorAll(".row:not(.is-filtered) .row__link")];
    const focused = links.indexOf(document.activeElement);
    const from = focused >= 0 ? focused : links.findIndex((link) => link.hasAttribute("aria-current"));
    const next = links[Math.min(links.length - 1, Math.max(0, from + step))];
    next?.focus();
  }

  /** Put the keyboard on the open conversation's row, or on the first. */
  focus() {
    (this.rows.querySelector("[aria-current]") ?? this.rows.querySelector(".row__link"))?.focus();
  }

  #row(id) {
    return document.getElementById(`row-${id}`);
  }

  async #refetch(id, isFresh = true) {
    if (!this.#row(id) || document.hidden) return;
    await htmx.ajax("GET", `${this.address}rows/${id}/?queue=${this.queue}`, { source: `#row-${id}`, target: `#row-${id}`, swap: "outerMorph" });
    if (isFresh) this.#row(id)?.classList.add("is-fresh");
  }

  /** Run `action` once within `wait_ms`, however often it is asked for; an earlier wish wins. */
  #soon(name, wait_ms, action) {
    const due = Date.now() + wait_ms;
    const waiting = this.timers.get(name);
    if (waiting && waiting.due <= due) return;
    clearTimeout(waiting?.timer);
    const timer = setTimeout(() => { this.timers.delete(name); action(); }, due - Date.now());
    this.timers.set(name, { due, timer });
  }

  #cancel(name) {
    clearTimeout(this.timers.get(name)?.timer);
    this.timers.delete(name);
  }

  #compareStates() {
    for (const row of this.rows.querySelectorAll(".row")) {
      const before = this.states.get(row.dataset.row);
      this.states.set(row.dataset.row, row.dataset.state);
      if (before !== undefined && before !== row.dataset.state) this.onStateChange(row.dataset.row);
    }
    // One that has left the list is in another queue, or was erased: whose pane is open looks.
    for (const id of [...this.states.keys()].filter((each) => !this.#row(each))) {
      this.states.delete(id);
      this.onStateChange(id);
    }
  }

  /** The clock above the open conversation is the one of its row. */
  #copyClock() {
    const clock = document.querySelector(".head__clock");
    const row = this.current && this.#row(this.current);
    if (!clock || !row) return;
    const since = row.querySelector("[data-waiting-since]")?.dataset.waitingSince;
    clock.hidden = !since;
    if (since) clock.dataset.waitingSince = since;
  }

  #applyFilter() {
    const words = this.filter.value.toLowerCase().trim();
    if (!words && !this.isFiltered) return;
    this.isFiltered = words !== "";
    for (const row of this.rows.querySelectorAll(".row")) row.classList.toggle("is-filtered", !row.textContent.toLowerCase().includes(words));
  }

  #tick() {
    for (const clock of document.querySelectorAll("[data-waiting-since]:not([hidden])")) {
      const since = clock.dataset.waitingSince;
      write(clock.querySelector("[data-slot=clock]"), waitingClock(since));
      const how = urgency(since);
      clock.classList.toggle("clock--soon", how === "soon");
      clock.classList.toggle("clock--late", how === "late");
    }
    for (const counted of document.querySelectorAll("[data-until]")) write(counted, timeLeft(counted.dataset.until));
    for (const time of this.rows.querySelectorAll("time[data-relative]")) {
      write(time, timeSince(time.dateTime));
    }
  }

  /** The twin of `_line` in chat/disclosure.py and of the row's template. */
  #say(row, { text, author, kind, at }) {
    const line = [...text.replace(/\s+/g, " ").trim()];
    const said = line.length > LINE ? `${line.slice(0, LINE - 1).join("")}…` : line.join("");
    const place = row.querySelector(".row__line");
    place.replaceChildren(...(author.kind === "agent" ? [this.#span("faint", "Team:"), " "] : []), said);
    row.querySelector("time").dateTime = at;
    row.classList.add("is-fresh");
    const clock = row.querySelector(".clock");
    // Whoever was answered waits no more; whoever begins to wait gets a clock with the list; who waits keeps their place.
    if (author.kind === "agent" && kind === "public") clock?.remove();
    if (author.kind === "agent" || !clock) this.#soon("list", author.kind === "agent" ? ORDER_MS : LIST_MS, () => this.refresh());
    if (row.dataset.row === this.current) this.#copyClock();
  }

  #mark(row) {
    const mark = this.#span("row__unread");
    row.querySelector(".row__marks").prepend(mark);
    return mark;
  }

  #span(className, textContent = "") {
    return Object.assign(document.createElement("span"), { className, textContent });
  }

  #seen() {
    this.#countUnseen(0);
    if (this.isStale) this.refresh();
  }

  #countUnseen(count) {
    this.unseen = count;
    document.title = count ? `(${count}) ${this.title}` : this.title;
  }
}

/** Writing what stands there already would lay the list out anew. */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
