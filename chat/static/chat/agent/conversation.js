/** The open conversation: composer with reply and note, drafts, echo, typing; survives a change of pane. */
import { localiseTimes } from "../../core/js/localise.js";
import { Composer } from "../shared/composer.js";
import { followConversation, setTyping, unfollowConversation } from "../shared/protocol.js";
import { Scroller } from "../shared/scroller.js";
import { Thread } from "../shared/thread.js";
import { Outboxes } from "./outboxes.js";
import { CannedPicker } from "./picker.js";
import { ReportableList } from "./report.js";

const TYPING_GONE_MS = 8000;
const CANNED_LIVE_MS = 60_000;
const NOBODY = { echo() {}, mark() {}, place() {}, replace() {}, behind() {} };
const WORDS = {
  public: { placeholder: "Write a reply", send: "Send" },
  note: { placeholder: "Write a note for your team", send: "Add note", hint: "Only your team sees this" },
};

export class Desk {
  constructor(workspace, socket) {
    this.pane = workspace.querySelector("#conversation");
    this.cannedUrl = workspace.dataset.cannedUrl;
    this.socket = socket;
    /** Threads with something unsent stay here after their pane is gone. */
    this.threads = new Map();
    this.drafts = new Map();
    this.outboxes = new Outboxes(workspace.dataset);
  }

  get id() {
    return this.root?.dataset.conversation;
  }

  get url() {
    return this.root?.dataset.url;
  }

