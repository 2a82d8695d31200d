/** One open conversation: messages, composer with reply and note, typing. Lives on, out of sight, while another is shown. */
import { localiseTimes } from "../../core/js/localise.js";
import { Coaching } from "./coaching.js";
import { Composer } from "../shared/composer.js";
import { setTyping } from "../shared/socket.js";
import { Scroller } from "../shared/messages.js";
import { Thread } from "../shared/thread.js";
import { followConversation, unfollowConversation } from "./commands.js";
import { CannedPicker, DIALOGS } from "./picker.js";
import { ReportableList } from "./report.js";

const TYPING_GONE_MS = 8000;
const WORDS = {
  public: { placeholder: "Write a reply", send: "Send" },
  note: { placeholder: "Write a note for your team", send: "Add note", hint: "Only your team sees this" },
};

const template = (name) => document.querySelector(`template[data-template=${name}]`);

export class Room {
  /**
   * @param {HTMLElement} root what the server has drawn of it
   * @param {object} joined socket, unsent, fetchCanned, and onNews(message, count): something new, so many unread
   */
  constructor(root, { socket, unsent, fetchCanned, onNews }) {
    Object.assign(this, { root, socket, unsent, fetchCanned, onNews });
    this.id = root.dataset.conversation;
    this.url = root.dataset.url;
    this.scroll = this.#part("scroll");
    localiseTimes(root);
    this.messages = new ReportableList(this.#part("list"), { message: template("message"), masked: template("masked"), viewer: "agent", onRetry: (id) => this.thread.retry(id) }, root.dataset.reports);
    this.scroller = new Scroller(this.scroll, this.#part("pill"));
    this.thread = this.#thread();
    this.isResolved = false;
    this.#compose();
    this.hasFiles = root.dataset.files === "true";
    this.headerChanged();
    for (const item of this.thread.outbox.waiting()) this.messages.echo(item);
    if (socket.isOpen) this.thread.flush();
  }

  get isShown() {
    return this.root.isConnected;
  }

  get head() {
    return this.root.querySelector("#conversation-header");
  }

  get hasUnsent() {
    return this.thread.outbox.waiting().length > 0;
  }

  /** Where the reader was, or at what they have not read yet. */
  shown() {
    const { read, unread } = this.thread;
    if (unread.length || this.scroller.follows) this.scroller.toEnd(this.messages.divide(read));
    else this.scroll.scrollTo({ top: this.top, behavior: "instant" });
    this.look();
    this.follow();
    if (this.hasFiles || this.isStale) this.showFiles();
  }

  /** About to go out of sight. What is written stays in the box, and is kept in case the page goes. */
  hide() {
    this.top = this.scroll.scrollTop;
    this.keepDraft();
    this.thread.look(false);
    this.#typing(false);
  }

  keepDraft() {
    const { text } = this.composer;
    this.unsent.keepDraft(this.id, text.trim() ? { text, kind: this.kind } : null);
  }

  /** Hear no more of it. */
  leave() {
    this.socket.send(unfollowConversation(this.id));
    this.keepDraft();
    this.scroller.stop();
    this.thread.stop();
    clearTimeout(this.typingTimer);
  }

  /** Ask for what comes after the last message shown, now and from here on. */
  follow() {
    this.socket.send(followConversation(this.id, this.thread.sequence.last));
  }

  /** What whoever may answer has on the screen counts as read. */
  look() {
    this.thread.look(this.isShown && !document.hidden && this.head.dataset.canPost === "true");
  }

  hear(event) {
    this.thread.hear(event);
    if (event.type === "typing.changed" && event.author?.kind !== "agent") this.#typing(event.on && this.isShown);
  }

  /** The header was swapped: the composer follows what may be done now. A resolved conversation takes only notes. */
  headerChanged() {
    const { head } = this;
    localiseTimes(head);
    const { status, canPost } = head.dataset;
    const wasResolved = this.isResolved;
    this.isResolved = status === "resolved";
    this.#part("composer").hidden = canPost !== "true";
    this.#part("closed").hidden = canPost === "true";
    this.#part("composer").querySelector("input[value=public]").disabled = this.isResolved;
    const proven = head.querySelector(".proof-strip--proven .form-strip__what");
    this.#part("identity")?.replaceChildren(...(proven ? proven.cloneNode(true).childNodes : ["Not proven"]));
    if (this.isResolved !== wasResolved) this.#setKind(this.isResolved ? "note" : "public");
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
    (this.#part("earlier") ?? this.scroll).focus({ preventScroll: true });
  }

  /** Go to the composer, as a reply or a note. */
  write(kind) {
    if (this.#part("composer").hidden) return;
    this.#setKind(this.isResolved ? "note" : kind);
    this.composer.focus();
  }

  /** Ask which files there are and how they stand. */
  async showFiles() {
    const { files } = await this.#fileLine.open().catch(() => ({}));
    this.hasFiles ||= files?.length > 0;
    if (this.hasFiles && files) this.#files([], files);
  }

  /** Files are shown and sent by a module that is fetched with the first of them. */
  async #files(given, list) {
    const { take } = await import("../widget/files.js");
    take(this.root, this.#fileLine, given, list);
  }

  get #fileLine() {
    const url = `${this.url}files/`;
    const csrf = this.root.querySelector("input[name=csrfmiddlewaretoken]").value;
    return {
      url,
      csrf,
      open: async () => (await fetch(url, { cache: "no-store" })).json(),
      remover: this.head.dataset.canPost === "true" ? (entry) => this.#remover(`${url}${entry.id}/remove/`, csrf) : undefined,
    };
  }

  /** Asked for twice: it can't be brought back. */
  #remover(url, csrf) {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: "Remove" });
    made.addEventListener("click", async () => {
      if (made.textContent === "Remove") return void (made.textContent = "Remove for good?");
      const answer = await fetch(url, { method: "POST", headers: { "X-CSRFToken": csrf } }).catch(() => ({}));
      if (!answer.ok) this.#say("It could not be removed. Please try again.");
    });
    return made;
  }

  /** What is picked, pasted or dropped; text goes its usual way. */
  #take(event) {
    const given = [...((event.clipboardData ?? event.dataTransfer ?? event.target).files ?? [])];
    if (!given.length || !this.#part("attach")) return;
    event.preventDefault();
    this.#files(given);
  }

  #thread() {
    const { lastSequence, readSequence, seenSequence } = this.root.dataset;
    const thread = new Thread({
      socket: this.socket,
      outbox: this.unsent.of(this.id),
      conversation: this.id,
      last: Number(lastSequence),
      side: "team",
      read: Number(readSequence),
      seen: Number(seenSequence),
      view: this.#view(),
      onRefused: (code, item, field) => {
        if (item && code === "held_back") this.#held(item, field);
        if (item && code === "too_fast") this.#say("You are writing faster than the server takes it; it goes out by itself.");
      },
    });
    const theirs = [...this.root.querySelectorAll(".message--visitor[data-sequence]")].map((element) => Number(element.dataset.sequence));
    thread.unread = theirs.filter((sequence) => sequence > thread.read);
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
        this.news = message;
      },
      replace: (message) => this.messages.replace(message),
      progress: (seen, arrived) => this.messages.progress(seen, arrived),
      unread: (count) => {
        if (count === this.count && !this.news) return;
        this.onNews(this.news, this.count = count);
        this.news = null;
      },
      divide: (after) => this.scroller.toEnd(this.messages.divide(after)),
      behind: (on) => this.#part("log").setAttribute("aria-busy", on),
    };
  }

  /** A reply that asks for what must not be said is back in the box, and whoever wrote it is told why. */
  #held(item, kind) {
    this.thread.outbox.remove(item.client_id);
    this.messages.withdraw(item.client_id);
    const { text } = this.composer;
    this.composer.text = text.trim() ? `${item.text}\n${text}` : item.text;
    this.coaching.show(kind);
    this.#say("Your reply was held back.");
    if (this.isShown) this.composer.focus();
  }

  #compose() {
    this.coaching = new Coaching(this.#part("coaching"), {
      onInsist: (reason) => { this.insisted = reason; this.composer.send(); this.insisted = undefined; },
      onInstead: (text) => { this.composer.text = text; this.composer.focus(); },
    });
    const form = this.#part("composer");
    this.composer = new Composer(form, {
      onSend: (text) => { this.coaching.hide(); this.thread.post(text, this.kind, this.insisted); },
      onTyping: (on) => { if (this.kind !== "note" || !on) this.socket.send(setTyping(this.id, on)); },
    });
    new CannedPicker(this.composer.box, { list: this.#part("picker"), none: this.#part("picker-none"), template: template("canned") }, {
      fetchCanned: async () => [...DIALOGS.filter((one) => this.#opener(one)), ...await this.fetchCanned()],
      onPick: (picked) => {
        const dialog = DIALOGS.find(({ text }) => text === picked);
        if (dialog) {
          this.composer.text = "";
          this.#opener(dialog).click();
        } else {
          this.composer.text = picked;
          this.composer.focus();
        }
      },
    });
    form.addEventListener("change", (event) => { if (event.target.name === "kind") this.#setKind(event.target.value); });
    for (const type of ["change", "paste"]) form.addEventListener(type, (event) => this.#take(event));
    this.root.addEventListener("drop", (event) => this.#take(event));
    // Or the browser would open what is dropped in the workspace's place.
    this.root.addEventListener("dragover", (event) => { if (event.dataTransfer.types.includes("Files")) event.preventDefault(); });
    const draft = this.unsent.draft(this.id);
    this.#setKind(draft?.kind ?? "public");
    if (draft) this.composer.text = draft.text;
  }

  /** The button that opens a dialog; only who may ask has one. */
  #opener({ shortcut }) {
    return this.#part("composer").querySelector(`[data-picks=${shortcut}]`);
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