  /** Take up the conversation that is in the pane now, if any. */
  open() {
    this.#leave();
    this.root = this.pane.querySelector("[data-conversation]");
    if (!this.root) return;
    localiseTimes(this.root);
    const template = (name) => document.querySelector(`template[data-template=${name}]`);
    this.messages = new ReportableList(this.#part("list"), { message: template("message"), masked: template("masked"), viewer: "agent", onRetry: (id) => this.thread.retry(id) }, this.root.dataset.reports);
    this.scroller = new Scroller(this.#part("scroll"), this.#part("pill"));
    this.thread = this.#thread();
    this.isResolved = false;
    this.#compose();
    this.headerChanged();
    this.scroller.toEnd(this.messages.divide(this.thread.read));
    this.look();
    this.follow();
    if (!matchMedia("(pointer: coarse)").matches && document.activeElement?.closest?.(".row")) this.composer.focus();
  }

  /** Ask for what comes after the last message shown, now and from here on. */
  follow() {
    if (this.thread) this.socket.send(followConversation(this.id, this.thread.sequence.last));
  }

  /** What whoever may answer has on the screen counts as read. */
  look() {
    const head = this.root?.querySelector("#conversation-header");
    this.thread?.look(!document.hidden && head?.dataset.canPost === "true");
  }

  lost() {
    for (const thread of this.threads.values()) thread.lost();
  }

  hear(event) {
    for (const thread of this.threads.values()) thread.hear(event);
    if (event.type === "typing.changed" && event.conversation === this.id && event.author?.kind !== "agent") this.#typing(event.on);
  }

  /** The header was swapped: the composer follows what may be done now. A resolved conversation takes only notes. */
  headerChanged() {
    const head = this.root?.querySelector("#conversation-header");
    if (!head) return;
    localiseTimes(head);
    const { status, canPost } = head.dataset;
    const wasResolved = this.isResolved;
    this.isResolved = status === "resolved";
    this.#part("composer").hidden = canPost !== "true";
    this.#part("closed").hidden = canPost === "true";
    this.#part("composer").querySelector("input[value=public]").disabled = this.isResolved;
    if (this.isResolved !== wasResolved) this.#setKind(this.isResolved ? "note" : "public");
  }

  /** Somebody changed who holds the conversation, or its status. */
  refreshHeader(id) {
    const head = this.root?.querySelector("#conversation-header");
    if (id !== this.id || !head) return;
    const row = document.getElementById(`row-${id}`);
    if (row?.dataset.state === head.dataset.state) return;
    htmx.ajax("GET", this.url, { source: "#conversation-header", target: "#conversation-header", select: "#conversation-header", swap: "outerHTML" });
  }

  /** Earlier messages are about to take the place of their button; they are not news, so nothing is read aloud. */
  earlierComes() {
    this.#part("log").setAttribute("aria-busy", true);
    this.release = this.scroller.hold();
  }

  earlierCame() {
    localiseTimes(this.#part("list"));
    this.messages.regroup();
    this.release();
    this.#part("log").setAttribute("aria-busy", false);
    (this.#part("earlier") ?? this.#part("scroll")).focus({ preventScroll: true });
  }

  undoResolve(id, url) {
    const isHere = id === this.id;
    htmx.ajax("POST", `${url}reopen/`, {
      source: "#rows",
      target: isHere ? "#conversation-header" : "#rows",
      swap: isHere ? "outerHTML" : "none",
      headers: { "X-CSRFToken": document.querySelector("input[name=csrfmiddlewaretoken]").value },
    });
  }

  /** Run a verb of the header, if it is there now. */
  act(...verbs) {
    const form = verbs.map((verb) => this.root?.querySelector(`form[data-verb=${verb}]`)).find(Boolean);
    form?.requestSubmit();
  }

  /** Go to the composer, as a reply or a note. */
  write(kind) {
    if (!this.root || this.#part("composer").hidden) return;
    this.#setKind(this.isResolved ? "note" : kind);
    this.composer.focus();
  }

  #thread() {
    const kept = this.threads.get(this.id);
    kept?.stop();
    const thread = new Thread({
      socket: this.socket,
      outbox: kept?.outbox ?? this.outboxes.of(this.id),
      conversation: this.id,
      last: Number(this.root.dataset.lastSequence),
      side: "team",
      read: Number(this.root.dataset.readSequence),
      seen: Number(this.root.dataset.seenSequence),
      view: this.#view(),
      onRefused: (code) => { if (code === "too_fast") this.#say("You are writing faster than the server takes it; it goes out by itself."); },
    });
    this.threads.set(this.id, thread);
    for (const item of thread.outbox.waiting()) this.messages.echo(item);
    if (this.socket.isOpen) thread.flush();
    return thread;
  }

  #view() {
    return {
      echo: (item) => { this.messages.echo(item); this.scroller.added(true); },
      mark: (id, state, code) => { this.messages.mark(id, state, code); if (state === "failed") this.#say("A message was not sent."); },
      place: (message) => {
        if (message.author.kind === "visitor") this.#typing(false);
        this.messages.place(message);
        this.scroller.added();
      },
      replace: (message) => this.messages.replace(message),
      progress: (seen, arrived) => this.messages.progress(seen, arrived),
      divide: (after) => this.scroller.toEnd(this.messages.divide(after)),
      behind: (on) => this.#part("log").setAttribute("aria-busy", on),
    };
  }

  #compose() {
    const form = this.#part("composer");
    const conversation = this.id;
    this.composer = new Composer(form, {
      onSend: (text) => this.thread.post(text, this.kind),
      onTyping: (on) => { if (this.kind !== "note" || !on) this.socket.send(setTyping(conversation, on)); },
    });
    new CannedPicker(this.composer.box, { list: this.#part("picker"), none: this.#part("picker-none"), template: document.querySelector("template[data-template=canned]") }, {
      fetchCanned: () => this.#canned(),
      onPick: (text) => { this.composer.text = text; this.composer.focus(); },
    });
    form.addEventListener("change", (event) => { if (event.target.name === "kind") this.#setKind(event.target.value); });
    const draft = this.drafts.get(conversation);
    this.#setKind(draft?.kind ?? "public");
    if (draft) this.composer.text = draft.text;
  }

  /** The team's canned responses, asked for once a minute at most; none when they can't be had. */
  async #canned() {
    if (this.canned && Date.now() - this.cannedAt < CANNED_LIVE_MS) return this.canned;
    try {
      const response = await fetch(this.cannedUrl, { headers: { Accept: "application/json" } });
      if (response.ok) [this.canned, this.cannedAt] = [(await response.json()).canned, Date.now()];
    } catch {
      // Without the server there is nothing to pick; the text stays as it is typed.
    }
    return this.canned ?? [];
  }

  #setKind(kind) {
    this.kind = kind;
    const form = this.#part("composer");
    form.querySelector(`input[value=${kind}]`).checked = true;
    form.classList.toggle("is-note", kind === "note");
    this.composer.box.placeholder = WORDS[kind].placeholder;
    this.#part("send").textContent = WORDS[kind].send;
    const name = this.root.querySelector("#conversation-name").textContent;
    this.#part("hint").textContent = (this.isResolved && "Resolved: reopen it to reply") || WORDS[kind].hint || `Goes to ${name}`;
    this.#part("label").textContent = kind === "note" ? "Note for your team" : `Reply to ${name}`;
  }

  #leave() {
    if (!this.root) return;
    const { text } = this.composer;
    if (text.trim()) this.drafts.set(this.id, { text, kind: this.kind });
    else this.drafts.delete(this.id);
    this.scroller.stop();
    clearTimeout(this.typingTimer);
    this.socket.send(unfollowConversation(this.id));
    this.thread.look(false);
    this.thread.view = NOBODY;
    if (!this.thread.outbox.waiting().length) {
      this.thread.stop();
      this.threads.delete(this.id);
    }
    this.root = this.thread = null;
  }

  #typing(on) {
    clearTimeout(this.typingTimer);
    this.#part("typing").classList.toggle("is-on", on);
    if (on) this.typingTimer = setTimeout(() => this.#typing(false), TYPING_GONE_MS);
  }

  #say(text) {
    this.#part("status").textContent = text;
  }

  #part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }
}
